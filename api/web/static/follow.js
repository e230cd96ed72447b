// Follows a job until it is done: by its event stream while few jobs are followed, else by polling.
// Browsers open at most six connections to a server, and a folder dropped on the page must not use them all.

import { call, events, pause, withRetries } from "./http.js";

const MAX_STREAMS = 2;
const POLL_S = 1.5;
const RETRY_STATUSES = [0, 429, 503]; // a job survives a restart of the server, so following it must too
const DONE = ["succeeded", "failed", "cancelled"];
let streams = 0;

export const isDone = (job) => DONE.includes(job.state);

/** Call `onChange` with each change of the job; resolves to the job when it is done. Rejects with Problem. */
export async function follow(jobId, onChange) {
  if (streams < MAX_STREAMS) {
    const last = await stream(jobId, onChange);
    if (last && isDone(last)) return last;
  }
  return poll(jobId, onChange);
}

async function stream(jobId, onChange) {
  let last = null;
  streams += 1;
  try {
    for await (const { event, data } of events("GET", `/v1/jobs/${encodeURIComponent(jobId)}/events`)) {
      if (event !== "job") continue;
      last = data;
      onChange(last);
      if (isDone(last)) break;
    }
  } catch {
    return last; // a proxy may cut streams; polling still works, or reports why it does not
  } finally {
    streams -= 1;
  }
  return last;
}

async function poll(jobId, onChange) {
  for (;;) {
    const job = await withRetries(() => call("GET", `/v1/jobs/${encodeURIComponent(jobId)}`), RETRY_STATUSES);
    onChange(job);
    if (isDone(job)) return job;
    await pause(POLL_S);
  }
}
