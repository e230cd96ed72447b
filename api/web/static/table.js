// Draws a table: caption, header cells with their scope, merged cells once. A wide table scrolls in its box, which the
// keyboard reaches only then; a long one is drawn in parts.

import { h } from "./dom.js";

const ROWS_AT_ONCE = 200;
const overflow = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

/** Return a box in which a table scrolls if it is wide. */
export function tableBox(table, name) {
  const box = h("div", { className: "table-box", role: "region", "aria-label": name }, table);
  overflow.observe(box);
  return box;
}

/** Return the element of a table. With `drawing.later`, rows beyond the first are left to a function in it. */
export function drawTable(drawing, block) {
  const { places } = drawing;
  const parts = places.inside(block).concat(places.headers ? headersOf(places, block) : []).sort((a, b) => a.start - b.start);
  const rows = parts.filter(({ kind }) => kind === "row");
  const caption = parts.find(({ kind }) => kind === "caption");
  const others = parts.filter((part) => part.kind !== "row" && part !== caption);
  if (!rows.length) return h("div", {}, drawing.flow(parts));
  const count = rows.findIndex((row) => !row.header);
  const head = Math.max(count, 0); // headers alone are no header of anything
  const covered = new Set();
  const line = (row, index) => h("tr", {}, cellsOf(row).map((cell, place) => drawCell(drawing, rows, index, cell, place, covered)));
  const body = h("tbody");
  const shown = h("table", {},
    caption ? h("caption", { dir: "auto" }, (places.holds(caption) ? drawing : drawing.whole()).inner(caption)) : null,
    head ? h("thead", {}, rows.slice(0, head).map(line)) : null, body);
  let next = head;
  const more = () => {
    const end = drawing.later ? next + ROWS_AT_ONCE : rows.length;
    body.append(...rows.slice(next, end).map((row, index) => line(row, next + index)));
    next = end;
    return next < rows.length;
  };
  if (more()) drawing.later.push(more);
  const name = shown.caption?.textContent || "Table";
  const box = tableBox(shown, name);
  return others.length ? h("div", {}, box, drawing.flow(others)) : box;
}

/** The caption and the header rows of a table that are outside of the part that is drawn. */
function headersOf(places, { children }) {
  const body = children.findIndex(({ kind, header }) => kind === "row" && !header);
  return children.slice(0, Math.max(body, 0)).filter((part) => !places.holds(part));
}

function cellsOf(row) {
  const cells = (row.children ?? []).filter(({ kind }) => kind === "cell");
  return cells.length ? cells : [{ ...row, kind: "cell", children: [] }];
}

/** The cell, or null for a place that a merged cell covers. */
function drawCell(drawing, rows, index, cell, place, covered) {
  const column = cell.column ?? place;
  if (cell.repeated && covered.has(`${index} ${column}`)) return null;
  const rowSpan = height(rows, index, cell.rows ?? 1);
  const colSpan = cell.columns ?? 1;
  for (let down = 0; down < rowSpan; down += 1) {
    for (let across = 0; across < colSpan; across += 1) {
      if (down || across) covered.add(`${index + down} ${column + across}`);
    }
  }
  const whole = drawing.places.holds(cell) ? drawing : drawing.whole(); // a header beside what is drawn
  const content = whole.places.holds(cell) ? whole.inner(cell) : null;
  const size = { rowSpan, colSpan, dir: "auto" };
  if (!cell.header) return h("td", size, content);
  const scope = rows[index].header ? "col" : "row";
  return h("th", { ...size, scope: (scope === "col" ? colSpan : rowSpan) > 1 ? `${scope}group` : scope }, content);
}

/** Over how many of the rows from `first` on a cell reaches: rows that follow one another in the table. */
function height(rows, first, wanted) {
  let count = 1;
  while (count < wanted && first + count < rows.length && rows[first + count].row === (rows[first + count - 1].row ?? NaN) + 1) count += 1;
  return count;
}
