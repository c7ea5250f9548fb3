/* The rows of a message log: history by the API, news by the live socket, one filter for both. Newest first. */
import { computed, signal } from "@preact/signals";
import { attempt, get, path } from "console/api.js";
import { follow } from "console/live.js";

const MOST = 5000;
const PAGE = 100;

/** What can be chosen as "kind": a word for people, the API's query, and the same question of a live row. */
export const KINDS = {
  "": { title: "All kinds", query: {}, test: () => true },
  up: { title: "From the station", query: { caller: "charge_point" }, test: (row) => row.caller === "charge_point" },
  down: { title: "To the station", query: { caller: "central_system" }, test: (row) => row.caller === "central_system" },
  deviating: { title: "With deviations", query: { deviating: true }, test: (row) => row.deviations.length > 0 },
  failed: {
    title: "Without a proper answer",
    query: { kind: "call_error,timed_out,lost,late,malformed" },
    test: (row) => row.outcome !== "answered",
  },
};

export const NO_FILTER = { action: "", kind: "", id: "", text: "", since: "", until: "" };

export const queryOf = (filter) => ({
  action: filter.action,
  id: filter.id,
  text: filter.text,
  since: filter.since,
  until: filter.until,
  ...KINDS[filter.kind].query,
});

/** A page's address says its filter in the words of the API, so that the server finds the same rows. */
export const searchOf = (filter) =>
  new URLSearchParams(Object.entries(queryOf(filter)).filter(([, value]) => value)).toString();

export function filterOfSearch(search) {
  const query = new URLSearchParams(search);
  const asked = Object.entries(KINDS).find(([name, kind]) => name && Object.entries(kind.query).every(([key, value]) => query.get(key) === String(value)));
  const plain = ["action", "id", "text", "since", "until"].map((name) => [name, query.get(name) ?? ""]);
  return { ...NO_FILTER, ...Object.fromEntries(plain), kind: asked?.[0] ?? "" };
}

/** Whether a live row is one that the API would have given for this filter. */
export function fits(row, filter) {
  if (filter.action && !filter.action.split(",").some((each) => each.trim() === row.action)) return false;
  if (filter.id && row.unique_id !== filter.id) return false;
  if (filter.since && row.requested_at < filter.since) return false;
  if (filter.until && row.requested_at >= filter.until) return false;
  if (filter.text) {
    const wanted = filter.text.toLowerCase();
    if (![row.request, row.answer].some((text) => text?.toLowerCase().includes(wanted))) return false;
  }
  return KINDS[filter.kind].test(row);
}

/** first: a page of messages; seq: the live number it had; filter: what it was asked with. */
export function messageLog(chargePointId, first, seq, filter = NO_FILTER) {
  const rows = signal(first.items);
  const waiting = signal([]); // news that are held back, newest first
  const paused = signal(false); // by the person
  const away = signal(false); // the top is out of sight, or a row is being read
  const wanted = signal(filter);
  const loading = signal(false);
  const held = computed(() => paused.value || away.value);
  const base = `${path("charge-points", chargePointId)}/messages`;
  let cursor = first.next;
  let asked = 0;

  const add = (news) => {
    const numbers = new Set(news.map((row) => row.number));
    rows.value = [...news, ...rows.value.filter((row) => !numbers.has(row.number))].slice(0, MOST);
  };
  const show = () => {
    const news = waiting.value;
    waiting.value = [];
    if (news.length) add(news);
  };
  const take = (events) => {
    const news = events.map((event) => event.data).filter((row) => fits(row, wanted.value)).reverse();
    if (!news.length) return;
    if (held.value) waiting.value = [...news, ...waiting.value].slice(0, MOST);
    else add(news);
  };
  const fetchFirst = async () => {
    const question = ++asked;
    loading.value = true;
    const page = await attempt(() => fullPage(base, wanted.value));
    if (question !== asked) return;
    loading.value = false;
    if (!page) return;
    waiting.value = [];
    rows.value = page.items;
    cursor = page.next;
  };
  const fetchOlder = async () => {
    if (!cursor || loading.value || rows.value.length >= MOST) return;
    const question = asked;
    loading.value = true;
    const page = await attempt(() => get(base, { ...queryOf(wanted.value), limit: PAGE, cursor }));
    loading.value = false;
    if (!page || question !== asked) return;
    cursor = page.next;
    rows.value = [...rows.value, ...page.items];
  };
  const setFilter = (change) => {
    wanted.value = { ...wanted.value, ...change };
    return fetchFirst();
  };
  const setPaused = (value) => {
    paused.value = value;
    if (!held.value) show();
  };
  const setAway = (value) => {
    if (away.value === value) return;
    away.value = value;
    if (!held.value) show();
  };
  const end = follow(`messages:${chargePointId}`, seq, { events: take, reload: fetchFirst });
  return { rows, waiting, paused, held, wanted, loading, setFilter, setPaused, setAway, show, fetchOlder, fetchFirst, end, hasOlder: () => Boolean(cursor) };
}

/** A search may give short pages; go on until there is something to see or nothing more to search. */
async function fullPage(base, filter) {
  let page = await get(base, { ...queryOf(filter), limit: PAGE });
  const items = [...page.items];
  for (let step = 0; step < 20 && items.length < PAGE / 2 && page.next; step += 1) {
    page = await get(base, { ...queryOf(filter), limit: PAGE, cursor: page.next });
    items.push(...page.items);
  }
  return { items, next: page.next };
}
