// Who is signed in. The key itself is in a cookie that scripts cannot read; this knows only what it may do.

import { call } from "./http.js";

let me = null;

/** Find out whether a session stands. Resolves to `{key_id, scopes, groups}` or null. */
export async function resume() {
  try {
    me = await call("GET", "/v1/me");
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    me = null;
  }
  return me;
}

export async function signIn(key) {
  await call("POST", "/v1/session", { key });
  return resume();
}

export async function signOut() {
  await call("DELETE", "/v1/session");
  me = null;
}

export function forget() {
  me = null;
}

/** Whether the key may do any of the scopes, which are separated by spaces. The server decides again. */
export function may(scopes) {
  return me !== null && (me.scopes.includes("admin") || scopes.split(" ").some((scope) => me.scopes.includes(scope)));
}

/** Hide everything that asks for a scope that the key lacks. */
export function applyScopes(root = document) {
  for (const element of root.querySelectorAll("[data-scope]")) element.hidden = !may(element.dataset.scope);
}
