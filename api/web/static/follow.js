// Follows a job until it is done: by its stream of events while few are followed, else by asking again.
// Browsers open six connections to a server; a folder dropped on the page must not use them all up.

import { call, events, patiently, pause } from "./http.js";

const STREAMS = 2;
const PAUSE_S = 1.5;
const NOT_NOW = [0, 429, 503]; // a job outlives a restart of the server, and so does the one who follows it
const DONE = ["succeeded", "failed", "cancelled"];
let streams = 0;

export const isDone = (job) => DONE.includes(job.state);

/** Call `onChange` with the job as it moves; resolves to the job when it is done. Rejects with Problem. */
export async function follow(jobId, onChange) {
  if (streams < STREAMS) {
    const last = await byStream(jobId, onChange);
    if (last && isDone(last)) return last;
  }
  return byAsking(jobId, onChange);
}

async function byStream(jobId, onChange) {
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
    return last; // a proxy that cuts streams is no reason to give up: asking again still works, or says why not
  } finally {
    streams -= 1;
  }
  return last;
}

async function byAsking(jobId, onChange) {
  for (;;) {
    const job = await patiently(() => call("GET", `/v1/jobs/${encodeURIComponent(jobId)}`), NOT_NOW);
    onChange(job);
    if (isDone(job)) return job;
    await pause(PAUSE_S);
  }
}
