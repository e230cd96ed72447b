// A quote in context: its passage with the quote marked, the passages above and below, and a picture of its page if
// there is one.
// The text comes from the serving version of the document; if it has changed since, a note says so.

import { drawn } from "./blocks.js";
import { h, problemBox, splitAt } from "./dom.js";
import { call } from "./http.js";

const MAX_CACHED = 20;
const NEIGHBOUR_WORDS = 40;
const ABOVE = 80; // pixels of the page that are visible above the passage
const MAX_PAGES = 2; // a longer passage can be read in the document
const cache = new Map();

/** All chunks of a document in reading order, cached until the page is closed. Rejects with Problem. */
export function chunksOf(documentId, version) {
  const key = `${documentId} ${version}`;
  if (!cache.has(key)) {
    const fetched = fetchChunks(documentId);
    fetched.catch(() => cache.delete(key));
    cache.set(key, fetched);
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value);
  }
  return cache.get(key);
}

/** Elements that show a citation's quote in its context; `under` adds something to each passage that is shown. */
export async function quoteInContext(citation, under = () => null) {
  let chunks;
  try {
    chunks = await chunksOf(citation.document_id, citation.version);
  } catch (problem) {
    return [problem.status === 404 ? h("p", { className: "help" }, "The document has been deleted since.") : problemBox(problem)];
  }
  const cited = chunks.findIndex((chunk) => chunk.chunk_id === citation.chunk_id);
  const index = cited >= 0 ? cited : chunks.findIndex((chunk) => holds(chunk, citation));
  if (index < 0) return [h("p", { className: "help" }, "The document has a newer version, which does not hold this passage.")];
  const shown = [[chunks[index - 1], above], [chunks[index], (chunk) => marked(chunk, citation)], [chunks[index + 1], below]];
  const texts = shown.filter(([chunk]) => chunk).flatMap(([chunk, draw]) => {
    const text = draw(chunk);
    return [text, under({ ...chunk, title: citation.title }, text)];
  });
  const parts = [...texts, ...pagesOf(citation)];
  if (cited < 0) parts.unshift(h("p", { className: "help" }, "The document has a newer version, which holds the same words:"));
  return parts.filter(Boolean);
}

/** Elements that show a quote with the headers of its tables; null if its passage does not serve any more. */
export async function withHeaders(citation) {
  const { document_id, chunk_id, start, end } = citation;
  const path = `/v1/documents/${encodeURIComponent(document_id)}/excerpt?chunk_id=${chunk_id}&before=0&after=0`;
  const found = await call("GET", path).catch(() => null); // the quote itself is shown already
  const chunk = found?.passages[0];
  return chunk && holds(chunk, citation) ? drawn(chunk.text, chunk.blocks, { from: start, to: end, headers: true }) : null;
}

/** Pictures of the passage's pages with the passage outlined; a page that cannot be shown is removed. */
function pagesOf({ document_id, version, boxes, title }) {
  const pages = [...new Set((boxes ?? []).map((box) => box.page))].slice(0, MAX_PAGES);
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

/** A box over the picture of a page, in fractions of its width and height. */
function outline({ x0, y0, x1, y1 }) {
  const frame = h("span", { className: "page-box", "aria-hidden": "true" });
  const percent = (fraction) => `${(100 * fraction).toFixed(2)}%`;
  Object.assign(frame.style, { left: percent(x0), top: percent(y0), width: percent(x1 - x0), height: percent(y1 - y0) });
  return frame;
}

function holds(chunk, { quote, start, end }) {
  return splitAt(chunk.text, start, end)[1] === quote;
}

function marked(chunk, { start, end }) {
  return h("div", { className: "source-text here" }, drawn(chunk.text, chunk.blocks, { mark: [start, end] }));
}

/** The last words of the passage before. */
function above(chunk) {
  const words = chunk.text.split(/(?<=\s)/);
  const from = count(words.slice(0, -NEIGHBOUR_WORDS));
  return neighbour(from ? "… " : null, drawn(chunk.text, chunk.blocks, { from }));
}

/** The first words of the passage after. */
function below(chunk) {
  const words = chunk.text.split(/(?<=\s)/);
  const to = count(words.slice(0, NEIGHBOUR_WORDS));
  return neighbour(drawn(chunk.text, chunk.blocks, { to }), words.length > NEIGHBOUR_WORDS ? "…" : null);
}

function neighbour(...parts) {
  return h("div", { className: "source-text neighbour" }, ...parts);
}

const count = (words) => Array.from(words.join("")).length;

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
