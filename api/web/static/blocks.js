// Draws a text from its blocks: headings, steps with their numbers, tables, code with a copy button, notes, links.
// Places are in places.js, tables in table.js. All text is added as text.

import { copyButton } from "./copy.js";
import { h } from "./dom.js";
import { Places } from "./places.js";
import { drawTable } from "./table.js";

const SCHEMES = /^(https?:\/\/|mailto:|tel:)[^\s\u0000-\u001f\u007f]+$/i;
const NOTES = ["note", "tip", "important", "warning", "caution", "danger"];
const AT_ONCE = 20000; // characters that are drawn before the browser gets a turn
const AT_MOST = 1000000; // characters until a person asks for more

/** Elements that show a text, or a part of it, from its blocks. `level` is that of its outermost heading. */
export function drawn(text, blocks, { level = 4, ...part } = {}) {
  const drawing = new Drawing(new Places(text, part), level);
  return drawing.flow(drawing.places.top(blocks ?? []));
}

/** Draw a long text into an element, in parts between which the page can be used. Resolves when it is drawn. */
export async function drawInParts(target, text, blocks, level) {
  const drawing = new Drawing(new Places(text), level, []);
  const parts = drawing.places.top(blocks);
  let [since, all] = [0, 0];
  target.setAttribute("aria-busy", "true");
  for (let index = 0; index < parts.length && target.isConnected; ) {
    const group = grouped(parts, index);
    target.append(...drawing.flow(group));
    index += group.length;
    for (; drawing.later.length; drawing.later.shift()) while (target.isConnected && drawing.later[0]()) await turn();
    const size = group.at(-1).end - group[0].start;
    [since, all] = [since + size, all + size];
    if (all > AT_MOST && index < parts.length) all = await asked(target, parts[index].start / parts.at(-1).end);
    if (since > AT_ONCE) since = await turn();
  }
  target.removeAttribute("aria-busy");
}

/** Definitions that follow one another are one list, so they are drawn together. */
function grouped(parts, index) {
  const kind = parts[index].kind;
  let end = index + 1;
  while (isDefinition(kind) && end < parts.length && isDefinition(parts[end].kind)) end += 1;
  return parts.slice(index, end);
}

const isDefinition = (kind) => kind === "definition" || kind === "key_value";
const turn = () => new Promise((resolve) => setTimeout(() => resolve(0)));

function asked(target, share) {
  return new Promise((resolve) => {
    const more = h("button", { type: "button", onclick: () => {
      more.remove();
      resolve(0);
    } }, `Show more (${Math.round(100 * share)} % are shown)`);
    target.append(more);
  });
}

/** Code in a box with a button that copies it. */
export function codeBox(content, label) {
  const code = h("code", {}, content);
  return h("div", { className: "code-box" }, h("pre", { dir: "ltr", tabIndex: 0, role: "group", "aria-label": label ? `Code, ${label}` : "Code" }, code), copyButton(() => code.textContent));
}

/** A note or a warning in a frame, with its kind above unless its text begins with it. */
export function noteBox(text, kind, content) {
  const label = kind ?? "note";
  const said = text.slice(0, label.length).toLowerCase() === label.toLowerCase();
  const known = NOTES.includes(label.toLowerCase()) ? ` note-${label.toLowerCase()}` : "";
  return h("aside", { className: `note${known}`, role: "note", "aria-label": label },
    said ? null : h("p", { className: "note-label" }, label[0].toUpperCase() + label.slice(1)), content);
}

class Drawing {
  constructor(places, level, later = null) {
    Object.assign(this, { places, level, later, depth: 0 });
  }

  /** A drawing of the same text that leaves nothing out. */
  whole() {
    return new Drawing(this.places.whole(), this.level);
  }

  flow(parts) {
    const elements = [];
    for (let index = 0; index < parts.length; ) {
      const group = grouped(parts, index);
      elements.push(isDefinition(group[0].kind) ? this.definitions(group) : this.one(group[0]));
      index += group.length;
    }
    return elements;
  }

  one(part) {
    switch (part.kind) {
      case "run": return h("p", { dir: "auto" }, this.inline(part));
      case "heading": return this.heading(part);
      case "list": return this.list(part);
      case "item": return this.list({ children: [part] });
      case "table": return drawTable(this, part);
      case "code": return this.code(part);
      case "note": return this.note(part);
      case "figure": return h("figure", {}, this.figure(part));
      case "footnote": return h("div", { className: "footnote", dir: "auto" }, part.number ? [h("sup", {}, part.number), " "] : null, this.inner(part));
      case "quoted_mail": return h("blockquote", { className: "quoted-mail" }, this.flow(this.places.inside(part)));
      default: return this.isLeaf(part) ? h("p", { dir: "auto" }, this.inner(part)) : h("div", {}, this.flow(this.places.inside(part)));
    }
  }

  heading(part) {
    const level = Math.min(9, this.level + (part.level ?? 1) - 1);
    return h("div", { className: "source-heading", role: "heading", "aria-level": level, dir: "auto" }, this.inner(part));
  }

  /** Numbers are text, as the document shows them: "4.", "b)", "IV.". */
  list({ children, ordered }) {
    const items = children.filter((item) => this.places.holds(item));
    const numbered = ordered || items.some((item) => item.number);
    return h(numbered ? "ol" : "ul", { className: numbered ? "steps" : "", role: "list" }, items.map((item) => {
      const [first, ...rest] = this.places.inside(item);
      const own = first?.kind === "run" ? h("div", {}, this.inline(first)) : null;
      this.depth += 1;
      const more = this.flow(own || !first ? rest : [first, ...rest]);
      this.depth -= 1;
      return h("li", { dir: "auto" }, numbered ? h("span", { className: "step-number" }, item.number ?? "") : null, h("div", {}, own, more));
    }));
  }

  code(part) {
    const indent = "  ".repeat(this.depth);
    const lines = this.places.slice(part.start, part.end).split("\n");
    const indented = this.depth && lines.slice(1).every((line) => line.startsWith(indent) || !line.trim());
    const tidy = (text) => (indented ? text.replaceAll(`\n${indent}`, "\n") : text);
    const [from, to] = this.places.mark;
    const cut = (start, end) => tidy(this.places.slice(Math.max(part.start, start), Math.min(part.end, end)));
    const marked = from < part.end && to > part.start;
    const text = marked ? [cut(part.start, from), h("mark", {}, cut(from, to)), cut(to, part.end)] : [cut(part.start, part.end)];
    return codeBox(text.filter((piece) => piece !== ""), part.label);
  }

  note(part) {
    return noteBox(this.places.slice(part.start, part.end), part.label, this.flow(this.places.inside(part)));
  }

  figure(part) {
    return this.places.inside(part).map((each) => (each.kind === "caption" ? h("figcaption", { dir: "auto" }, this.inner(each)) : this.one(each)));
  }

  definitions(group) {
    return h("dl", { className: "definitions" }, group.flatMap((part) => this.places.inside(part)
      .filter((each) => each.kind !== "run" || this.places.slice(each.start, each.end).replace(/[\s,:]/g, ""))
      .map((each) => h(each.header ? "dt" : "dd", { dir: "auto" }, ["paragraph", "run"].includes(each.kind) ? this.inner(each) : this.one(each)))));
  }

  isLeaf(part) {
    return this.places.inside(part).every((each) => each.kind === "run");
  }

  /** What stands in a part, without a paragraph around text that stands alone. */
  inner(part) {
    if (part.kind === "run") return this.inline(part);
    const found = this.places.inside(part);
    return found.every((each) => each.kind === "run") ? found.map((run) => this.inline(run)).flat() : this.flow(found);
  }

  inline({ start, end, marks = [] }) {
    return [...this.places.pieces(start, end, marks)].map(({ text, marks: around, quoted }) =>
      around.reduceRight((inner, mark) => this.wrapped(inner, mark, text), quoted ? h("mark", {}, text) : text));
  }

  wrapped(inner, mark) {
    if (mark.kind === "struck") return h("del", {}, inner);
    if (mark.kind === "inserted") return h("ins", {}, inner);
    const target = (mark.label ?? "").trim();
    if (!SCHEMES.test(target)) return h("span", {}, inner);
    const shown = this.places.slice(mark.start, mark.end + target.length + 3).includes(target); // in the text itself
    return h("a", { href: target, rel: "noopener noreferrer", target: /^http/i.test(target) ? "_blank" : null }, inner, shown ? null : h("span", { className: "link-target" }, ` (${target})`));
  }
}
