"use strict";
(() => {
  const form = document.getElementById("filters");
  const list = document.getElementById("cards");
  const count = document.getElementById("count");
  const cards = [...list.children].map((element, index) => ({
    element,
    index,
    kind: element.dataset.kind,
    right: element.dataset.right,
    length: Number(element.dataset.length),
    confidence: Number(element.dataset.confidence),
    words: [...element.querySelectorAll("dd, .key")].map((part) => (part.title || part.textContent).toLowerCase()),
  }));

  const within = (value, low, high) =>
    (low === "" || value >= Number(low)) && (high === "" || value <= Number(high));

  const update = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const search = wanted.search.trim().toLowerCase();
    const order = wanted.order.replace("-", "") || "index";
    const sign = wanted.order.startsWith("-") ? -1 : 1;
    let visible = 0;
    for (const card of cards) {
      const fits =
        (wanted.kind === "" || card.kind === wanted.kind) &&
        (wanted.right === "" || card.right === wanted.right) &&
        within(card.length, wanted.shortest, wanted.longest) &&
        within(card.confidence, wanted.least, wanted.most) &&
        (search === "" || card.words.some((text) => text.includes(search)));
      card.element.hidden = !fits;
      visible += fits ? 1 : 0;
    }
    const sorted = [...cards].sort((a, b) => sign * (a[order] - b[order]) || a.index - b.index);
    list.append(...sorted.map((card) => card.element));
    count.textContent = `${visible} of the ${cards.length} samples on this page.`;
  };

  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
