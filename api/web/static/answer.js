// Shows an answer: its units or its text with the [n], each citation with its quote in context, or why there is no answer.
// Only renders; the thumbs are in opinion.js, the context of a quote in passage.js.

import { drawn } from "./blocks.js";
import { h, markNote, terms, time } from "./dom.js";
import { marker, withMarkers } from "./markers.js";
import { opinionForm } from "./opinion.js";
import { quoteInContext, withHeaders } from "./passage.js";
import { drawnUnits } from "./units.js";

const FALLBACKS = {
  generator_unsupported: "the model wrote something that the quotes do not support",
  generator_too_slow: "the model did not finish in time",
  generator_silent: "the model wrote nothing that could be used",
  generator_beside: "the model wrote about something other than the best quote",
  generator_declined: "the model found no answer in the quotes",
  generator_unavailable: "the model server did not answer",
  generator_missing: "no language model is set up",
  sources_withheld: "the text that answers the question holds instructions to a language model",
};

const REFUSAL_TITLES = {
  contradictory: "The manuals disagree",
  question_too_broad: "Which one do you mean?",
  question_unclear: "The question was not understood",
};

const MAX_DUPLICATES = 3;
const LAID_OUT = ["list", "table", "code"];

/** Return the element of an answer or a refusal, with the thumbs below. */
export function renderAnswer(answer) {
  const opinion = opinionForm(answer);
  return h("article", { className: "answer" },
    understoodAs(answer),
    cacheNote(answer),
    answer.status === "answered" ? answerBody(answer, opinion) : refusalBody(answer, opinion),
    opinion.element,
    answerDetails(answer));
}

/** How a follow-up was understood: readers who meant something else see it before they read the answer. */
function understoodAs(answer) {
  if (!answer.standalone_question) return null;
  return h("p", { className: "understood" }, "Understood as: ", h("strong", {}, answer.standalone_question));
}

/** For an answer from the cache: who approved it, and the earlier question if its words differ. */
function cacheNote(answer) {
  const { remembered } = answer;
  if (!remembered) return null;
  if (remembered.kind === "cached") return h("p", { className: "understood remembered" }, "Recent answer to the same question; nobody has approved it.");
  const asked = remembered.question && remembered.similarity < 1 ? [", asked then as ", h("strong", {}, remembered.question)] : [];
  const corrected = remembered.corrected_by ? ["Corrected by ", h("strong", {}, remembered.corrected_by), remembered.corrected ? " in their words" : " with passages that they picked", ", approved by "] : ["Remembered answer, approved by "];
  return h("p", { className: "understood remembered" }, corrected, h("strong", {}, remembered.approved_by), " on ", time(remembered.approved_at), asked);
}

function answerBody(answer, opinion) {
  return [
    h("h2", {}, "Answer"),
    answer.withdrawn ? h("p", { className: "problem" }, "A document that this answer quoted has been deleted since, or this key may not see it. Ask again for an answer from the current manuals.") : null,
    answer.phrased ? h("p", { className: "help" }, "In a model’s words; each sentence is checked against the quotes below. Text in “ ” is quoted.") : null,
    answer.units?.length ? h("div", { className: "answer-units" }, drawnUnits(answer)) : h("div", { className: "answer-text" }, answer.text.split(/\n+/).filter(Boolean).map((line) => answerLine(line, answer))),
    missingNote(answer.missing),
    answer.citations.length ? h("h2", {}, answer.citations.length === 1 ? "Source" : "Sources") : null,
    h("ol", { className: "citations" }, answer.citations.map((citation, index) => citationItem(citation, index === 0, opinion))),
  ];
}

/** What the answer lacks, a line for each part of the question. */
function missingNote(missing) {
  if (!missing) return null;
  return h("div", { className: "missing", role: "note" }, missing.split("\n").filter((line) => line.trim()).map((line) => h("p", { dir: "auto" }, h("strong", {}, "Not answered: "), line)));
}

/** A line of a text without units. One that is a quote of several steps, rows or lines of code is drawn as such. */
function answerLine(line, answer) {
  const citation = answer.citations.find(({ id, quote }) => line === `“${quote.trim().split(/\s+/).join(" ")}” [${id}]`);
  if (!citation || !citation.quote.includes("\n") || !citation.blocks?.some(({ kind }) => LAID_OUT.includes(kind))) return h("p", {}, withMarkers(line, answer.citations));
  return h("div", { className: "answer-quote" }, quoteOf(citation), h("p", {}, marker(citation)));
}

function citationItem(citation, first, opinion) {
  const link = h("a", { href: `#/document/${encodeURIComponent(citation.document_id)}` }, citation.title);
  return h("li", { id: `citation-${citation.id}`, className: "citation panel" },
    h("h3", { tabIndex: -1 }, h("span", { className: "number" }, `[${citation.id}]`), " ", link),
    h("p", { className: "where" }, where(citation)),
    h("blockquote", {}, quoteOf(citation)),
    markNote(citation.marks),
    duplicatesNote(citation.duplicates),
    contextDetails(citation, first, opinion.pick),
    opinion.wrongBox(citation));
}

/** A quote drawn from its blocks; their places are in its passage. Rows of a table get its header when it is loaded. */
export function quoteOf(citation) {
  const { quote, blocks, start } = citation;
  const shown = h("div", {}, drawn(quote, blocks, { base: start }));
  if (blocks?.some(({ kind }) => kind === "table")) withHeaders(citation).then((whole) => shown.replaceChildren(...(whole ?? shown.childNodes)));
  return shown;
}

/** "Version 2 of 2026-11-27 · Page 3 · Care › Cleaning", without the title and without what the format does not have. */
export function where({ version, updated_at, page, heading, title }) {
  const since = updated_at ? ` of ${updated_at.slice(0, 10)}` : "";
  const path = heading.filter((part, depth) => depth > 0 || part !== title).join(" › ");
  return [`Version ${version}${since}`, page && `Page ${page}`, path].filter(Boolean).join(" · ");
}

/** The quote in its context, loaded when it is opened; `under` adds something to each passage. */
export function contextDetails(citation, open, under) {
  const body = h("div", { className: "place" }, h("p", { className: "help" }, "Loading the page…"));
  const element = h("details", {}, h("summary", {}, "In context"), body);
  element.addEventListener("toggle", async () => {
    if (element.open) body.replaceChildren(...(await quoteInContext(citation, under)));
  }, { once: true });
  element.open = open;
  return element;
}

function refusalBody(answer, opinion) {
  const reason = answer.refusal ?? { code: "", message: "The manuals do not answer this." };
  const quoted = new Set(answer.citations.map((citation) => citation.chunk_id));
  const closest = (answer.closest ?? []).filter((passage) => !quoted.has(passage.chunk_id));
  return [
    h("h2", {}, REFUSAL_TITLES[reason.code] ?? "No answer in the manuals"),
    h("div", { className: "refusal panel" },
      h("p", {}, reason.message),
      suggestionButtons(reason.suggestions),
      h("p", { className: "help" }, "Reason ", h("code", {}, reason.code))),
    quoted.size ? h("ol", { className: "citations" }, answer.citations.map((citation) => citationItem(citation, false, opinion))) : null,
    closest.length ? [
      h("h3", {}, "The closest passages"),
      h("p", { className: "help" }, "They were found, but they do not answer the question with enough certainty."),
      h("ol", { className: "closest" }, runs(closest).map((run) => closestItem(run, opinion))),
    ] : null,
  ].flat();
}

/** One button for each thing that the question could mean or be about; a press asks that instead (ask.js listens). */
function suggestionButtons(suggestions) {
  if (!suggestions?.length) return null;
  const narrowed = (text) => ({ target }) => target.dispatchEvent(new CustomEvent("narrowed", { bubbles: true, detail: text }));
  return h("p", { className: "suggestions" }, suggestions.map(({ text, question }) =>
    h("button", { type: "button", title: question, onclick: narrowed(question ?? text) }, text)));
}

/** Group passages into runs of neighbours in reading order; a run has the rank of its best passage. */
function runs(passages) {
  const remaining = new Map(passages.map((passage) => [passage.chunk_id, passage]));
  const found = [];
  for (const passage of passages) {
    if (!remaining.has(passage.chunk_id)) continue;
    const run = runAround(passage, remaining);
    run.forEach(({ chunk_id }) => remaining.delete(chunk_id));
    found.push(run);
  }
  return found;
}

/** The passage and its neighbours in both directions, up to the first one that is missing. */
function runAround(passage, available) {
  const ids = passage.joins?.length ? passage.joins : [passage.chunk_id];
  const position = ids.indexOf(passage.chunk_id);
  const missing = (id) => !available.has(id);
  const end = ids.findIndex((id, index) => index > position && missing(id));
  return ids.slice(ids.slice(0, position).findLastIndex(missing) + 1, end < 0 ? undefined : end).map((id) => available.get(id));
}

function closestItem(run, opinion) {
  const [first] = run;
  return h("li", { className: "panel" },
    h("h4", {}, h("a", { href: `#/document/${encodeURIComponent(first.document_id)}` }, first.title)),
    h("p", { className: "where" }, where(first)),
    run.map((passage) => {
      const text = h("div", { className: "source-text" }, drawn(passage.text, passage.blocks));
      return [text, duplicatesNote(passage.duplicates), opinion.pick(passage, text)];
    }).flat());
}

/** "Also in Router B, page 3 and 2 more": other places with the same words. */
function duplicatesNote(duplicates) {
  if (!duplicates?.length) return null;
  const places = duplicates.slice(0, MAX_DUPLICATES).map((copy) => {
    const link = h("a", { href: `#/document/${encodeURIComponent(copy.document_id)}` }, copy.title);
    return copy.page ? [link, `, page ${copy.page}`] : [link];
  });
  const more = duplicates.length - places.length;
  return h("p", { className: "help also" }, "Also in ", places.flatMap((place, index) => (index ? ["; ", ...place] : place)), more > 0 ? ` and ${more} more` : null);
}

/** "2 sentences phrased by the model, then checked; 1 quoted". */
function textOrigin({ phrased, sentences }) {
  if (!phrased) return "verbatim quotes";
  const byModel = sentences.filter(({ kind }) => kind === "phrased").length;
  const quoted = sentences.length - byModel;
  return `${byModel} ${byModel === 1 ? "sentence" : "sentences"} phrased by the model, then checked${quoted ? `; ${quoted} quoted` : ""}`;
}

function answerDetails(answer) {
  const versions = answer.versions ?? {};
  const steps = Object.entries(answer.timings ?? {}).filter(([step]) => !step.includes(".")); // "search.rerank" is a part of "search"
  const seconds = steps.map(([step, value]) => `${step} ${value.toFixed(2)} s`);
  const unlessNone = (version) => (version === "none" ? null : version);
  return h("details", { className: "made" },
    h("summary", {}, "How this answer was made"),
    terms({
      Support: `${Math.round(answer.support * 100)} %`,
      Text: answer.status === "refused" ? null : answer.remembered?.corrected ? "a reader's correction, approved" : textOrigin(answer),
      "Why not phrased": FALLBACKS[answer.fallback] ?? answer.fallback,
      Model: unlessNone(versions.model),
      Prompt: unlessNone(versions.prompt),
      Index: versions.index,
      Time: seconds.join(", "),
      Answer: h("code", {}, answer.id),
    }));
}
