// A quote in its place: the passage that it was taken from, marked, with its neighbours above and below, and the page
// that it stands on as a picture where there is one.
// The text comes from the document as it serves now; when it has changed since, that is said and not hidden.

import { around, h, problemBox } from "./dom.js";
import { call } from "./http.js";

const KEPT = 20;
const NEIGHBOUR_WORDS = 40;
const ABOVE = 80; // pixels of the page that are seen above the passage
const PAGES = 2; // a passage that runs on for longer is read in the document
const kept = new Map();

/** Every chunk of a document in reading order, kept for the page's life. Rejects with Problem. */
export function chunksOf(documentId, version) {
  const key = `${documentId} ${version}`;
  if (!kept.has(key)) {
    const fetched = fetchChunks(documentId);
    fetched.catch(() => kept.delete(key));
    kept.set(key, fetched);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
  }
  return kept.get(key);
}

/** Elements that show a citation's quote where it stands. */
export async function inItsPlace(citation) {
  let chunks;
  try {
    chunks = await chunksOf(citation.document_id, citation.version);
  } catch (problem) {
    return [problem.status === 404 ? h("p", { className: "help" }, "The document has been withdrawn since.") : problemBox(problem)];
  }
  const cited = chunks.findIndex((chunk) => chunk.chunk_id === citation.chunk_id);
  const index = cited >= 0 ? cited : chunks.findIndex((chunk) => holds(chunk, citation));
  if (index < 0) return [h("p", { className: "help" }, "The document has a newer version since, in which this passage does not stand.")];
  const parts = [above(chunks[index - 1]), marked(chunks[index], citation), below(chunks[index + 1]), ...pagesOf(citation)];
  if (cited < 0) parts.unshift(h("p", { className: "help" }, "The document has a newer version since. The same words stand in it:"));
  return parts.filter(Boolean);
}

/** The pages that the passage stands on as pictures, its place outlined; a page that may not be shown leaves no trace. */
function pagesOf({ document_id, version, boxes, title }) {
  const pages = [...new Set((boxes ?? []).map((box) => box.page))].slice(0, PAGES);
  return pages.map((page) => {
    const address = `/v1/documents/${encodeURIComponent(document_id)}/pages/${page}.png?version=${version}`;
    const boxed = boxes.filter((box) => box.page === page);
    const image = h("img", { src: address, alt: `Page ${page} of ${title}`, onerror: () => view.remove(), onload: () => {
      view.scrollTop = Math.min(...boxed.map((box) => box.y0)) * image.height - ABOVE;
    } });
    const view = h("div", { className: "page-view", tabIndex: 0, role: "group", "aria-label": `Page ${page}` },
      h("figure", { className: "page" }, image, boxed.map(outline)));
    return view;
  });
}

/** A box of a page, in fractions of its width and height, laid over its picture. */
function outline({ x0, y0, x1, y1 }) {
  const frame = h("span", { className: "page-box", "aria-hidden": "true" });
  const percent = (fraction) => `${(100 * fraction).toFixed(2)}%`;
  Object.assign(frame.style, { left: percent(x0), top: percent(y0), width: percent(x1 - x0), height: percent(y1 - y0) });
  return frame;
}

function holds(chunk, { quote, start, end }) {
  return around(chunk.text, start, end)[1] === quote;
}

function marked(chunk, { start, end }) {
  const [before, quote, after] = around(chunk.text, start, end);
  return h("p", { className: "source-text here" }, before, h("mark", {}, quote), after);
}

function above(chunk) {
  if (!chunk) return null;
  const words = chunk.text.split(/(?<=\s)/);
  const shown = words.slice(-NEIGHBOUR_WORDS).join("");
  return h("p", { className: "source-text neighbour" }, words.length > NEIGHBOUR_WORDS ? `… ${shown}` : shown);
}

function below(chunk) {
  if (!chunk) return null;
  const words = chunk.text.split(/(?<=\s)/);
  const shown = words.slice(0, NEIGHBOUR_WORDS).join("");
  return h("p", { className: "source-text neighbour" }, words.length > NEIGHBOUR_WORDS ? `${shown}…` : shown);
}

async function fetchChunks(documentId) {
  const path = `/v1/documents/${encodeURIComponent(documentId)}/chunks`;
  const chunks = [];
  let cursor = null;
  do {
    const page = await call("GET", `${path}?limit=200${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
    chunks.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  return chunks;
}
