// Starts the pages: the session, navigation by the address's hash, one view at a time.
// Each view is in the module with its name.

import * as ask from "./ask.js";
import { $, announce, showProblem } from "./dom.js";
import * as documents from "./documents.js";
import { whenSignedOut } from "./http.js";
import * as jobs from "./jobs.js";
import * as reading from "./reading.js";
import * as review from "./review.js";
import { applyScopes, forget, may, resume, signIn, signOut } from "./session.js";

const VIEWS = {
  ask: { section: "view-ask", scope: "ask", title: "Ask", view: ask },
  documents: { section: "view-documents", scope: "ask ingest review", title: "Documents", view: documents },
  document: { section: "view-document", scope: "ask ingest review", title: "Document", view: reading },
  jobs: { section: "view-jobs", scope: "ingest review", title: "Jobs", view: jobs },
  review: { section: "view-review", scope: "review", title: "Review", view: review },
};
let me = null;
let current = null;

function go(moved) {
  current?.view.leave?.();
  current = null;
  const [name, id] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const allowed = Object.keys(VIEWS).filter((key) => may(VIEWS[key].scope));
  const chosen = me && (allowed.includes(name) ? name : allowed[0]);
  for (const { section } of Object.values(VIEWS)) $(section).hidden = section !== VIEWS[chosen]?.section;
  $("view-signin").hidden = Boolean(chosen);
  $("nav").hidden = $("who").hidden = !me;
  markCurrent(chosen);
  const title = chosen ? VIEWS[chosen].title : "Sign in";
  document.title = `${title} – Vouch`;
  if (chosen) {
    current = VIEWS[chosen];
    current.view.enter(id);
  }
  if (moved) focusHeading(chosen ? VIEWS[chosen].section : "view-signin", title);
  else if (!chosen) $("key").focus();
}

function markCurrent(chosen) {
  const shown = chosen === "document" ? "documents" : chosen;
  for (const link of $("nav").querySelectorAll("a")) {
    if (link.hash === `#/${shown}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function focusHeading(section, title) {
  const hasFocus = $(section).contains(document.activeElement); // the Ask view focuses its question field
  if (!hasFocus) $(section).querySelector("h1").focus({ preventScroll: true });
  scrollTo(0, 0);
  announce(title);
}

function show(found, moved = true) {
  me = found;
  if (!me) ask.forget();
  $("who-name").textContent = me ? me.scopes.join(", ") : "";
  $("who-name").title = me?.key_id ?? "";
  applyScopes();
  for (const link of $("nav").querySelectorAll("a")) link.parentElement.hidden = link.hidden;
  go(moved);
}

async function submitKey(event) {
  event.preventDefault();
  const slot = $("signin").querySelector(".problem-slot");
  showProblem(slot, null);
  try {
    show(await signIn($("key").value.trim()));
    $("signin").reset();
  } catch (problem) {
    showProblem(slot, problem);
    $("key").focus();
  }
}

async function start() {
  for (const { view } of Object.values(VIEWS)) view.start?.();
  $("signin").addEventListener("submit", submitKey);
  $("sign-out").addEventListener("click", async () => {
    await signOut().catch(() => forget());
    show(null);
  });
  $("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the hash is used for navigation
    $("main").focus();
  });
  addEventListener("hashchange", () => go(true));
  let problem = null;
  const found = await resume().catch((error) => {
    problem = error;
    return null;
  });
  whenSignedOut(() => {
    if (!me) return;
    forget();
    show(null);
  });
  show(found, false);
  showProblem($("signin").querySelector(".problem-slot"), problem);
}

start();
