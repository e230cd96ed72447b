// One document: its attributes, its versions with their states, and its text as answers use it.

import { $, badge, button, counts, h, markNote, showProblem, terms, time, warningsNote } from "./dom.js";
import { deleteDocument } from "./documents.js";
import { call } from "./http.js";
import { chunksOf } from "./passage.js";
import { may } from "./session.js";
import { queueFiles } from "./upload.js";

export async function enter(documentId) {
  $("document-title").textContent = "Document";
  $("document").replaceChildren();
  showProblem($("document-problem"), null);
  const address = `/v1/documents/${encodeURIComponent(documentId ?? "")}`;
  try {
    const [found, versions] = await Promise.all([call("GET", address), call("GET", `${address}/versions`)]);
    $("document-title").textContent = found.title;
    document.title = `${found.title} – Vouch`;
    $("document").replaceChildren(card(found, address), versionList(versions.data), textOf(found));
  } catch (problem) {
    showProblem($("document-problem"), problem);
  }
}

function card(found, address) {
  return h("div", { className: "panel" },
    terms({
      State: badge(found.state),
      Reason: found.reason,
      Collection: found.collection,
      Path: found.path,
      Groups: (found.groups ?? []).join(", ") || "everyone",
      Language: found.language,
      Pages: found.report?.pages,
      Passages: found.report?.chunks,
      Redacted: counts(found.report?.redactions) || undefined,
      Changed: time(found.updated_at),
    }),
    h("div", { className: "actions" },
      may("ingest") ? h("a", { href: `${address}/content`, download: found.filename }, "Download the original") : null,
      may("ingest") ? newVersion(found) : null,
      may("ingest") ? button("Delete", () => deleteDocument(found, $("document-problem"), async () => { location.hash = "#/documents"; }), { className: "danger" }) : null));
}

function newVersion(found) {
  const input = h("input", { type: "file", id: "new-version", className: "visually-hidden", onchange: (event) => {
    queueFiles(event.target.files, { collection: found.collection, path: found.path });
    location.hash = "#/documents"; // the view that shows the upload's progress
  } });
  return h("span", { className: "pick" }, input, h("label", { htmlFor: "new-version", className: "as-button" }, "Upload a new version"));
}

function versionList(versions) {
  return h("section", { "aria-labelledby": "versions-title" },
    h("h2", { id: "versions-title" }, "Versions"),
    h("ul", { className: "cards" }, versions.map((version) => h("li", { className: "card" },
      h("div", { className: "card-main" },
        h("h3", {}, `Version ${version.version}`),
        h("p", { className: "where" }, [version.filename, size(version.size)].filter(Boolean).join(" · "))),
      h("div", { className: "card-state" },
        h("p", {}, badge(version.state)),
        version.reason ? h("p", { className: "reason" }, version.reason) : null,
        counts(version.report?.redactions) ? h("p", { className: "help" }, `Redacted: ${counts(version.report.redactions)}`) : null,
        warningsNote(version.report),
        h("p", { className: "help" }, time(version.created_at)))))));
}

function textOf(found) {
  const body = h("div", { className: "document-text" });
  const details = h("details", {}, h("summary", {}, "The text that answers are made from"), body);
  details.addEventListener("toggle", async () => {
    try {
      body.replaceChildren(...passages(await chunksOf(found.id, found.serving_version)));
    } catch (problem) {
      showProblem($("document-problem"), problem);
    }
  }, { once: true });
  return h("section", { "aria-labelledby": "text-title" }, h("h2", { id: "text-title" }, "Text"), details);
}

function passages(chunks) {
  if (!chunks.length) return [h("p", { className: "empty" }, "No version serves yet.")];
  let path = null;
  return chunks.flatMap((chunk) => {
    const here = (chunk.heading ?? []).join(" › ");
    const heading = here && here !== path ? h("h3", {}, here) : null;
    path = here;
    return [heading, h("p", { className: "source-text" }, chunk.text), markNote(chunk.marks)].filter(Boolean);
  });
}

function size(bytes) {
  if (!bytes) return "";
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
