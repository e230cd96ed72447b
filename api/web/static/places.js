// The text of a passage or a document, in places as the API counts them: in code points, from `base` on. Only the part
// from `from` to `to` is drawn, with `headers` also the headers of its tables; `mark` is the part of it that is marked.
// Knows blocks, draws nothing.

const INLINE = new Set(["link", "struck", "inserted"]);
const SURROGATES = /[\ud800-\udfff]/;

export class Places {
  constructor(text, { base = 0, from = 0, to = Infinity, mark = null, headers = false } = {}) {
    this.points = SURROGATES.test(text) ? Array.from(text) : text;
    this.base = base;
    this.from = Math.max(from, base);
    this.to = Math.min(to, base + this.points.length);
    this.mark = mark ?? [0, 0];
    this.headers = headers;
  }

  /** The same text, all of which is drawn, unmarked. */
  whole() {
    const whole = Object.create(this);
    return Object.assign(whole, { from: this.base, to: this.base + this.points.length, mark: [0, 0] });
  }

  slice(start, end) {
    const part = this.points.slice(Math.max(start, this.from) - this.base, Math.max(0, Math.min(end, this.to) - this.base));
    return typeof part === "string" ? part : part.join("");
  }

  /** Whether any of a block is in the part that is drawn. An empty cell is, if its row is. */
  holds({ start, end }) {
    return (start < this.to && end > this.from) || (start === end && start >= this.from && start <= this.to);
  }

  /** What stands in a block: blocks as they are, and runs of text with their inline marks. No text is lost. */
  inside(block) {
    let at = block.start;
    if (block.number && this.slice(at, at + block.number.length + 1) === `${block.number} `) at += Array.from(block.number).length + 1;
    return this.between(block.children ?? [], at, block.end);
  }

  /** All parts from the first to the last place. */
  top(blocks) {
    return this.between(blocks, this.base, this.to);
  }

  between(blocks, start, end) {
    const found = [];
    let at = start;
    let marks = [];
    for (const block of blocks) {
      if (INLINE.has(block.kind)) {
        marks.push(block);
        continue;
      }
      found.push(...this.run(at, block.start, marks));
      if (this.holds(block)) found.push(block);
      at = Math.max(at, block.end);
      marks = [];
    }
    return [...found, ...this.run(at, end, marks)];
  }

  /** The text of a place without the blanks around it; none if there is only blank. */
  run(start, end, marks) {
    const first = Math.max(start, this.from);
    const text = this.slice(start, end);
    const length = (part) => Array.from(part).length;
    const left = length(text) - length(text.trimStart());
    const kept = length(text.trim());
    if (!kept) return [];
    return [{ kind: "run", start: first + left, end: first + left + kept, marks }];
  }

  /** A run cut at its marks and at the ends of the marked part: {text, marks, quoted}. */
  *pieces(start, end, marks, around = []) {
    let at = start;
    for (const mark of marks) {
      const first = Math.max(mark.start, at);
      const last = Math.min(mark.end, end);
      if (first >= last) continue;
      yield* this.quoted(at, first, around);
      yield* this.pieces(first, last, mark.children ?? [], [...around, mark]);
      at = last;
    }
    yield* this.quoted(at, end, around);
  }

  *quoted(start, end, marks) {
    const [from, to] = this.mark;
    const cuts = [start, Math.min(Math.max(from, start), end), Math.min(Math.max(to, start), end), end];
    for (let index = 0; index < 3; index += 1) {
      const text = this.slice(cuts[index], cuts[index + 1]).replace(/\n[^\S\n]+/g, "\n");
      if (text) yield { text, marks, quoted: index === 1 };
    }
  }
}
