/* One WebSocket for the whole tab. It comes back by itself, and asks for what was missed meanwhile.

   follow("messages:CP-1", seq, { events(list), reload() }) returns a function that ends it.
   `seq` is the number that the page's first data had; `events` gets each batch in order;
   `reload` is called when too much was missed, and shall fetch anew. It may return the new number. */
import { signal } from "@preact/signals";

/** "connecting", "open", "lost", "logged out". */
export const connection = signal("connecting");

const followers = new Map(); // topic → { seq, listeners }
let socket = null;
let attempts = 0;
let timer = 0;

export function follow(topic, seq, listener) {
  let follower = followers.get(topic);
  if (!follower) followers.set(topic, (follower = { seq: seq ?? null, listeners: new Set() }));
  follower.listeners.add(listener);
  if (socket === null) connect();
  else if (socket.readyState === WebSocket.OPEN) say([topic]);
  return () => {
    follower.listeners.delete(listener);
    if (follower.listeners.size === 0 && followers.get(topic) === follower) {
      followers.delete(topic);
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ unsubscribe: [topic] }));
    }
  };
}

function connect() {
  clearTimeout(timer);
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.onopen = () => {
    attempts = 0;
    connection.value = "open";
    say([...followers.keys()]);
  };
  socket.onmessage = (message) => deliver(JSON.parse(message.data));
  socket.onclose = () => lost();
}

function say(topics) {
  if (!topics.length) return;
  const known = topics.filter((topic) => followers.get(topic).seq !== null);
  const since = Object.fromEntries(known.map((topic) => [topic, followers.get(topic).seq]));
  socket.send(JSON.stringify({ subscribe: topics, since }));
}

function deliver(message) {
  const byTopic = new Map();
  for (const event of message.batch ?? []) {
    const follower = followers.get(event.topic);
    if (!follower) continue;
    if (event.kind === "reload") {
      follower.seq = event.seq ?? null;
      for (const listener of follower.listeners) listener.reload?.();
      continue;
    }
    if (follower.seq !== null && event.seq <= follower.seq) continue;
    follower.seq = event.seq;
    if (!byTopic.has(event.topic)) byTopic.set(event.topic, []);
    byTopic.get(event.topic).push(event);
  }
  for (const [topic, events] of byTopic) {
    for (const listener of followers.get(topic)?.listeners ?? []) listener.events(events);
  }
}

async function lost() {
  attempts += 1;
  if (connection.value !== "logged out") connection.value = "lost";
  if (attempts > 1 && (await isLoggedOut())) connection.value = "logged out";
  clearTimeout(timer);
  timer = setTimeout(connect, Math.min(5000, 250 * 2 ** Math.min(attempts, 5)) * (0.75 + Math.random() / 2));
}

async function isLoggedOut() {
  try {
    return (await fetch("/api/v1/session", { credentials: "same-origin" })).status === 401;
  } catch {
    return false;
  }
}

addEventListener("online", () => connection.value === "lost" && connect());
addEventListener("visibilitychange", () => document.visibilityState === "visible" && connection.value === "lost" && connect());
