// The Jobs view: background jobs, their progress, and why they failed. Refreshes while any job is not done.

import { warningNotes } from "./account.js";
import { $, badge, button, h, showProblem, time } from "./dom.js";
import { isDone } from "./follow.js";
import { call, list } from "./http.js";

const LIMIT = 25;
const REFRESH_MS = 2000;
const KINDS = { ingest: "Read a document", purge: "Erase a document", train: "Tune the model", merge: "Merge the index" };
const titles = new Map();
let cursor = null;
let timer = null;

export function start() {
  $("job-filter").addEventListener("change", () => enter());
  $("job-filter").addEventListener("submit", (event) => event.preventDefault());
  $("more-jobs").addEventListener("click", async () => {
    leave(); // a refresh would shorten the list to its first page
    await load(cursor);
  });
}

export function enter() {
  leave();
  return load(null);
}

export function leave() {
  clearTimeout(timer);
  timer = null;
}

async function load(from) {
  const state = $("job-state").value;
  try {
    const page = await list("/v1/jobs", { state, limit: LIMIT, cursor: from });
    showProblem($("jobs-problem"), null);
    draw(page.data, from);
    cursor = page.next_cursor;
    $("more-jobs").hidden = !page.has_more;
    if (!from && page.data.some((job) => !isDone(job))) refreshLater();
  } catch (problem) {
    showProblem($("jobs-problem"), problem);
  }
}

function refreshLater() {
  leave();
  timer = setTimeout(() => ($("view-jobs").hidden ? leave() : load(null)), REFRESH_MS);
}

function draw(found, from) {
  const focused = document.activeElement?.id; // a redraw must not lose the keyboard's focus
  const items = found.map(jobItem);
  if (from) $("job-list").append(...items);
  else $("job-list").replaceChildren(...(items.length ? items : [h("li", { className: "empty" }, "No jobs.")]));
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

function jobItem(job) {
  const subject = job.document_id && job.kind !== "purge" ? documentLink(job) : null;
  return h("li", { className: "card" },
    h("div", { className: "card-main" },
      h("h3", {}, KINDS[job.kind] ?? job.kind ?? "Job"),
      h("p", { className: "where" }, subject, job.version ? `, version ${job.version}` : null),
      h("p", { className: "help" }, h("code", {}, job.id))),
    h("div", { className: "card-state" },
      h("p", {}, badge(job.state), isDone(job) ? "" : ` ${job.stage}`),
      isDone(job) ? null : h("progress", { max: 1, value: job.progress, "aria-label": `Progress of ${job.id}` }),
      job.reason ? h("p", { className: "reason" }, job.reason) : null,
      warningNotes(job),
      h("p", { className: "help" }, time(job.updated_at), job.attempts > 1 ? ` · ${job.attempts} attempts` : "")),
    h("div", { className: "card-actions" }, actionButton(job)));
}

/** A link that shows the document's title as soon as it is loaded; a job holds only the document's id. */
function documentLink(job) {
  const link = h("a", { href: `#/document/${encodeURIComponent(job.document_id)}`, id: `open-${job.id}` }, "document");
  if (!titles.has(job.document_id)) {
    const found = call("GET", `/v1/documents/${encodeURIComponent(job.document_id)}`);
    titles.set(job.document_id, found.then((document) => document.title, () => "a deleted document"));
  }
  titles.get(job.document_id).then((title) => { link.textContent = title; });
  return link;
}

function actionButton(job) {
  if (!isDone(job)) return verbButton(job, "cancel", "Cancel");
  return job.state === "succeeded" ? null : verbButton(job, "retry", "Retry");
}

function verbButton(job, verb, label) {
  const act = async () => {
    try {
      await call("POST", `/v1/jobs/${encodeURIComponent(job.id)}:${verb}`);
      await load(null);
    } catch (problem) {
      showProblem($("jobs-problem"), problem);
    }
  };
  return button(label, act, { id: `${verb}-${job.id}`, "aria-label": `${label} ${job.id}` });
}
