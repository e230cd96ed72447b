// The entries of the feedback list: the answer as it was shown, what its reader says, and what an approval would answer.
// Knows how to show and which key was pressed; review.js calls the API.

import { contextDetails, quoteOf, where } from "./answer.js";
import { badge, button, h, terms, time } from "./dom.js";
import { REASONS, thumbSign } from "./opinion.js";
import { drawnUnits } from "./units.js";

const KEYS = { a: "approve", r: "reject", e: "edit" };

/** An entry. `judge(feedback, verb)` and `edit(feedback, correction)` do what its buttons and keys say. */
export function feedbackItem(feedback, { judge, edit }) {
  const answer = feedback.answer;
  return h("li", { className: "card feedback", tabIndex: -1, "data-feedback": feedback.id },
    h("div", { className: "card-main" },
      h("h3", {}, thumbSign(feedback.rating), h("span", { className: "visually-hidden" }, feedback.rating === "up" ? "Helpful: " : "Not helpful: "), answer.question),
      given(answer),
      answer.citations.map((citation) => citationLine(citation, feedback.wrong_citations.includes(citation.id))),
      terms({ Reasons: feedback.reasons.map((code) => REASONS[code] ?? code).join(", "), Correction: feedback.correction, Comment: feedback.comment }),
      pickedPassages(feedback.right_citations),
      feedback.state === "approved" ? null : effect(feedback),
      editForm(feedback, edit)),
    h("div", { className: "card-state" }, h("p", {}, badge(feedback.state)), h("p", { className: "help" }, time(feedback.updated_at))),
    h("div", { className: "card-actions" },
      feedback.state === "approved" ? null : button("Approve", () => judge(feedback, "approve"), { className: "primary", "data-verb": "approve", "aria-keyshortcuts": "a" }),
      button("Edit", (element) => openForm(element.closest(".feedback")), { "data-verb": "edit", "aria-keyshortcuts": "e" }),
      feedback.state === "rejected" ? null : button("Reject", () => judge(feedback, "reject"), { "data-verb": "reject", "aria-keyshortcuts": "r" })));
}

/** Keys for the list: j and k go to the next and the previous entry; a, e and r press its buttons. */
export function listenForKeys(list) {
  document.addEventListener("keydown", (event) => {
    if (!list.checkVisibility() || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || event.target.closest("input, textarea, select, [contenteditable]")) return;
    const items = [...list.querySelectorAll(".feedback")];
    const at = items.indexOf(document.activeElement.closest(".feedback"));
    const step = { j: 1, k: -1 }[event.key];
    if (step && items.length) go(items[Math.min(Math.max(at + step, 0), items.length - 1)]);
    else if (KEYS[event.key] && at >= 0) items[at].querySelector(`[data-verb=${KEYS[event.key]}]`)?.click();
    else return;
    event.preventDefault();
  });
}

function go(item) {
  item.focus();
  item.scrollIntoView({ block: "nearest" });
}

/** The answer as its reader got it. */
function given(answer) {
  if (answer.units?.length) return h("div", { className: "answer-units" }, drawnUnits(answer));
  if (answer.text) return h("blockquote", {}, answer.text);
  return h("p", { className: "help" }, answer.refusal?.message ?? "The documents that it quoted have been deleted since.");
}

function citationLine(citation, wrong) {
  return h("div", { "data-citation": citation.id },
    h("p", { className: wrong ? "where wrong-citation" : "where" },
      `[${citation.id}] ${[citation.title, where(citation)].filter(Boolean).join(" · ")}`, wrong ? h("strong", {}, " marked as wrong") : null),
    contextDetails(citation, false));
}

function pickedPassages(passages) {
  if (!passages.length) return null;
  return h("div", { className: "picked" }, h("h4", {}, "Picked as the right passages"),
    passages.map((citation) => [h("p", { className: "where" }, [citation.title, where(citation)].filter(Boolean).join(" · ")), h("blockquote", {}, quoteOf(citation))]).flat());
}

/** What the same question is answered from an approval on. */
function effect(feedback) {
  const after = feedback.if_approved;
  const shown = after ? h("div", { className: "answer-units" }, after.units.length ? drawnUnits(after) : h("p", {}, after.text)) : null;
  return h("div", { className: "effect panel" }, h("h4", {}, "If you approve"), h("p", { className: "help" }, effectSentence(feedback)), shown);
}

function effectSentence({ rating, if_approved, correction, right_passages, wrong_citations, answer }) {
  if (if_approved) return "This question, also in other words, is answered so at once:";
  if (rating === "up") return wrong_citations.length || answer.status !== "answered" ? "No answer changes." : "This question, also in other words, gets this answer at once.";
  if (correction || right_passages.length) return "No answer changes: the documents that you may read do not hold the correction.";
  return "This answer is no longer given again. The question is answered from the documents.";
}

function editForm(feedback, edit) {
  const id = `edit-${feedback.id}`;
  const words = h("textarea", { id, rows: 3, maxLength: 4000, value: feedback.correction ?? "" });
  const form = h("form", { className: "edit", hidden: true },
    h("label", { htmlFor: id }, "What the answer should be"), words,
    h("p", { className: "help" }, "Empty: only the picked passages answer."),
    h("button", { type: "submit" }, "Save"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    edit(feedback, words.value.trim());
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    form.hidden = true;
    form.closest(".feedback").focus();
  });
  return form;
}

function openForm(item) {
  const form = item.querySelector("form.edit");
  form.hidden = false;
  form.querySelector("textarea").focus();
}
