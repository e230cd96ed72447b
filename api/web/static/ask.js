// The Ask view: sends a question and reads its answer as a stream of events.
// How an answer looks is in answer.js. The address holds the answer's id, so that the answer can be opened again.

import { renderAnswer } from "./answer.js";
import * as conversation from "./conversation.js";
import { $, announce, h, showProblem } from "./dom.js";
import { Problem, call, events, list } from "./http.js";

let running = null;
let shown = null;

export function start() {
  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  $("question").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    $("ask").requestSubmit();
  });
  $("stop").addEventListener("click", () => running?.abort());
  $("answer").addEventListener("narrowed", ({ detail }) => {
    $("question").value = detail;
    ask();
  });
  conversation.start(startNewConversation);
}

export async function enter(answerId) {
  fillCollections();
  if (!answerId) $("question").focus();
  else if (answerId !== shown) await reopen(answerId);
}

export function leave() {
  running?.abort();
}

async function fillCollections() {
  const select = $("ask-collection");
  const page = await list("/v1/collections").catch(() => ({ data: [] })); // a question can be asked without the list
  const chosen = select.value;
  const names = page.data.map((collection) => collection.name);
  select.replaceChildren(h("option", { value: "" }, "All collections"), ...names.map((name) => h("option", { value: name }, name)));
  if (names.includes(chosen)) select.value = chosen;
}

/** Remove the question and the answer, so that the next person who signs in does not see them. */
export function forget() {
  running?.abort();
  conversation.forget();
  clear();
}

function startNewConversation() {
  running?.abort();
  history.replaceState(null, "", "#/ask");
  clear();
  $("question").focus();
}

function clear() {
  shown = null;
  $("answer").replaceChildren();
  $("question").value = "";
  showStatus("");
}

async function ask() {
  running?.abort();
  const mine = (running = new AbortController());
  begin();
  try {
    await stream(requestBody(), mine.signal);
  } catch (problem) {
    if (problem.name === "AbortError") showStatus("Stopped.");
    else {
      showStatus("");
      if (problem.status === 404) conversation.forget(); // deleted or expired: the next question begins a new one
      showProblem($("ask-problem"), problem);
    }
  } finally {
    if (running === mine) end();
  }
}

function requestBody() {
  const collection = $("ask-collection").value;
  return {
    question: $("question").value.trim(),
    mode: $("mode").value,
    stream: true,
    conversation_id: conversation.current(),
    ...(collection ? { collections: [collection] } : {}),
  };
}

async function stream(body, signal) {
  const draft = h("p", { className: "answer-text draft" });
  for await (const { event, data } of events("POST", "/v1/answers", body, signal)) {
    if (event === "search") showStatus(readingText(data));
    else if (event === "delta") $("answer").replaceChildren(extended(draft, data));
    else if (event === "citation") showStatus(`Quoting ${data.title}…`);
    else if (event === "error") throw new Problem(data.detail, { code: data.code, requestId: data.request_id });
    else if (event === "final") return finish(data, body.question);
  }
  throw new Error("The answer was interrupted before it was complete. Ask again.");
}

function readingText(data) {
  const count = data.passages.length;
  return `Reading ${count} ${count === 1 ? "passage" : "passages"}…`;
}

function extended(draft, data) {
  draft.append(data.text);
  return draft;
}

function finish(answer, asked) {
  shown = answer.id;
  conversation.add(answer, asked);
  if (document.activeElement === $("question")) $("question").select(); // so that typing replaces the old question
  history.replaceState(null, "", `#/ask/${encodeURIComponent(answer.id)}`);
  show(answer);
  announce(answer.status === "answered" ? answer.text : answer.refusal.message);
  const count = answer.citations.length;
  showStatus(answer.status === "answered" ? `Answered with ${count} ${count === 1 ? "quote" : "quotes"}.` : "No answer in the manuals.");
}

async function reopen(answerId) {
  begin();
  try {
    const answer = await call("GET", `/v1/answers/${encodeURIComponent(answerId)}`);
    shown = answer.id;
    if (answer.question) $("question").value = answer.question;
    show(answer);
    await conversation.resume(answer.conversation_id);
    showStatus("");
  } catch (problem) {
    showStatus("");
    showProblem($("ask-problem"), problem);
  }
  end();
}

function show(answer) {
  $("answer").replaceChildren(renderAnswer(answer));
}

function begin() {
  showProblem($("ask-problem"), null);
  $("answer").replaceChildren();
  $("answer").setAttribute("aria-busy", "true");
  $("stop").hidden = false;
  showStatus("Searching the manuals…");
}

function end() {
  $("answer").setAttribute("aria-busy", "false");
  $("stop").hidden = true;
  running = null;
}

function showStatus(text) {
  $("ask-status").textContent = text;
}
