// Uploads several files one after another and shows how each fares, until it serves or says why it does not.

import { $, announce, badge, counts, h, showProblem, warningsNote } from "./dom.js";
import { follow } from "./follow.js";
import { call, patiently, upload } from "./http.js";

const AT_ONCE = 2;
const SENDING = 0.2; // the share of the bar that stands for sending; the rest is the job's
const waiting = [];
let sending = 0;
let onServed = () => {};

/** Wire the form. `served` is called whenever an upload has come to its end. */
export function start(served) {
  onServed = served;
  const drop = $("drop");
  $("files").addEventListener("change", (event) => {
    take(event.target.files);
    event.target.value = ""; // so that the same file can be chosen again
  });
  $("upload").addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault()); // beside the field
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(event.dataTransfer.files);
  });
}

/** Queue files under the form's collection and groups; `path` given makes them a new version of what has it. */
export function take(files, { collection, path } = {}) {
  const into = collection ?? $("upload-collection").value.trim();
  showProblem($("upload").querySelector(".problem-slot"), into ? null : { message: "Name a collection first." });
  if (!into) return;
  for (const file of files) waiting.push(row(file, { collection: into, path, groups: path ? "" : $("upload-groups").value }));
  next();
}

function next() {
  while (sending < AT_ONCE && waiting.length) {
    sending += 1;
    run(waiting.shift()).finally(() => {
      sending -= 1;
      next();
    });
  }
}

function row(file, { collection, path, groups }) {
  const bar = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${file.name}` });
  const state = h("span", { className: "upload-state" }, "Waiting");
  const element = h("li", { "aria-label": file.name }, h("span", { className: "name" }, file.name), bar, state);
  $("uploads").prepend(element);
  return { file, collection, path, groups, element, bar, state };
}

async function run(item) {
  try {
    const accepted = await patiently(() => upload(formOf(item), (share) => move(item, SENDING * share, "Sending")));
    if (accepted.job_id && accepted.status !== "serving") {
      await followed(item, accepted.job_id);
    } else move(item, 1, "Here already");
    await showOutcome(item, accepted.document_id);
  } catch (problem) {
    fail(item, problem.requestId ? `${problem.message} (request ${problem.requestId})` : problem.message);
  }
  onServed();
}

async function followed(item, jobId) {
  const job = await follow(jobId, (moved) => move(item, SENDING + (1 - SENDING) * moved.progress, moved.stage));
  if (job.state !== "succeeded") throw new Error(job.reason ?? `The job was ${job.state}.`);
}

async function showOutcome(item, documentId) {
  const found = await patiently(() => call("GET", `/v1/documents/${encodeURIComponent(documentId)}`));
  const redacted = counts(found.report?.redactions);
  move(item, 1, found.state);
  item.state.replaceChildren(badge(found.state), " ", h("a", { href: `#/document/${encodeURIComponent(documentId)}` }, `version ${found.latest_version}`),
    redacted ? ` · redacted: ${redacted}` : "", warningsNote(found.report));
  announce(`${item.file.name}: ${found.state}`);
}

function formOf({ file, collection, path, groups }) {
  const form = new FormData();
  form.append("file", file);
  form.append("collection", collection);
  if (path) form.append("path", path);
  if (groups.trim()) form.append("groups", groups);
  return form;
}

function move(item, share, stage) {
  item.bar.value = share;
  item.state.textContent = stage;
}

function fail(item, reason) {
  item.bar.value = 1;
  item.element.classList.add("failed");
  item.state.replaceChildren(badge("failed"), " ", reason);
  announce(`${item.file.name} failed: ${reason}`);
}
