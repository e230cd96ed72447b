// The Review view: build datasets, tune, promote and roll back. The server's gate decides which models pass; this view
// promotes only what a person confirms. The entries of the feedback list are in feedback.js.

import { $, announce, badge, button, confirmed, counts, h, showProblem, terms, time } from "./dom.js";
import { feedbackItem, listenForKeys } from "./feedback.js";
import { follow, isDone } from "./follow.js";
import { call, list } from "./http.js";

let cursor = null;

export function start() {
  $("feedback-state").addEventListener("change", () => loadFeedback(null));
  $("more-feedback").addEventListener("click", () => loadFeedback(cursor));
  $("make-dataset").addEventListener("click", () => attempt(async () => {
    const made = await call("POST", "/v1/datasets", {});
    announce(`Dataset version ${made.version} is built.`);
    await loadLearning();
  }));
  $("roll-back").addEventListener("click", () => attempt(rollBack));
  listenForKeys($("feedback-list"));
}

export async function enter() {
  await Promise.all([loadFeedback(null), loadLearning()]);
}

async function attempt(action) {
  showProblem($("review-problem"), null);
  try {
    await action();
  } catch (problem) {
    showProblem($("review-problem"), problem);
    $("review-problem").scrollIntoView({ block: "nearest" });
  }
}

function loadFeedback(from) {
  return attempt(async () => {
    const page = await list("/v1/feedback", { state: $("feedback-state").value, limit: 20, cursor: from });
    const items = page.data.map((feedback) => feedbackItem(feedback, { judge, edit }));
    if (from) $("feedback-list").append(...items);
    else $("feedback-list").replaceChildren(...(items.length ? items : [empty("Nothing here.")]));
    cursor = page.next_cursor;
    $("more-feedback").hidden = !page.has_more;
  });
}

function loadLearning() {
  return attempt(async () => {
    const [datasets, runs, models] = await Promise.all(["/v1/datasets", "/v1/training-runs", "/v1/model-versions"].map((path) => list(path)));
    fill($("dataset-list"), datasets.data.map(datasetItem), "No datasets yet.");
    fill($("run-list"), runs.data.map(runItem), "No training runs yet.");
    fill($("model-list"), models.data.map(modelItem), "No tuned models yet: the base model serves.");
    $("roll-back").hidden = !models.data.some((model) => model.state === "active");
    for (const run of runs.data.filter((found) => !isDone(found))) watch(run.id);
  });
}

/** Approve or reject an entry; the one that takes its place has the focus then, so that keys go on. */
function judge(feedback, verb) {
  return attempt(async () => {
    const place = [...$("feedback-list").children].findIndex((item) => item.dataset.feedback === feedback.id);
    await call("POST", `/v1/feedback/${encodeURIComponent(feedback.id)}:${verb}`);
    announce(verb === "approve" ? "Approved." : "Rejected.");
    await loadFeedback(null);
    const left = [...$("feedback-list").querySelectorAll(".feedback")];
    left[Math.min(place, left.length - 1)]?.focus();
  });
}

/** Replace the correction of an entry, and show the entry as it is then. */
function edit(feedback, correction) {
  return attempt(async () => {
    const edited = await call("POST", `/v1/feedback/${encodeURIComponent(feedback.id)}:edit`, correction ? { correction } : {});
    announce("The correction is changed.");
    const item = feedbackItem(edited, { judge, edit });
    $("feedback-list").querySelector(`[data-feedback="${feedback.id}"]`).replaceWith(item);
    item.focus();
  });
}

function datasetItem(dataset) {
  return h("li", { className: "card" },
    h("div", { className: "card-main" },
      h("h3", {}, `Version ${dataset.version}`),
      h("p", { className: "where" }, h("code", {}, dataset.id), " · ", counts(dataset.counts) || "no examples")),
    h("div", { className: "card-state" }, h("p", { className: "help" }, time(dataset.created_at))),
    h("div", { className: "card-actions" }, button("Tune on this", () => tune(dataset), { "aria-label": `Tune on dataset version ${dataset.version}` })));
}

function tune(dataset) {
  return attempt(async () => {
    await call("POST", "/v1/training-runs", { dataset_id: dataset.id });
    announce("The training run is queued.");
    await loadLearning();
  });
}

function runItem(run) {
  return h("li", { className: "card", id: `run-${run.id}` },
    h("div", { className: "card-main" },
      h("h3", {}, "Training run"),
      h("p", { className: "where" }, h("code", {}, run.id), run.model_version ? ` made ${run.model_version}` : "")),
    h("div", { className: "card-state" },
      h("p", {}, badge(run.state), isDone(run) ? "" : ` ${run.stage}`),
      isDone(run) ? null : h("progress", { max: 1, value: run.progress, "aria-label": `Progress of ${run.id}` }),
      run.reason ? h("p", { className: "reason" }, run.reason) : null,
      h("p", { className: "help" }, time(run.created_at))));
}

async function watch(runId) {
  const done = await follow(runId, (job) => {
    const bar = document.getElementById(`run-${runId}`)?.querySelector("progress");
    if (bar) bar.value = job.progress;
  }).catch(() => null); // the list shows the same at the next visit
  if (done && !$("view-review").hidden) await loadLearning();
}

function modelItem(model) {
  return h("li", { className: "card" },
    h("div", { className: "card-main" },
      h("h3", {}, model.id),
      h("p", { className: "where" }, [model.role, model.base].filter(Boolean).join(" · ")),
      report(model.report)),
    h("div", { className: "card-state" }, h("p", {}, badge(model.state)), h("p", { className: "help" }, time(model.created_at))),
    h("div", { className: "card-actions" },
      model.state === "active" ? null : button("Promote", () => promote(model), { "aria-label": `Promote ${model.id}` })));
}

function report(found) {
  const flat = Object.entries(found ?? {}).map(([name, value]) => [name.replaceAll("_", " "), typeof value === "object" ? JSON.stringify(value) : String(value)]);
  return flat.length ? h("details", {}, h("summary", {}, "Report"), terms(Object.fromEntries(flat))) : null;
}

async function promote(model) {
  const rejected = model.state === "rejected";
  const text = rejected ? "The gate rejected it: it is not better than the active model. Promote it anyway?" : "It phrases the answers from the next question on. You can roll back.";
  if (!(await confirmed(`Promote ${model.id}?`, text, rejected ? "Promote anyway" : "Promote"))) return;
  await attempt(async () => {
    await call("POST", `/v1/model-versions/${encodeURIComponent(model.id)}:promote`, rejected ? { force: true } : {});
    announce(`${model.id} is active.`);
    await loadLearning();
  });
}

async function rollBack() {
  if (!(await confirmed("Roll back?", "The previous model serves again from the next question on.", "Roll back"))) return;
  await call("POST", "/v1/model-versions:rollback");
  announce("Rolled back.");
  await loadLearning();
}

function fill(target, items, nothing) {
  target.replaceChildren(...(items.length ? items : [empty(nothing)]));
}

function empty(text) {
  return h("li", { className: "empty" }, text);
}
