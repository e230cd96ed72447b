// The Documents view: upload, list by collection and state, delete. One document is in reading.js.

import { warningNotes } from "./account.js";
import { $, announce, badge, button, confirmed, counts, h, showProblem, time } from "./dom.js";
import { call, list } from "./http.js";
import { may } from "./session.js";
import * as upload from "./upload.js";

const LIMIT = 25;
let cursor = null;
let requests = 0;
let refreshTimer = null;

export function start() {
  upload.start(refreshSoon);
  $("document-filter").addEventListener("change", () => refresh());
  $("document-filter").addEventListener("submit", (event) => event.preventDefault());
  $("more-documents").addEventListener("click", () => load(cursor));
}

export function enter() {
  refresh();
}

/** Many uploads can end within a second: refresh once for all of them. */
function refreshSoon() {
  refreshTimer ??= setTimeout(() => {
    refreshTimer = null;
    if (!$("view-documents").hidden) refresh();
  }, 500);
}

async function refresh() {
  await Promise.all([load(null), fillCollections()]);
}

async function load(from) {
  const mine = (requests += 1);
  showProblem($("documents-problem"), null);
  const filter = { collection: $("filter-collection").value, state: $("filter-state").value };
  try {
    const page = await list("/v1/documents", { ...filter, limit: LIMIT, cursor: from });
    if (mine !== requests) return; // the response of an older request came late
    const items = page.data.map(documentItem);
    if (from) $("document-list").append(...items);
    else $("document-list").replaceChildren(...(items.length ? items : [emptyItem(filter)]));
    cursor = page.next_cursor;
    $("more-documents").hidden = !page.has_more;
  } catch (problem) {
    showProblem($("documents-problem"), problem);
  }
}

function emptyItem({ collection, state }) {
  return h("li", { className: "empty" }, collection || state ? "No document matches." : "No documents yet. Upload the first one above.");
}

async function fillCollections() {
  const page = await list("/v1/collections").catch(() => ({ data: [] }));
  const names = page.data.map((collection) => collection.name);
  const chosen = $("filter-collection").value;
  $("filter-collection").replaceChildren(h("option", { value: "" }, "All"), ...names.map((name) => h("option", { value: name }, name)));
  if (names.includes(chosen)) $("filter-collection").value = chosen;
  $("collections").replaceChildren(...names.map((name) => h("option", { value: name })));
}

function documentItem(found) {
  const address = `#/document/${encodeURIComponent(found.id)}`;
  const redacted = counts(found.report?.redactions);
  return h("li", { className: "card" },
    h("div", { className: "card-main" },
      h("h3", {}, h("a", { href: address }, found.title)),
      h("p", { className: "where" }, [found.collection, found.path, `version ${found.serving_version ?? found.latest_version}`].join(" · "))),
    h("div", { className: "card-state" },
      h("p", {}, badge(found.state), found.state !== "serving" && found.serving_version ? ` version ${found.serving_version} still serves` : ""),
      found.reason ? h("p", { className: "reason" }, found.reason) : null,
      redacted ? h("p", { className: "help" }, `Redacted: ${redacted}`) : null,
      warningNotes(found.report),
      h("p", { className: "help" }, time(found.updated_at))),
    may("ingest") ? h("div", { className: "card-actions" }, button("Delete", () => deleteDocument(found), { className: "danger", "aria-label": `Delete ${found.title}` })) : null);
}

/** Delete a document after a confirmation. Resolves to whether it was deleted. */
export async function deleteDocument(found, slot = $("documents-problem"), after = refresh) {
  const sure = await confirmed(`Delete “${found.title}”?`, "Answers stop citing it at once, and all its versions are erased. This cannot be undone.", "Delete");
  if (!sure) return false;
  try {
    await call("DELETE", `/v1/documents/${encodeURIComponent(found.id)}`);
    announce(`${found.title} is deleted.`);
    await after();
    return true;
  } catch (problem) {
    showProblem(slot, problem);
    return false;
  }
}
