// Talks to the API of the same origin. Every failure becomes a Problem that a person can read.
// Knows no page; what a 401 means for the pages is decided by whoever set `whenSignedOut`.

let signedOut = () => {};
export function whenSignedOut(action) {
  signedOut = action;
}

/** What went wrong: the API's detail, its code, and the request id that finds it in the log. */
export class Problem extends Error {
  constructor(message, { status = 0, code = "", requestId = "", errors = [], retryAfter = 1 } = {}) {
    super(message);
    Object.assign(this, { status, code, requestId, errors, retryAfter });
  }
}

const TOO_FAST = [429];

/** Do it again for as long as the API says "not now" with one of the statuses. Rejects with any other Problem. */
export async function patiently(action, statuses = TOO_FAST) {
  for (;;) {
    try {
      return await action();
    } catch (problem) {
      if (!statuses.includes(problem.status)) throw problem;
      await pause(problem.retryAfter);
    }
  }
}

export function pause(seconds) {
  return new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
}

/** Ask for JSON. Resolves to the body (null for none). Rejects with Problem. */
export async function call(method, path, json) {
  const response = await open(method, path, json);
  return response.status === 204 ? null : response.json();
}

/** A page of a list: `{data, has_more, next_cursor}`. Empty parameters are left out. */
export function list(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return call("GET", given.length ? `${path}?${new URLSearchParams(given)}` : path);
}

/** Yield `{event, data}` of a stream of server-sent events until it ends. */
export async function* events(method, path, json, signal) {
  const response = await open(method, path, json, signal, "text/event-stream");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    waiting += value.replaceAll("\r", "");
    const blocks = waiting.split("\n\n");
    waiting = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event) yield event;
    }
  }
}

/** Send a file. `onSent` hears the share (0..1) that has left the browser. Rejects with Problem. */
export function upload(form, onSent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how much it has sent
    request.open("POST", "/v1/documents");
    request.responseType = "text";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && onSent(event.loaded / event.total));
    request.addEventListener("error", () => reject(unreachable()));
    request.addEventListener("load", () => {
      const header = (name) => request.getResponseHeader(name) ?? "";
      if (request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(problem(request.status, request.responseText, header));
    });
    request.send(form);
  });
}

async function open(method, path, json, signal, accept = "application/json") {
  const headers = { Accept: accept };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    const body = json === undefined ? undefined : JSON.stringify(json);
    response = await fetch(path, { method, headers, body, signal, credentials: "same-origin" });
  } catch (error) {
    throw error.name === "AbortError" ? error : unreachable();
  }
  if (!response.ok) throw problem(response.status, await response.text(), (name) => response.headers.get(name) ?? "");
  return response;
}

function problem(status, text, header) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // Something in front of Vouch answered in its own words: the status alone has to do.
  }
  if (status === 401) signedOut();
  return new Problem(body.detail ?? body.title ?? `The server answered ${status}.`, {
    status,
    code: body.code,
    requestId: body.request_id ?? header("X-Request-Id"),
    errors: body.errors,
    retryAfter: Number(header("Retry-After")) || 1,
  });
}

function unreachable() {
  return new Problem("The server does not answer. Check that Vouch is running and try again.");
}

function parse(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).trim());
  }
  if (!data.length) return null;
  return { event, data: data.join("\n") ? JSON.parse(data.join("\n")) : null };
}
