/* What is known of a station's security, kept fresh, and what can be done about it. */
import { batch, computed, confirmed, lacksRole, signal, toast } from "console/ui.js";
import { attempt, get, path, post, put } from "console/api.js";
import { follow } from "console/live.js";

const SOON_MS = 700; // by then what was written can be read
const BUSY_MS = 3000;

export function securityDesk(live, given) {
  const base = path("charge-points", live.id);
  const security = signal(given.security);
  const certificates = signal(given.certificates.items);
  const roots = signal(given.roots);
  const events = signal(given.events.items);
  const nextEvents = signal(given.events.next);
  const filter = signal({ type: "", critical: "" });
  const jobs = signal(given.jobs.items);
  const form = signal(null); // which dialog is open: { kind, ... }
  const busy = signal("");

  const load = async (place, query, into) => {
    const found = await attempt(() => get(place, query));
    if (found) into(found);
  };
  const reload = () => load(`${base}/security`, {}, (found) => (security.value = found));
  const reloadCertificates = () => load("/certificates", { name: live.id, purpose: "station" }, (page) => (certificates.value = page.items));
  const reloadJobs = () => load("/file-jobs", { charge_point_id: live.id, limit: 10 }, (page) => (jobs.value = page.items));
  const loadEvents = (cursor = null) => {
    const asked = filter.value;
    return load(`${base}/security-events`, { ...asked, cursor, limit: 50 }, (page) => asked === filter.value && batch(() => {
      events.value = cursor ? [...events.value, ...page.items] : page.items;
      nextEvents.value = page.next;
    }));
  };
  const soon = (action) => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(action, SOON_MS);
    };
  };
  const [reloadSoon, eventsSoon, certificatesSoon, jobsSoon] = [reload, loadEvents, reloadCertificates, reloadJobs].map((each) => soon(() => each()));
  const note = (change) => {
    const others = security.value.changes.filter((each) => each.change_id !== change.change_id);
    security.value = { ...security.value, changes: [change, ...others].sort((one, other) => (one.began_at < other.began_at ? 1 : -1)) };
  };
  follow(`commands:${live.id}`, given.seq.commands, {
    events: (all) => {
      for (const each of all.filter((one) => one.kind === "security_change")) note(each.data);
      if (all.some((one) => one.kind === "security_change")) batch(() => [reloadSoon(), certificatesSoon()]);
    },
    reload,
  });
  follow(`messages:${live.id}`, given.seq.messages, {
    events: (all) => {
      const actions = new Set(all.map((each) => each.data.action));
      if (actions.has("SecurityEventNotification")) eventsSoon();
      if (actions.has("CertificateSigned")) certificatesSoon();
      if (actions.has("LogStatusNotification") || actions.has("SignedFirmwareStatusNotification")) jobsSoon();
    },
    reload: loadEvents,
  });
  follow("stations", given.seq.stations, { events: (all) => all.some((each) => each.data?.charge_point_id === live.id) && reloadSoon(), reload });
  setInterval(() => document.visibilityState === "visible" && jobs.value.some((job) => !job.closed_at && job.files.length === 0) && reloadJobs(), BUSY_MS);

  const during = async (word, action) => {
    busy.value = word;
    const answer = await attempt(action);
    busy.value = "";
    return answer;
  };
  const begin = async (wanted) => {
    const change = await during(wanted.kind, () => post(`${base}/security/changes`, wanted));
    if (change) batch(() => [note(change), (form.value = null)]);
    return Boolean(change);
  };
  const keepPassword = async (password) => {
    if ((await during("password", () => put(`${base}/password`, { password }))) === undefined) return;
    form.value = null;
    toast("Kept. From its next connection on the station must send this password.", { kind: "pass" });
    await reload();
  };
  const require = async (profile) => {
    const found = await during("require", () => put(`${base}/security/required-profile`, { profile }));
    if (found) security.value = found;
  };
  const revoke = async (certificate) => {
    const sure = await confirmed({ title: `Revoke ${short(certificate.serial)}?`, text: "The station is refused with it from its next connection on. This cannot be taken back.", word: "Revoke" });
    if (sure && (await attempt(() => post(`${path("certificates", certificate.serial)}/revocation`)))) await reloadCertificates();
  };
  const readRoots = async () => {
    const found = await during("roots", () => post(`${base}/root-certificates/read`));
    if (found) roots.value = found;
    return found;
  };
  const install = async (wanted) => {
    const command = await during("install", () => post(`${base}/root-certificates`, wanted, { query: { wait: 30 } }));
    if (!command) return;
    form.value = null;
    told(command, "installed");
    await readRoots();
  };
  const uninstall = async (root) => {
    const sure = await confirmed({ title: "Delete this root certificate?", text: "A station that trusts nobody who vouches for this server does not connect to it any more.", word: "Delete" });
    if (!sure) return;
    const { hash_algorithm, issuer_name_hash, issuer_key_hash, serial_number } = root;
    const command = await during("install", () => post(`${base}/root-certificates/delete`, { hash_algorithm, issuer_name_hash, issuer_key_hash, serial_number }, { query: { wait: 30 } }));
    if (command) told(command, "deleted");
    await readRoots();
  };
  const narrow = (change) => {
    filter.value = { ...filter.value, ...change };
    return loadEvents();
  };
  const whyNot = computed(() => lacksRole("operator") || (live.isOnline.value ? "" : "the station is offline"));
  return { live, security, certificates, roots, events, nextEvents, filter, jobs, form, busy, begin, keepPassword, require, revoke, readRoots, install, uninstall, narrow, loadEvents, reloadJobs, whyNot };
}

function told(command, done) {
  const status = command.confirmation?.status ?? command.state.replaceAll("_", " ");
  toast(status === "Accepted" ? `The certificate is ${done}.` : `The station answered: ${status}.`, { kind: status === "Accepted" ? "pass" : "fail" });
}

export const short = (serial) => (serial.length > 14 ? `${serial.slice(0, 6)}…${serial.slice(-6)}` : serial);
