// An answer as people read it: the words with their [n], each citation with its quote in its place, or why
// there is no answer. Only draws; the thumbs are in opinion.js, the place of a quote in passage.js.

import { h, markNote, terms, time } from "./dom.js";
import { opinionForm } from "./opinion.js";
import { inItsPlace } from "./passage.js";

const FALLBACKS = {
  generator_unsupported: "the model wrote something that does not stand in the quotes",
  generator_too_slow: "the model did not finish in time",
  generator_silent: "the model wrote nothing that could be used",
  generator_beside: "the model wrote beside the best quote",
  generator_declined: "the model found no answer in the quotes",
  generator_unavailable: "the model server did not answer",
  generator_missing: "no language model is set up",
  sources_withheld: "what answers the question holds instructions to a language model",
};

const REFUSED = {
  contradictory: "The manuals disagree",
  question_too_broad: "Which one do you mean?",
  question_unclear: "The question was not understood",
};

const ALSO_SHOWN = 3;

/** Draw an answer or a refusal, with the thumbs below. */
export function renderAnswer(answer) {
  const opinion = opinionForm(answer);
  return h("article", { className: "answer" },
    understood(answer),
    remembered(answer),
    answer.status === "answered" ? answered(answer, opinion) : refused(answer, opinion),
    opinion.element,
    howItWasMade(answer));
}

/** What a follow-up was taken to mean: a reader who meant something else sees it before he reads the answer. */
function understood(answer) {
  if (!answer.standalone_question) return null;
  return h("p", { className: "understood" }, "Understood as: ", h("strong", {}, answer.standalone_question));
}

/** That it was given before, and whose approval it bears; what was asked then, where the words differ. */
function remembered(answer) {
  const known = answer.remembered;
  if (!known) return null;
  if (known.kind === "cached") return h("p", { className: "understood remembered" }, "Given again from a moment ago; nobody has approved it.");
  const asked = known.question && known.similarity < 1 ? [", asked then as ", h("strong", {}, known.question)] : [];
  return h("p", { className: "understood remembered" },
    known.corrected ? "Remembered answer: a reader's correction, approved by " : "Remembered answer, approved by ",
    h("strong", {}, known.approved_by), " on ", time(known.approved_at), asked);
}

function answered(answer, opinion) {
  return [
    h("h2", {}, "Answer"),
    answer.withdrawn ? h("p", { className: "problem" }, "A document that this answer quoted has been withdrawn since, or is not for this key. Ask again to see what the manuals say now.") : null,
    answer.phrased ? h("p", { className: "help" }, "In a model’s words, each sentence checked against the quotes below. What stands in “ ” is quoted.") : null,
    h("div", { className: "answer-text" }, answer.text.split(/\n+/).filter(Boolean).map((line) => h("p", {}, withMarkers(line, answer)))),
    answer.citations.length ? h("h2", {}, answer.citations.length === 1 ? "Where it stands" : "Where each stands") : null,
    h("ol", { className: "citations" }, answer.citations.map((citation, index) => citationItem(citation, index === 0, opinion))),
  ];
}

/** Cut "… [1] … [2]" into text and links to the citations; a number that is no citation stays text. */
function withMarkers(line, answer) {
  const known = new Set(answer.citations.map((citation) => String(citation.id)));
  return line.split(/(\[\d+\])/).map((piece) => {
    const id = /^\[(\d+)\]$/.exec(piece)?.[1];
    if (!known.has(id)) return piece;
    const title = answer.citations.find((citation) => String(citation.id) === id).title;
    return h("button", { type: "button", className: "marker", "aria-label": `Citation ${id}: ${title}`, onclick: () => showCitation(id) }, piece);
  });
}

function showCitation(id) {
  const item = document.getElementById(`citation-${id}`);
  item.querySelector("details").open = true;
  item.querySelector("h3").focus({ preventScroll: true });
  item.scrollIntoView({ block: "start" });
}

function citationItem(citation, first, opinion) {
  const link = h("a", { href: `#/document/${encodeURIComponent(citation.document_id)}` }, citation.title);
  return h("li", { id: `citation-${citation.id}`, className: "citation panel" },
    h("h3", { tabIndex: -1 }, h("span", { className: "number" }, `[${citation.id}]`), " ", link),
    h("p", { className: "where" }, where(citation)),
    h("blockquote", {}, citation.quote),
    markNote(citation.marks),
    alsoIn(citation.duplicates),
    placeDetails(citation, first),
    opinion.wrongBox(citation));
}

/** "Version 2 of 2026-11-27 · Page 3 · Care › Cleaning", with what the format does not have, and the title, left out. */
export function where({ version, updated_at, page, heading, title }) {
  const since = updated_at ? ` of ${updated_at.slice(0, 10)}` : "";
  const path = heading.filter((part, depth) => depth > 0 || part !== title).join(" › ");
  return [`Version ${version}${since}`, page && `Page ${page}`, path].filter(Boolean).join(" · ");
}

function placeDetails(citation, open) {
  const body = h("div", { className: "place" }, h("p", { className: "help" }, "Fetching the page…"));
  const details = h("details", {}, h("summary", {}, "In its place"), body);
  details.addEventListener("toggle", async () => {
    if (details.open) body.replaceChildren(...(await inItsPlace(citation)));
  }, { once: true });
  details.open = open;
  return details;
}

function refused(answer, opinion) {
  const reason = answer.refusal ?? { code: "", message: "The manuals do not answer this." };
  const quoted = new Set(answer.citations.map((citation) => citation.chunk_id));
  const closest = (answer.closest ?? []).filter((passage) => !quoted.has(passage.chunk_id));
  return [
    h("h2", {}, REFUSED[reason.code] ?? "No answer in the manuals"),
    h("div", { className: "refusal panel" },
      h("p", {}, reason.message),
      suggested(reason.suggestions),
      h("p", { className: "help" }, "Reason ", h("code", {}, reason.code))),
    quoted.size ? h("ol", { className: "citations" }, answer.citations.map((citation) => citationItem(citation, false, opinion))) : null,
    closest.length ? [
      h("h3", {}, "The closest passages"),
      h("p", { className: "help" }, "They were found, but do not answer the question well enough to vouch for."),
      h("ol", { className: "closest" }, runs(closest).map(closestItem)),
    ] : null,
  ].flat();
}

/** What a question that could mean several things may have meant; pressed, it is asked instead (ask.js listens). */
function suggested(suggestions) {
  if (!suggestions?.length) return null;
  const narrowed = (text) => ({ target }) => target.dispatchEvent(new CustomEvent("narrowed", { bubbles: true, detail: text }));
  return h("p", { className: "suggestions" }, suggestions.map(({ text }) =>
    h("button", { type: "button", onclick: narrowed(text) }, text)));
}

/** Passages as people read on: neighbours together and in their order, where the best of them ranked. */
function runs(passages) {
  const left = new Map(passages.map((passage) => [passage.chunk_id, passage]));
  const found = [];
  for (const passage of passages) {
    if (!left.has(passage.chunk_id)) continue;
    const run = unbroken(passage, left);
    run.forEach(({ chunk_id }) => left.delete(chunk_id));
    found.push(run);
  }
  return found;
}

/** The neighbours of a passage that are here too, as far as none between them is missing. */
function unbroken(passage, here) {
  const ids = passage.joins?.length ? passage.joins : [passage.chunk_id];
  const place = ids.indexOf(passage.chunk_id);
  const gone = (id) => !here.has(id);
  const after = ids.findIndex((id, index) => index > place && gone(id));
  return ids.slice(ids.slice(0, place).findLastIndex(gone) + 1, after < 0 ? undefined : after).map((id) => here.get(id));
}

function closestItem(run) {
  const [first] = run;
  return h("li", { className: "panel" },
    h("h4", {}, h("a", { href: `#/document/${encodeURIComponent(first.document_id)}` }, first.title)),
    h("p", { className: "where" }, where(first)),
    run.map((passage) => [h("p", { className: "source-text" }, passage.text), alsoIn(passage.duplicates)]).flat());
}

/** "Also in Router B, page 3 and 2 more": where else the same words stand. */
function alsoIn(duplicates) {
  if (!duplicates?.length) return null;
  const places = duplicates.slice(0, ALSO_SHOWN).map((copy) => {
    const link = h("a", { href: `#/document/${encodeURIComponent(copy.document_id)}` }, copy.title);
    return copy.page ? [link, `, page ${copy.page}`] : [link];
  });
  const more = duplicates.length - places.length;
  return h("p", { className: "help also" }, "Also in ", places.flatMap((place, index) => (index ? ["; ", ...place] : place)), more > 0 ? ` and ${more} more` : null);
}

/** "2 sentences phrased by the model, then checked; 1 quoted". */
function saidBy({ phrased, sentences }) {
  if (!phrased) return "verbatim quotes";
  const byModel = sentences.filter(({ kind }) => kind === "phrased").length;
  const quoted = sentences.length - byModel;
  return `${byModel} ${byModel === 1 ? "sentence" : "sentences"} phrased by the model, then checked${quoted ? `; ${quoted} quoted` : ""}`;
}

function howItWasMade(answer) {
  const versions = answer.versions ?? {};
  const steps = Object.entries(answer.timings ?? {}).filter(([step]) => !step.includes(".")); // "search.rerank" is a part of "search"
  const seconds = steps.map(([step, value]) => `${step} ${value.toFixed(2)} s`);
  const known = (version) => (version === "none" ? null : version);
  return h("details", { className: "made" },
    h("summary", {}, "How this answer was made"),
    terms({
      Support: `${Math.round(answer.support * 100)} %`,
      Words: answer.status === "refused" ? null : answer.remembered?.corrected ? "a reader's, approved" : saidBy(answer),
      "Why not phrased": FALLBACKS[answer.fallback] ?? answer.fallback,
      Model: known(versions.model),
      Prompt: known(versions.prompt),
      Index: versions.index,
      Time: seconds.join(", "),
      Answer: h("code", {}, answer.id),
    }));
}
