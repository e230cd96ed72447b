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
  for (const input of [$("files"), $("folder")]) input.addEventListener("change", () => {
    queueAll([...input.files].map((file) => chosen(file, file.webkitRelativePath)));
    input.value = ""; // so that the same file can be chosen again
  });
  $("upload").addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault()); // next to the field
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    try { // the items are gone after the first await
      queueAll((await Promise.all(items.map((item) => filesOf(item.webkitGetAsEntry?.() ?? item.getAsFile())))).flat());
    } catch (problem) {
      showProblem(problemSlot(), { message: `The folder could not be read: ${problem.message}` });
    }
  });
}

/** Queue files as new versions of the document at `path`. */
export function queueFiles(files, { collection, path }) {
  for (const file of files) waiting.push(row(file, { collection, path, groups: "" }));
  next();
}

/** Queue files for the form's collection and groups, unless two of them would replace each other. */
function queueAll(files) {
  const collection = $("upload-collection").value.trim();
  const visible = files.filter(({ inside }) => !inside?.split("/").some((part) => part.startsWith(".")));
  const reason = collection ? clash(visible) : "Enter a collection first.";
  showProblem(problemSlot(), reason ? { message: reason } : null);
  if (reason) return;
  const groups = $("upload-groups").value;
  for (const { file, inside } of visible) waiting.push(row(file, { collection, path: inside, groups }));
  next();
}

/** A file with its whole path; one from a folder has its path `inside` that folder, which becomes the document's. */
function chosen(file, whole) {
  return { file, whole: whole || file.name, inside: whole?.includes("/") ? whole.slice(whole.indexOf("/") + 1) : undefined };
}

function clash(files) {
  const known = new Map();
  for (const { file, inside, whole } of files) {
    const path = inside ?? file.name;
    if (known.has(path)) return `Two files would replace each other: ${known.get(path)} and ${whole}. Nothing was uploaded.`;
    known.set(path, whole);
  }
  return null;
}

/** Return the files of a dropped file or folder, however deep. */
async function filesOf(entry) {
  if (entry instanceof File) return [chosen(entry, entry.name)];
  if (entry.isFile) return [chosen(await new Promise((done, failed) => entry.file(done, failed)), entry.fullPath.slice(1))];
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader gives at most 100 entries at a time
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    for (const each of some) found.push(...(await filesOf(each)));
  }
}

function problemSlot() {
  return $("upload").querySelector(".problem-slot");
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
  const name = path && path !== file.name && path.endsWith(`/${file.name}`) ? path : file.name;
  const bar = h("progress", { max: 1, value: 0, "aria-label": `Progress of ${name}` });
  const state = h("span", { className: "upload-state" }, "Waiting");
  const element = h("li", { "aria-label": name }, h("span", { className: "name" }, name), bar, state);
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
