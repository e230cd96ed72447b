// The conversation that the page's questions belong to: which one it is, what was asked in it, how to start anew.
// What a follow-up means is decided by the API; the question and its answer are in ask.js.

import { $, announce, h } from "./dom.js";
import { call } from "./http.js";

const NEW = "new";
let id = null;
let turns = [];

/** Wire the button; `renewed` is called when a new conversation shall begin. */
export function start(renewed) {
  $("start-anew").addEventListener("click", () => {
    forget();
    announce("The next question begins a new conversation.");
    renewed();
  });
}

/** What the next question sends as its conversation. */
export function current() {
  return id ?? NEW;
}

/** Take an answer into the conversation. */
export function took(answer, question) {
  if (answer.conversation_id !== id) turns = [];
  id = answer.conversation_id;
  turns.push({ answer_id: answer.id, question });
  draw();
}

/** Go on with the conversation of an answer that is opened again; without one, or with another's, begin anew. */
export async function resume(conversationId) {
  if (conversationId && conversationId === id) return;
  forget();
  if (!conversationId) return;
  const found = await call("GET", `/v1/conversations/${encodeURIComponent(conversationId)}`).catch(() => null); // expired, or another key's
  if (!found) return;
  id = found.id;
  turns = found.turns;
  draw();
}

export function forget() {
  id = null;
  turns = [];
  draw();
}

function draw() {
  $("conversation").hidden = !turns.length;
  $("conversation-count").textContent = turns.length === 1 ? "1 question in this conversation" : `${turns.length} questions in this conversation`;
  $("conversation-turns").replaceChildren(...turns.map(({ answer_id: answer, question }) => h("li", {},
    h("a", { href: `#/ask/${encodeURIComponent(answer)}` }, question))));
}
