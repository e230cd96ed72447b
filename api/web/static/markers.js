// The [n] in an answer: buttons that open the citation with this number. Knows citations, not how they look.

import { h } from "./dom.js";

/** A button that opens a citation and moves the focus there. */
export function marker({ id, title }) {
  return h("button", { type: "button", className: "marker", "aria-label": `Citation ${id}: ${title}`, onclick: ({ target }) => showCitation(id, target.closest(".feedback")) }, `[${id}]`);
}

/** Split "… [1] … [2]" into text and buttons; a number without a citation stays text. */
export function withMarkers(line, citations) {
  return line.split(/(\[\d+\])/).map((piece) => {
    const id = /^\[(\d+)\]$/.exec(piece)?.[1];
    const citation = citations.find((each) => String(each.id) === id);
    return citation ? marker(citation) : piece;
  });
}

/** Open a citation: of an entry in the review list, else the one of the answer that the view shows. */
function showCitation(id, entry) {
  const item = entry?.querySelector(`[data-citation="${id}"]`) ?? document.getElementById(`citation-${id}`);
  if (!item) return; // what an approval would answer shows its quotes only
  item.querySelector("details").open = true;
  item.querySelector("h3, summary").focus({ preventScroll: true });
  item.scrollIntoView({ block: entry ? "nearest" : "start" });
}
