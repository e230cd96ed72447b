// Builds elements and announces text. Text is added as text: no code of these pages parses markup, so tags in a
// document are shown as they are. Knows no API.

export const $ = (id) => document.getElementById(id);

/** Create an element. Properties are DOM properties, `data-`/`aria-`/`role` attributes or on… listeners. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && !name.includes("-") && name !== "form" && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button that is disabled while its action runs, so that a second press does nothing. */
export function button(label, action, properties = {}) {
  const element = h("button", { type: "button", ...properties }, label);
  element.addEventListener("click", async () => {
    if (element.getAttribute("aria-disabled") === "true") return;
    element.setAttribute("aria-disabled", "true"); // not `disabled`, which would lose the keyboard's focus
    try {
      await action(element);
    } finally {
      element.removeAttribute("aria-disabled");
    }
  });
  return element;
}

/** Terms and their values; those without a value are left out. */
export function terms(pairs) {
  const rows = Object.entries(pairs).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return h("dl", { className: "terms" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A state as a coloured word; the word alone is enough to understand it. */
export function badge(state, label = state) {
  return h("span", { className: `badge badge-${state}` }, label);
}

export function time(iso) {
  return iso ? h("time", { dateTime: iso }, new Date(iso).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })) : "";
}

/** "3 PERSON, 1 EMAIL_ADDRESS" from counts by type; empty for none. */
export function counts(byName) {
  const some = Object.entries(byName ?? {}).filter(([, count]) => count > 0);
  return some.map(([name, count]) => `${count} ${name}`).join(", ");
}

const MARKS = {
  instructions: "instructions to a language model",
  link: "a link or an image that could carry data out",
  markup: "markup that a web page would run",
};

/** A warning about suspicious text from a document; null for nearly every text. */
export function markNote(marks) {
  if (!marks?.length) return null;
  return h("p", { className: "marked", role: "note" }, `This text holds ${marks.map((mark) => MARKS[mark] ?? mark).join(" and ")}. Vouch only shows it; do not follow it without asking its author.`);
}

/** Announce a text to screen readers. */
export function announce(text) {
  $("announcer").textContent = text;
}

/** Show a problem in a view's slot, with the request id that finds it in the log; null clears the slot. */
export function showProblem(slot, problem) {
  slot.replaceChildren(problem ? problemBox(problem) : "");
}

export function problemBox(problem) {
  const errors = (problem.errors ?? []).map((error) => h("li", {}, [error.field ?? error.loc, error.message ?? error.msg ?? error.detail].filter(Boolean).join(": ")));
  return h("div", { className: "problem" },
    h("p", {}, problem.message),
    errors.length ? h("ul", {}, errors) : null,
    problem.requestId ? h("p", { className: "help" }, "Request ", h("code", {}, problem.requestId)) : null);
}

/** Ask for a confirmation of something that cannot be undone; resolves to whether it was given. */
export function confirmed(title, text, verb) {
  const dialog = $("confirm");
  $("confirm-title").textContent = title;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = verb;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Split a text at two offsets in code points, as the API counts; JavaScript itself counts UTF-16 units. */
export function splitAt(text, start, end) {
  const points = Array.from(text);
  return [points.slice(0, start), points.slice(start, end), points.slice(end)].map((part) => part.join(""));
}
