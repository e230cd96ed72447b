// The signed-in key. The session is in a cookie that scripts cannot read; this module knows only the scopes of its key.

import { call } from "./http.js";

let me = null;

/** Check whether there is a valid session. Resolves to `{key_id, scopes, groups}` or null. */
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

/** Whether the key has any of the scopes, which are separated by spaces. The server checks again. */
export function may(scopes) {
  return me !== null && (me.scopes.includes("admin") || scopes.split(" ").some((scope) => me.scopes.includes(scope)));
}

/** Hide every element that needs a scope that the key does not have. */
export function applyScopes(root = document) {
  for (const element of root.querySelectorAll("[data-scope]")) element.hidden = !may(element.dataset.scope);
}
