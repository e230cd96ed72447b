// A button that copies a text. Without a secure connection the browser has no clipboard for pages; then the text is
// copied by way of a selection.

import { announce, h } from "./dom.js";

const SHOWN_MS = 2000;

/** A button that copies what `text()` returns and says so. */
export function copyButton(text) {
  const element = h("button", { type: "button", className: "copy" }, "Copy");
  let timer = null;
  element.addEventListener("click", async () => {
    const said = (await copied(text())) ? "Copied" : "Not copied";
    element.textContent = said;
    announce(said);
    element.focus({ preventScroll: true });
    clearTimeout(timer);
    timer = setTimeout(() => { element.textContent = "Copy"; }, SHOWN_MS);
  });
  return element;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = h("textarea", { value: text, className: "visually-hidden", "aria-hidden": "true" });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
