/* The search of the site in a folder that is opened from disk.

A browser starts no worker for a page of file://. There, and only there, its script runs in a frame
without content instead, which looks to both sides like a worker: messages go in and come out. */

if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(script) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.srcdoc = "<!doctype html>";
      this.inside = new Promise((resolve) => {
        frame.onload = () => {
          const inside = frame.contentWindow;
          inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
          const tag = inside.document.createElement("script");
          tag.src = script;
          tag.onload = () => resolve(inside);
          inside.document.body.append(tag);
        };
      });
      document.documentElement.append(frame); // there is no body yet where Material searches early
    }

    async postMessage(data) {
      const inside = await this.inside;
      inside.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
}
