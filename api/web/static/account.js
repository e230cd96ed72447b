// The account of what was read: the words of the file against the words that were stored, and why words are missing.

import { h, terms } from "./dom.js";

const ALARM = 0.02; // the share of words without a reason from which nobody may overlook it

/** A warning that too many words of the file are missing; null if they are not. */
export function missingNote(account) {
  if (!isAlarming(account)) return null;
  return h("div", { className: "missing-words", role: "note" },
    h("p", {}, h("strong", {}, "Words are missing. "), `${number(account.unexplained)} of the file's ${number(account.source_words)} words (${share(account)}) are not in the text that was read, and no reason is known. Compare the text with the file before you rely on it.`),
    account.examples?.length ? h("p", {}, "Missing, for example: ", h("q", {}, account.examples.join(" "))) : null);
}

/** The warnings of a version's report, one line each, that of missing words first; empty if there are none. */
export function warningNotes(report) {
  const { warnings = [], account, marks = {}, unseen = {} } = report ?? {};
  const missing = missingNote(account);
  const told = `${account?.unexplained} of the file's ${account?.source_words} words `;
  const others = missing ? warnings.filter((warning) => !warning.startsWith(told)) : warnings;
  const suspect = Object.keys(marks).length || Object.keys(unseen).length;
  return [missing, others.length ? h("div", { className: suspect ? "warnings suspect" : "warnings" }, others.map((warning) => h("p", {}, warning))) : null].filter(Boolean);
}

/** The whole account, closed unless words are missing; null for a file whose words were not counted. */
export function accountDetails(account) {
  if (!account) return null;
  const left = account.left_out ?? [];
  return h("details", { className: "account", open: isAlarming(account) },
    h("summary", {}, `What was read: ${number(account.source_words)} words`),
    terms({
      "In the file": `${number(account.source_words)} words`,
      Stored: `${number(account.stored_words)} words`,
      "Without a reason": `${number(account.unexplained)} words (${share(account)})`,
      Missing: account.examples?.length ? account.examples.join(" ") : null,
    }),
    left.length ? h("div", { className: "table-box" }, h("table", {},
      h("caption", {}, "Left out on purpose"),
      h("thead", {}, h("tr", {}, ["Reason", "Words", "Example"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, left.map(({ meaning, words, example }) => h("tr", {},
        h("th", { scope: "row" }, meaning), h("td", { className: "number-cell" }, number(words)), h("td", {}, example)))))) : h("p", { className: "help" }, "Nothing was left out on purpose."));
}

function isAlarming(account) {
  return Boolean(account) && account.unexplained > ALARM * account.source_words;
}

function share({ unexplained, source_words: all }) {
  return `${((100 * unexplained) / Math.max(all, 1)).toFixed(1)} %`;
}

const number = (count) => count.toLocaleString();
