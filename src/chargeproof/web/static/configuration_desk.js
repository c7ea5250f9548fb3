/* What can be done with the keys of a station: read, change, compare, apply, keep as a baseline. */
import { batch, computed, lacksRole, signal, toast } from "console/ui.js";
import { attempt, get, patch, path, post, put } from "console/api.js";

/** result → [sign, kind, what it means]. */
const RESULTS = {
  Accepted: ["✓", "pass", "accepted"],
  RebootRequired: ["✓•", "remark", "accepted, takes effect after a reboot"],
  Rejected: ["✕", "fail", "rejected by the station"],
  NotSupported: ["✕", "fail", "the station does not know this key"],
  timed_out: ["✕", "fail", "not answered in time"],
  call_error: ["✕", "fail", "CALLERROR"],
  not_connected: ["✕", "fail", "not sent: the station is offline"],
};

/** A result as [sign, kind, sentence]; told apart are what a station took and what it then says when read back. */
export function resultOf(result) {
  const [sign, kind, words] = RESULTS[result.result] ?? ["✕", "fail", result.result.replaceAll("_", " ")];
  if (result.result === "Accepted" && result.value !== null && result.value !== result.wanted && !result.value.startsWith("•")) {
    return ["!", "remark", `accepted, but reads back “${result.value}”`];
  }
  return [sign, kind, result.detail ? `${words}: ${result.detail}` : words];
}

export function configurationDesk(live, given) {
  const base = `${path("charge-points", live.id)}/configuration`;
  const table = signal(given.configuration);
  const baselines = signal(given.baselines.items);
  const results = signal(new Map()); // key in lower case → result of its latest change here
  const busy = signal("");
  const comparing = signal(null); // { kind, name } that the comparison begins with
  const chosenBaseline = signal(null);

  const during = async (word, action) => {
    busy.value = word;
    const answer = await attempt(action);
    busy.value = "";
    return answer;
  };
  const reload = async () => {
    const found = await attempt(() => get(base, { baseline: chosenBaseline.value }));
    if (found) table.value = found;
  };
  const read = async () => {
    if (!(await during("read", () => post(`${base}/read`, { keys: [] })))) return;
    await reload();
    toast(`${table.value.items.length} keys read.`, { kind: "pass" });
  };
  const keepResults = (answer) => {
    const kept = new Map(results.value);
    for (const each of answer.items) kept.set(each.key.toLowerCase(), each);
    results.value = kept;
  };
  const change = async (key, value) => {
    const answer = await during(key, () => patch(base, { [key]: value }));
    if (!answer) return false;
    keepResults(answer);
    await reload();
    return answer.items[0]?.applied ?? false;
  };
  const apply = async (against, keys) => {
    const answer = await during("apply", () => post(`${base}/apply`, { against, keys }));
    if (!answer) return undefined;
    keepResults(answer);
    await reload();
    return answer;
  };
  const compareWith = async (baseline) => {
    chosenBaseline.value = baseline || null;
    await reload();
  };
  const keepBaseline = async (name, wanted) => {
    const kept = await attempt(() => put(path("configuration-baselines", name), { ...wanted, from_charge_point: live.id }));
    if (!kept) return false;
    const found = await attempt(() => get("/configuration-baselines"));
    batch(() => {
      baselines.value = found?.items ?? baselines.value;
      chosenBaseline.value = kept.name;
    });
    await reload();
    toast(`Kept as the baseline “${kept.name}”, ${Object.keys(kept.keys).length} keys.`, { kind: "pass" });
    return true;
  };
  const differences = (against) => attempt(() => get(`${base}/differences`, { against }));
  const whyNot = computed(() => lacksRole("operator") || (live.isOnline.value ? "" : "the station is offline"));
  const whyNotRead = computed(() => lacksRole("tester") || (live.isOnline.value ? "" : "the station is offline"));
  return { live, table, baselines, results, busy, comparing, chosenBaseline, read, change, apply, compareWith, keepBaseline, differences, whyNot, whyNotRead };
}
