// The [n] in an answer: buttons that open the citation with this number. Knows citations, not how they look.

import { h } from "./dom.js";

/** A button that opens a citation and moves the focus there. */
export function marker({ id, title }) {
  return h("button", { type: "button", className: "marker", "aria-label": `Citation ${id}: ${title}`, onclick: () => showCitation(id) }, `[${id}]`);
}

/** Split "… [1] … [2]" into text and buttons; a number without a citation stays text. */
export function withMarkers(line, citations) {
  return line.split(/(\[\d+\])/).map((piece) => {
    const id = /^\[(\d+)\]$/.exec(piece)?.[1];
    const citation = citations.find((each) => String(each.id) === id);
    return citation ? marker(citation) : piece;
  });
}

function showCitation(id) {
  const item = document.getElementById(`citation-${id}`);
  item.querySelector("details").open = true;
  item.querySelector("h3").focus({ preventScroll: true });
  item.scrollIntoView({ block: "start" });
}
