// Draws the units of an answer: facts as quotes, steps as a numbered list, rows as a table, code with a copy button.
// All text is added as text. What a quote looks like in its document is in blocks.js.

import { codeBox, noteBox } from "./blocks.js";
import { h } from "./dom.js";
import { marker } from "./markers.js";
import { tableBox } from "./table.js";

const AT_ONCE = 12; // steps that are shown before a person asks for all of them
const INDENT = "  "; // of the lines of code in a list, once for each level

/** Elements that show the units of an answer with markers for their citations. */
export function drawnUnits({ units, citations }) {
  const byId = new Map(citations.map((citation) => [citation.id, citation]));
  return units.map((unit) => h("div", { className: `unit unit-${unit.kind}` }, drawnUnit(unit, byId)));
}

function drawnUnit(unit, byId) {
  if (unit.steps.length) return steps(unit, byId);
  if (unit.table.length) return rows(unit, byId);
  const quotes = unit.citations.map((id) => byId.get(id)).filter(Boolean);
  return quotes.flatMap((citation, index) => (unit.kind === "code" ? partOfCode(citation, index === quotes.length - 1) : fact(citation)));
}

const oneLine = (text) => text.trim().split(/\s+/).join(" ");
const fact = (citation) => h("p", { dir: "auto" }, `“${oneLine(citation.quote)}” `, marker(citation));

/** Code stands last in its unit; before it stands the sentence that says what it does. */
function partOfCode(citation, isCode) {
  if (!isCode) return h("p", { dir: "auto" }, oneLine(citation.quote), " ", marker(citation));
  return [codeBox(citation.quote.replace(/^\n+|\n+$/g, "")), h("p", {}, marker(citation))];
}

/** The steps of a procedure or the items of a list, each with what is in it, and with the lead-in above them. */
function steps({ kind, steps: parts }, byId) {
  const elements = [];
  const outer = []; // the outer steps, each with how many steps stand before it
  let lists = []; // the list of each level that is open
  const markers = [];
  let count = 0;
  parts.forEach((part, index) => {
    const cited = parts[index + 1]?.citation === part.citation ? undefined : byId.get(part.citation); // once, at its end
    if (cited) markers.push({ citation: cited, element: marker(cited) });
    const shown = shownStep(part, byId, cited ? markers.at(-1).element : null);
    if (part.kind === "lead") lists = [];
    if (part.kind === "step") {
      const level = Math.min(part.level, lists.length);
      lists = lists.slice(0, level + 1);
      if (!lists[level]) (level ? content(lists[level - 1]) : elements).push(open(lists, part, kind));
      if (level === 0) outer.push({ item: shown, before: count });
      count += 1;
      lists[level].append(shown);
      return;
    }
    lists = lists.slice(0, Math.max(part.level, 1)); // what stands in a step, or between two: in the one before it
    (lists.length ? content(lists.at(-1)) : elements).push(shown);
  });
  return [...elements, fold(outer, count, kind, markers)].filter(Boolean);
}

/** Open a list below those that are open, and return its element. */
function open(lists, { number }, kind) {
  const numbered = number !== null || (kind === "steps" && !lists.length);
  lists.push(h(numbered ? "ol" : "ul", { className: numbered ? "steps" : "", role: "list" }));
  return lists.at(-1);
}

/** The content of the last step of a list, with `push` as an array has it. */
function content(list) {
  const step = list.lastElementChild.querySelector(":scope > .step-text");
  return { push: (element) => step.append(element) };
}

function shownStep({ kind, text, citation, number, level }, byId, ending) {
  const end = ending ? [" ", ending] : null;
  if (kind === "lead") return h("p", { className: "lead-in", dir: "auto" }, oneLine(text), end);
  if (kind === "code") return h("div", {}, codeBox(dedented(text, level)), end ? h("p", {}, end) : null);
  if (kind === "table") return h("div", {}, tableOf(dedented(text, level)), end ? h("p", {}, end) : null);
  if (kind === "note") return noteBox(text.trimStart(), labelOf(byId.get(citation), text), h("p", { dir: "auto" }, oneLine(text), end));
  const sign = number === null ? null : h("span", { className: "step-number" }, number);
  return h("li", { dir: "auto" }, sign, h("div", { className: "step-text" }, h("p", {}, oneLine(text), end)));
}

/** The table of a step: a row a line, cells joined by " | ". */
function tableOf(text) {
  const lines = text.split("\n").map((line) => h("tr", {}, line.split(" | ").map((cell) => h("td", { dir: "auto" }, cell))));
  return tableBox(h("table", {}, h("tbody", {}, lines)), "Table");
}

/** The kind of a note, "warning" for one, from the blocks of its citation. */
function labelOf(citation, text) {
  if (!citation) return undefined;
  const points = Array.from(citation.quote);
  const said = ({ start, end }) => points.slice(Math.max(0, start - citation.start), end - citation.start).join("").trim();
  const within = (blocks) => blocks.flatMap((block) => [block, ...within(block.children ?? [])]);
  return within(citation.blocks ?? []).find((block) => block.kind === "note" && said(block) === text.trim())?.label;
}

function dedented(text, level) {
  const indent = INDENT.repeat(level);
  const [first, ...more] = text.split("\n");
  const indented = more.every((line) => line.startsWith(indent) || !line.trim());
  return [first, ...(indented ? more.map((line) => line.slice(indent.length)) : more)].join("\n");
}

/** Hide what follows the first steps of a long list; return the button that shows all of them, with their markers. */
function fold(outer, count, kind, markers) {
  const folded = outer.filter(({ before }) => before >= AT_ONCE).map(({ item }) => item);
  if (!folded.length) return null;
  folded.forEach((item) => { item.hidden = true; });
  const hidden = markers.filter(({ element }) => folded.some((item) => item.contains(element)));
  const name = kind === "steps" ? "steps" : "items";
  const more = h("button", { type: "button", onclick: () => {
    folded.forEach((item) => { item.hidden = false; });
    folded[0].tabIndex = -1;
    folded[0].focus({ preventScroll: true }); // the button goes, so that the keyboard goes on where it was
    line.remove();
  } }, `Show all ${count} ${name}`);
  const line = h("p", { className: "show-all" }, more, hidden.flatMap(({ citation }) => [" ", marker(citation)]));
  return line;
}

/** The rows as a table: the first cell of each names it, and each column has its name where the document has one. */
function rows({ table }, byId) {
  const keyed = table.map(({ cells }) => cells.map((cell, place) => [keyOf(cells, place), cell]));
  const keys = [...new Map(keyed.flat()).keys()];
  const names = keys.map((key) => key.slice(key.indexOf(" ") + 1));
  const head = names.some(Boolean) ? h("thead", {}, h("tr", {}, names.map((name) => (name ? h("th", { scope: "col", dir: "auto" }, name) : h("td"))))) : null;
  const body = keyed.map((cells, row) => h("tr", {}, keys.map((key) => drawnCell(table[row].cells, new Map(cells).get(key), byId))));
  return tableBox(h("table", {}, head, h("tbody", {}, body)), "Table");
}

/** A column is known by its name and by how many columns of the row before it have the same name. */
function keyOf(cells, place) {
  const { column } = cells[place];
  return `${cells.slice(0, place).filter((cell) => cell.column === column).length} ${column}`;
}

function drawnCell(cells, cell, byId) {
  if (!cell) return h("td");
  const next = cells[cells.indexOf(cell) + 1];
  const cited = next && next.citation === cell.citation ? undefined : byId.get(cell.citation); // cited together: once
  const shown = [cell.text.trim(), cited ? [" ", marker(cited)] : []].flat();
  return cell === cells[0] ? h("th", { scope: "row", dir: "auto" }, shown) : h("td", { dir: "auto" }, shown);
}
