// One document: its attributes, its versions with their states, and its text as answers use it.

import { accountDetails, missingNote, warningNotes } from "./account.js";
import { drawInParts } from "./blocks.js";
import { $, badge, button, counts, h, markNote, showProblem, terms, time } from "./dom.js";
import { deleteDocument } from "./documents.js";
import { call } from "./http.js";
import { may } from "./session.js";
import { queueFiles } from "./upload.js";

const TEXT_LEVEL = 3; // below the heading "Text"

export async function enter(documentId) {
  $("document-title").textContent = "Document";
  $("document").replaceChildren();
  showProblem($("document-problem"), null);
  const address = `/v1/documents/${encodeURIComponent(documentId ?? "")}`;
  try {
    const [found, versions] = await Promise.all([call("GET", address), call("GET", `${address}/versions`)]);
    $("document-title").textContent = found.title;
    document.title = `${found.title} – Vouch`;
    $("document").replaceChildren(card(found, address), versionList(versions.data), textOf(found, address));
  } catch (problem) {
    showProblem($("document-problem"), problem);
  }
}

function card(found, address) {
  return h("div", { className: "panel" },
    missingNote(found.report?.account),
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
    accountDetails(found.report?.account),
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
        warningNotes(version.report),
        h("p", { className: "help" }, time(version.created_at)))))));
}

function textOf(found, address) {
  const body = h("div", { className: "document-text source-text" });
  const details = h("details", {}, h("summary", {}, "The text that answers are made from"), body);
  details.addEventListener("toggle", async () => {
    try {
      await showText(body, found, address);
    } catch (problem) {
      showProblem($("document-problem"), problem);
    }
  }, { once: true });
  const files = found.serving_version ? h("p", { className: "help" }, "Open it as ",
    h("a", { href: `${address}/content?format=html` }, "a page"), ", ", h("a", { href: `${address}/content?format=md`, download: `${found.title}.md` }, "Markdown"), " or ",
    h("a", { href: `${address}/content?format=json`, download: `${found.title}.json` }, "JSON"), ".") : null;
  return h("section", { "aria-labelledby": "text-title" }, h("h2", { id: "text-title" }, "Text"), details, files);
}

async function showText(body, found, address) {
  body.replaceChildren(h("p", { className: "help" }, "Loading the text…"));
  const content = await call("GET", `${address}/content?format=json`).catch((problem) => {
    if (problem.status !== 404) throw problem;
    return null;
  });
  const suspect = markNote(Object.keys(found.report?.marks ?? {}));
  body.replaceChildren(content ? suspect ?? "" : h("p", { className: "empty" }, "No version serves yet."));
  if (content) await drawInParts(body, content.text, content.blocks, TEXT_LEVEL);
}

function size(bytes) {
  if (!bytes) return "";
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
