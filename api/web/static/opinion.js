// Feedback on an answer: a thumb is sent at once; details may follow and replace it.

import { announce, h, problemBox } from "./dom.js";
import { call } from "./http.js";
import { pickButton } from "./pick.js";

export const REASONS = {
  incorrect: "It is wrong",
  incomplete: "Something is missing",
  irrelevant: "It answers another question",
  outdated: "It is out of date",
  wrong_document: "It is from the wrong manual",
  should_have_answered: "The manuals do say",
  unclear: "It is hard to understand",
  unsafe: "It is dangerous",
};

/** Create the thumbs and their form. `wrongBox(citation)` creates the tick box for a citation; `pick(passage, shown)`
 *  the button under a passage that a reader may pick as the right one. */
export function opinionForm(answer) {
  const thumbs = { up: thumb("up", "Helpful"), down: thumb("down", "Not helpful") };
  const thanks = h("p", { className: "status", role: "status" });
  const picks = picked();
  const form = detailsForm(answer, picks.element);
  let rating = null;

  async function rate(chosen) {
    rating = chosen;
    for (const [name, element] of Object.entries(thumbs)) element.setAttribute("aria-pressed", String(name === chosen));
    form.hidden = false;
    form.querySelector(".reasons").hidden = chosen !== "down";
    await send({ rating });
  }

  async function send(body) {
    try {
      await call("POST", `/v1/answers/${encodeURIComponent(answer.id)}/feedback`, body);
      thanks.textContent = Object.keys(body).length > 1 ? "Thank you. Your details are stored for review." : "Thank you. Your rating is stored; details help even more.";
    } catch (problem) {
      thanks.replaceChildren(problemBox(problem));
    }
  }

  for (const [name, element] of Object.entries(thumbs)) element.addEventListener("click", () => rate(name));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ rating, ...detailsOf(form), ...(picks.list.length ? { right_passages: picks.list } : {}) });
  });
  const element = h("section", { className: "opinion", "aria-label": "Your opinion" },
    h("div", { className: "thumbs" }, h("span", {}, "Was this helpful?"), thumbs.up, thumbs.down),
    thanks, form);
  const down = () => rating === "down" || rate("down");
  const pick = (passage, shown) => pickButton(passage, shown, (found) => {
    picks.add(found);
    down();
  });
  return { element, pick, wrongBox: (citation) => wrongBox(citation, form, down) };
}

/** What a reader picked, with its list in the form. */
function picked() {
  const list = [];
  const items = h("ul", { className: "picked" });
  const element = h("div", { hidden: true }, h("h3", {}, "Passages that answer"), items);
  function add({ chunk_id, start, end, title, words }) {
    const pick = start === undefined ? { chunk_id } : { chunk_id, start, end };
    if (list.some((each) => JSON.stringify(each) === JSON.stringify(pick))) return;
    list.push(pick);
    const item = h("li", {}, `${title}: “${words.length > 120 ? `${words.slice(0, 120)}…` : words}” `,
      h("button", { type: "button", className: "quiet", "aria-label": `Remove the passage from ${title}`, onclick: () => {
        list.splice(list.indexOf(pick), 1);
        item.remove();
        element.hidden = !list.length;
      } }, "Remove"));
    items.append(item);
    element.hidden = false;
    announce("The passage is picked. Send the details to store it.");
  }
  return { list, element, add };
}

function thumb(rating, label) {
  return h("button", { type: "button", className: "thumb", "aria-pressed": "false", id: `thumb-${rating}` }, thumbSign(rating), label);
}

/** The picture of a thumb, hidden from screen readers; its callers add the same in words. */
export function thumbSign(rating) {
  return h("span", { className: `thumb-sign thumb-sign-${rating}`, "aria-hidden": "true" });
}

function detailsForm(answer, picks) {
  const offered = Object.entries(REASONS).filter(([code]) => (code === "should_have_answered") === (answer.status === "refused") || code === "unclear");
  return h("form", { id: "opinion", className: "panel", hidden: true, "aria-label": "Details" },
    h("fieldset", { className: "reasons" }, h("legend", {}, "What is wrong with it?"), offered.map(([code, label]) => tick("reasons", code, label))),
    picks,
    field("correction", "What is the right answer?", "Reviewers see it. When it is approved, it answers the same question and becomes training data."),
    field("comment", "Anything else?", null),
    h("button", { type: "submit", className: "primary" }, "Send details"));
}

function field(name, label, help) {
  return h("div", {},
    h("label", { htmlFor: `opinion-${name}` }, label, h("span", { className: "optional" }, " (optional)")),
    h("textarea", { id: `opinion-${name}`, name, rows: 2, maxLength: 4000, "aria-describedby": help ? `${name}-help` : null }),
    help ? h("p", { className: "help", id: `${name}-help` }, help) : null);
}

function tick(name, value, label) {
  return h("label", { className: "tick" }, h("input", { type: "checkbox", name, value }), ` ${label}`);
}

function wrongBox(citation, form, onTicked) {
  const box = tick("wrong_citations", citation.id, `Citation [${citation.id}] does not say this`);
  box.firstChild.setAttribute("form", form.id);
  box.firstChild.addEventListener("change", (event) => event.target.checked && onTicked());
  return h("p", { className: "wrong" }, box);
}

function detailsOf(form) {
  const data = new FormData(form);
  const reasons = form.querySelector(".reasons").hidden ? [] : data.getAll("reasons");
  const wrong = data.getAll("wrong_citations").map(Number);
  const texts = Object.fromEntries(["correction", "comment"].map((name) => [name, data.get(name).trim()]).filter(([, text]) => text));
  return { ...(reasons.length ? { reasons } : {}), ...(wrong.length ? { wrong_citations: wrong } : {}), ...texts };
}
