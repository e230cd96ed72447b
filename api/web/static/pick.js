// Picks a passage that answers: all of it, or the part of it that is selected on the page. Knows no answer.

import { h } from "./dom.js";

/** A button under the text of a passage. `onPick` gets {chunk_id, title, words} and, for a selection, start and end. */
export function pickButton(passage, shown, onPick) {
  const keep = (event) => event.preventDefault(); // a press would end the selection
  return h("p", { className: "pick-passage" }, h("button", { type: "button", className: "quiet", onmousedown: keep, title: "Select a part of the text to pick only that", onclick: () => onPick(pickOf(passage, shown)) }, "This answers it"));
}

function pickOf({ chunk_id, title, text }, shown) {
  const selection = getSelection();
  const inside = selection && !selection.isCollapsed && shown.contains(selection.anchorNode) && shown.contains(selection.focusNode);
  const place = inside ? placeOf(selection.toString(), text) : null;
  const words = (place ? Array.from(text).slice(...place).join("") : text).trim().split(/\s+/).join(" ");
  return { chunk_id, title, words, ...(place ? { start: place[0], end: place[1] } : {}) };
}

/** Where selected lines begin and end in a text, in code points; null if they do not stand in it. */
export function placeOf(selected, text) {
  const lines = selected.split("\n").map(bare).filter((line) => line.letters.length);
  const whole = bare(text);
  const letters = whole.letters.join("");
  if (!lines.length) return null;
  const first = letters.indexOf(lines[0].letters.join(""));
  const last = letters.indexOf(lines.at(-1).letters.join(""), Math.max(first, 0));
  if (first < 0 || last < 0) return null;
  const at = (index) => Array.from(letters.slice(0, index)).length; // the search counts UTF-16 units
  return [whole.places[at(first)], whole.places[at(last) + lines.at(-1).letters.length - 1] + 1];
}

/** The characters of a text that are no space, with their places in it. */
function bare(text) {
  const points = Array.from(text).map((letter, place) => ({ letter, place })).filter(({ letter }) => letter.trim());
  return { letters: points.map(({ letter }) => letter), places: points.map(({ place }) => place) };
}
