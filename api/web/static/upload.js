// Uploads files, a few at a time, and shows the progress of each until it serves or fails with a reason.

import { warningNotes } from "./account.js";
import { $, announce, badge, counts, h, showProblem } from "./dom.js";
import { follow } from "./follow.js";
import { call, upload, withRetries } from "./http.js";

const MAX_PARALLEL = 2;
const SENDING = 0.2; // the share of the progress bar for sending; the rest is for the job
const waiting = [];
let sending = 0;
let onUploadEnd = () => {};

/** Connect the form. `onEnd` is called each time an upload has ended. */
export function start(onEnd) {
  onUploadEnd = onEnd;
  const drop = $("drop");
  $("files").addEventListener("change", (event) => {
    queueFiles(event.target.files);
    event.target.value = ""; // so that the same file can be chosen again
  });
  $("upload").addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault()); // next to the field
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    queueFiles(event.dataTransfer.files);
  });
}

/** Queue files for the form's collection and groups; with `path` they are a new version of the document there. */
export function queueFiles(files, { collection, path } = {}) {
  const into = collection ?? $("upload-collection").value.trim();
  showProblem($("upload").querySelector(".problem-slot"), into ? null : { message: "Enter a collection first." });
  if (!into) return;
  for (const file of files) waiting.push(row(file, { collection: into, path, groups: path ? "" : $("upload-groups").value }));
  next();
}

function next() {
  while (sending < MAX_PARALLEL && waiting.length) {
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
    const accepted = await withRetries(() => upload(formOf(item), (share) => showProgress(item, SENDING * share, "Sending")));
    if (accepted.job_id && accepted.status !== "serving") {
      await followJob(item, accepted.job_id);
    } else showProgress(item, 1, "Already uploaded");
    await showOutcome(item, accepted.document_id);
  } catch (problem) {
    fail(item, problem.requestId ? `${problem.message} (request ${problem.requestId})` : problem.message);
  }
  onUploadEnd();
}

async function followJob(item, jobId) {
  const job = await follow(jobId, ({ progress, stage }) => showProgress(item, SENDING + (1 - SENDING) * progress, stage));
  if (job.state !== "succeeded") throw new Error(job.reason ?? `The job was ${job.state}.`);
}

async function showOutcome(item, documentId) {
  const found = await withRetries(() => call("GET", `/v1/documents/${encodeURIComponent(documentId)}`));
  const redacted = counts(found.report?.redactions);
  showProgress(item, 1, found.state);
  item.state.replaceChildren(badge(found.state), " ", h("a", { href: `#/document/${encodeURIComponent(documentId)}` }, `version ${found.latest_version}`),
    redacted ? ` · redacted: ${redacted}` : "", ...warningNotes(found.report));
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

function showProgress(item, share, stage) {
  item.bar.value = share;
  item.state.textContent = stage;
}

function fail(item, reason) {
  item.bar.value = 1;
  item.element.classList.add("failed");
  item.state.replaceChildren(badge("failed"), " ", reason);
  announce(`${item.file.name} failed: ${reason}`);
}
