/* The REST API for pages: JSON in and out, CSRF, and every refusal as a sentence and a remedy. */
import { sentence, toast } from "console/ui.js";

const ROOT = "/api/v1";
const SLOW_MS = 1500;
const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** An answer that is an error: `message` is a sentence, `remedy` what to do, `status` the HTTP status (0: no answer). */
export class Problem extends Error {
  constructor(document) {
    super(sentence(document.detail || document.title));
    this.status = document.status ?? 0;
    this.title = document.title;
    this.remedy = document.remedy ?? "";
  }
}

/** path is below /api/v1; query: an object, its empty values are left out. Throws Problem. */
export async function call(method, path, { query = {}, body, headers = {}, signal } = {}) {
  const request = { method, headers: { accept: "application/json", ...headers }, signal, credentials: "same-origin" };
  if (method !== "GET") {
    request.headers["x-csrf-token"] = csrf;
    if (method === "POST" && !("idempotency-key" in request.headers)) request.headers["idempotency-key"] = newKey();
  }
  if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers["content-type"] = "application/json";
  }
  let answer;
  // Who pressed something hears soon that it was heard, also where the answer takes its time.
  let away = () => {};
  const slow = method === "GET" ? 0 : setTimeout(() => (away = toast("Sent; no answer yet.")), SLOW_MS);
  try {
    answer = await fetch(address(path, query), request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: "The server did not answer", remedy: "It may be restarting; try again in a moment" });
  } finally {
    clearTimeout(slow);
    away();
  }
  if (!answer.ok) throw new Problem(await document_of(answer));
  return answer.status === 204 ? null : (answer.headers.get("content-type") ?? "").includes("json") ? answer.json() : answer.text();
}

/** POST a file as it is, or a form with one: resolves to { status, answer }, also when the answer is a refusal with 422. */
export async function send(path, body, { query = {}, type = "" } = {}) {
  const headers = { accept: "application/json", "x-csrf-token": csrf, "idempotency-key": newKey(), ...(type ? { "content-type": type } : {}) };
  let response;
  try {
    response = await fetch(address(path, query), { method: "POST", headers, body, credentials: "same-origin" });
  } catch {
    throw new Problem({ detail: "The file did not reach the server", remedy: "See whether it still runs, and try again" });
  }
  if (!response.ok && response.status !== 422) throw new Problem(await document_of(response));
  return { status: response.status, answer: await response.json() };
}

export const get = (path, query, signal) => call("GET", path, { query, signal });
export const post = (path, body, options = {}) => call("POST", path, { body, ...options });
export const put = (path, body) => call("PUT", path, { body });
export const patch = (path, body) => call("PATCH", path, { body });
export const remove = (path) => call("DELETE", path);

export function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(given.flatMap(([name, value]) => [value].flat().map((each) => [name, each]))).toString();
  return ROOT + path + (text ? `?${text}` : "");
}

/** A path of parts that may hold any character: path("charge-points", id). */
export const path = (...parts) => parts.map((part) => `/${encodeURIComponent(part)}`).join("");

/** Do it, and show what is wrong when it fails: resolves to the answer, or undefined. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) {
      location.assign(`/log-in?next=${encodeURIComponent(location.pathname + location.search)}`);
    }
    toast(error.message, { kind: "fail", remedy: error.remedy });
    return undefined;
  }
}

/** Crypto.randomUUID is missing on plain http to another host, where testers are. */
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function document_of(answer) {
  try {
    return { status: answer.status, ...(await answer.json()) };
  } catch {
    return { status: answer.status, detail: `The server answered ${answer.status} ${answer.statusText}` };
  }
}
