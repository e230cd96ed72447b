// Calls the API of the same origin. Every failure becomes a Problem with a readable message.
// Knows no page; the action that `whenSignedOut` sets decides what a 401 means for the pages.

let signedOut = () => {};
export function whenSignedOut(action) {
  signedOut = action;
}

/** A failed request: the API's detail and code, and the request id that finds it in the log. */
export class Problem extends Error {
  constructor(message, { status = 0, code = "", requestId = "", errors = [], retryAfter = 1 } = {}) {
    super(message);
    Object.assign(this, { status, code, requestId, errors, retryAfter });
  }
}

const TOO_MANY_REQUESTS = [429];

/** Repeat an action as long as it fails with one of the statuses. Rejects with any other Problem. */
export async function withRetries(action, statuses = TOO_MANY_REQUESTS) {
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

/** Send a request. Resolves to the JSON body (null if there is none). Rejects with Problem. */
export async function call(method, path, json) {
  const response = await open(method, path, json);
  return response.status === 204 ? null : response.json();
}

/** Get a page of a list: `{data, has_more, next_cursor}`. Empty parameters are left out. */
export function list(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return call("GET", given.length ? `${path}?${new URLSearchParams(given)}` : path);
}

/** Yield `{event, data}` of a stream of server-sent events until it ends. */
export async function* events(method, path, json, signal) {
  const response = await open(method, path, json, signal, "text/event-stream");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    buffer += value.replaceAll("\r", "");
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const event = parse(block);
      if (event) yield event;
    }
  }
}

/** Upload a file. `onSent` is called with the share (0..1) that has been sent. Rejects with Problem. */
export function upload(form, onSent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not report upload progress
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
    // A proxy in front of Vouch answered without a problem: only the status is known.
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
