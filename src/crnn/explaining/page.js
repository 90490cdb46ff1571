"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const panels = document.getElementById("panels");
  const readout = document.getElementById("readout");
  const tint = document.getElementById("tint");
  const field = document.getElementById("field");
  const everySymbol = tint ? tint.src : "";
  let frame = data.frame;
  let symbol = null;

  const part = (kind, text) => {
    const element = document.createElement(kind);
    element.textContent = text;
    return element;
  };

  const showFrame = () => {
    document.body.style.setProperty("--frame", frame);
    if (field && data.fields.length) {
      const [left, right] = data.fields[frame];
      field.style.left = `${100 * left}%`;
      field.style.width = `${100 * (right - left)}%`;
    }
  };

  const showSymbol = () => {
    for (const element of document.querySelectorAll("[data-symbol]")) {
      element.classList.toggle("pointed", Number(element.dataset.symbol) === symbol);
    }
    if (tint) tint.src = symbol === null ? everySymbol : data.symbols[symbol].tint;
  };

  const showReadout = () => {
    const parts = [part("b", `frame ${frame}`)];
    for (const [name, probability] of data.frames[frame]) {
      const entry = part("span", `${name} `);
      entry.append(part("small", probability));
      parts.push(entry);
    }
    if (symbol !== null) {
      const { name, posterior, frames } = data.symbols[symbol];
      const last = frames[1] - 1;
      const where = frames[0] === last ? `frame ${last}` : `frames ${frames[0]} to ${last}`;
      parts.push(part("b", `${name}: ${posterior} sure, ${where}`));
    }
    readout.replaceChildren(...parts);
  };

  const point = (newFrame, newSymbol) => {
    frame = Math.min(Math.max(newFrame, 0), data.frames.length - 1);
    symbol = newSymbol;
    showFrame();
    showSymbol();
    showReadout();
  };

  const at = (event) => {
    const marked = event.target.closest("[data-symbol]");
    const layer = event.target.closest(".layer");
    const pointed = marked ? Number(marked.dataset.symbol) : null;
    if (layer) {
      const { left, width } = layer.getBoundingClientRect();
      point(Math.floor(((event.clientX - left) / width) * data.frames.length), pointed);
    } else if (marked) {
      point(data.symbols[pointed].frames[0], pointed);
    }
  };

  const step = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(frame + by, 0), data.frames.length - 1);
    const found = data.symbols.findIndex(({ frames }) => frames[0] <= next && next < frames[1]);
    point(next, found < 0 ? null : found);
  };

  panels.addEventListener("pointermove", at);
  panels.addEventListener("pointerdown", at);
  panels.addEventListener("keydown", step);
  document.body.classList.toggle("dense", data.frames.length > 60);
  point(frame, null);
})();
