// The page's current conversation: its id, the questions in it, and how to begin a new one.
// The API decides what a follow-up means; the question and its answer are in ask.js.

import { $, announce, h } from "./dom.js";
import { call } from "./http.js";

const NEW = "new";
let id = null;
let turns = [];

/** Connect the button; `onNew` is called when a new conversation begins. */
export function start(onNew) {
  $("start-anew").addEventListener("click", () => {
    forget();
    announce("The next question begins a new conversation.");
    onNew();
  });
}

/** The `conversation_id` of the next question. */
export function current() {
  return id ?? NEW;
}

/** Add an answer and its question to the conversation. */
export function add(answer, question) {
  if (answer.conversation_id !== id) turns = [];
  id = answer.conversation_id;
  turns.push({ answer_id: answer.id, question });
  draw();
}

/** Continue the conversation of an answer that is opened again; if there is none for this key, begin a new one. */
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
