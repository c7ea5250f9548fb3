/* The stations page: those that wait, and the list of all, live. */
import { html, Button, Dialog, Empty, Icon, Mark, Time, afterPause, copy, data, lacksRole, mount, signal, toast, useMemo, useState } from "console/ui.js";
import { attempt, get, patch, path } from "console/api.js";
import { follow } from "console/live.js";
import { startSimulated } from "console/simulated.js";
import { ClockOffset, ConnectorPills, Guarded, Online, Registration } from "console/status.js";

const LIMIT = 100;
const FEW = matchMedia("(max-width: 760px)").matches ? 2 : 4; // stations waiting, before one asks for all
const given = data();
const stations = signal(given.stations.items);
const next = signal(given.stations.next);
const waiting = signal(given.waiting);
const filter = signal({ search: "", online: "", registration: "", tls: "" });
const shownAttempts = signal(null);

const byId = (one, other) => (one.charge_point_id < other.charge_point_id ? -1 : 1);
const isFiltered = () => Object.values(filter.value).some(Boolean);

function fits(station) {
  const { search, online, registration, tls } = filter.value;
  if (online && String(station.online) !== online) return false;
  if (registration && (station.registration ?? "none") !== registration) return false;
  if (tls && String(Boolean(station.security.tls)) !== tls) return false;
  if (!search) return true;
  const { charge_point_id: id, vendor, model, serial_number: serial, charge_box_serial_number: box, firmware_version: firmware } = station;
  return [id, vendor, model, serial, box, firmware].some((text) => text?.toLowerCase().includes(search.toLowerCase()));
}

function takeNews(events) {
  const changed = new Map(events.filter((event) => event.kind === "station").map(({ data: station }) => [station.charge_point_id, station]));
  waiting.value = events.findLast((event) => event.kind === "waiting")?.data ?? waiting.value;
  const known = new Set(stations.value.map((station) => station.charge_point_id));
  const rows = stations.value.map((station) => changed.get(station.charge_point_id) ?? station).filter(fits);
  const last = rows.at(-1)?.charge_point_id ?? "";
  const fresh = [...changed.values()].filter((station) => !known.has(station.charge_point_id) && fits(station) && (!next.value || station.charge_point_id < last));
  stations.value = fresh.length ? [...rows, ...fresh].sort(byId) : rows;
}

async function fetchStations(cursor = null) {
  const asked = filter.value;
  const page = await attempt(() => get("/charge-points", { ...asked, limit: LIMIT, cursor }));
  if (!page || asked !== filter.value) return;
  stations.value = cursor ? [...stations.value, ...page.items] : page.items;
  next.value = page.next;
}

async function fetchWaiting() {
  const page = await attempt(() => get("/waiting-stations"));
  if (page) waiting.value = page.items;
}

follow("stations", given.seq, { events: takeNews, reload: () => Promise.all([fetchStations(), fetchWaiting()]) });

async function accept(station, event) {
  const row = event.currentTarget.closest("li");
  const done = await attempt(() => patch(path("charge-points", station.charge_point_id), { registration: "Accepted" }));
  if (!done) return;
  const accepted = { ...station, may_be_accepted: false, hint: "It is accepted, and hears so with its next BootNotification" };
  waiting.value = waiting.value.map((each) => (each.charge_point_id === station.charge_point_id ? accepted : each));
  toast(`${station.charge_point_id} is accepted; it hears so with its next BootNotification.`, { kind: "pass" });
  requestAnimationFrame(() => row.querySelector("button")?.focus());
}

/** Those that are held come first; of many the rest is folded up, so that the list stays in sight. */
function Waiting() {
  const [all, setAll] = useState(false);
  if (!waiting.value.length) return null;
  const isHeld = (station) => station.state !== "refused";
  const sorted = [...waiting.value].sort((one, other) => isHeld(other) - isHeld(one));
  const folded = all ? 0 : Math.max(0, sorted.length - Math.max(FEW, sorted.filter(isHeld).length));
  return html`<section class="sheet waiting" aria-label="Stations waiting">
    <header><h2>Stations waiting</h2><span class="faint small">they tried to connect, and were held or refused</span></header>
    <ul>${sorted.slice(0, sorted.length - folded).map((station) => html`<li key=${station.charge_point_id}>
      <div class="waiting-id"><strong>${station.charge_point_id || "(no id in the path)"}</strong>
        <${WaitingMark} station=${station} /></div>
      <div class="waiting-why">${sentences(station)}<span class="faint small"> ${station.attempts} ${station.attempts === 1 ? "attempt" : "attempts"}, the last <${Time} at=${station.last_at} /></span></div>
      <div class="buttons"><${Button} onClick=${() => showAttempts(station)}>Handshakes<//>
        ${station.may_be_accepted ? html`<${Button} kind="primary" why=${lacksRole("operator")} onClick=${(event) => accept(station, event)}>Accept<//>` : null}</div>
    </li>`)}</ul>
    ${folded ? html`<div class="table-foot"><${Button} kind="small" onClick=${() => setAll(true)}>Show ${folded} more<//></div>` : null}</section>`;
}

function WaitingMark({ station }) {
  if (station.state === "refused") return html`<${Mark} sign="✕" kind="fail" word="refused" />`;
  return station.may_be_accepted ? html`<${Mark} sign="…" kind="remark" word=${station.state} />` : html`<${Mark} sign="✓" kind="pass" word="accepted" />`;
}

function sentences(station) {
  const hint = station.hint || station.reason;
  return hint ? `${hint[0].toUpperCase()}${hint.slice(1)}.`.replace("..", ".") : "";
}

async function showAttempts(station) {
  // An empty id is asked for, too: those whose path has none.
  const page = await attempt(() => get(`/handshakes?charge_point_id=${encodeURIComponent(station.charge_point_id)}`));
  if (page) shownAttempts.value = { station, items: page.items };
}

function Attempts() {
  if (!shownAttempts.value) return null;
  const { station, items } = shownAttempts.value;
  return html`<${Dialog} title=${`Handshakes of ${station.charge_point_id || "stations without an id"}`} onClose=${() => (shownAttempts.value = null)}>
    <div class="body"><ul class="attempts">${items.map((each) => html`<li>
      <span><${Time} at=${each.at} /> <span class="faint">from ${each.remote}</span></span>
      <span>${each.outcome === "accepted" ? html`<${Mark} sign="✓" kind="pass" word="accepted" />` : html`<${Mark} sign="✕" kind="fail" word=${each.http_status === 101 ? "let in and closed at once" : `${each.outcome} ${each.http_status || ""}`} />`} ${each.reason}</span>
      <span class="quiet small"><code>${each.path}</code>; offered ${each.offered.length ? each.offered.join(", ") : "no sub-protocol"}; authentication: ${each.authentication}; ${each.tls ?? "no TLS"}</span>
      ${each.hint ? html`<span>${each.hint}</span>` : null}</li>`)}</ul></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Close</button></footer><//>`;
}

function Filters() {
  const set = (change) => {
    filter.value = { ...filter.value, ...change };
    fetchStations();
  };
  const later = useMemo(() => afterPause(set), []);
  const select = (name, label, choices) => html`<label><span class="visually-hidden">${label}</span>
    <select class="input" value=${filter.value[name]} onChange=${(event) => set({ [name]: event.target.value })}>
    ${choices.map(([value, word]) => html`<option value=${value}>${word}</option>`)}</select></label>`;
  return html`<div class="filters station-filters" role="search" aria-label="Stations">
    <label class="search"><span class="visually-hidden">Id, vendor, model, serial number or firmware</span><${Icon} name="search" />
      <input class="input" type="search" placeholder="Id, vendor, model, serial, firmware" onInput=${(event) => later({ search: event.target.value.trim() })} /></label>
    ${select("online", "Online", [["", "Online or not"], ["true", "Online"], ["false", "Offline"]])}
    ${select("registration", "Registration", [["", "Any registration"], ["Accepted", "Accepted"], ["Pending", "Pending"], ["Rejected", "Rejected"], ["none", "Never booted"]])}
    ${select("tls", "TLS", [["", "TLS or not"], ["true", "With TLS"], ["false", "Without TLS"]])}
  </div>`;
}

/** Connector 0 is the station itself: worth a word only when something is about it. */
const isTelling = (connector, _, all) => connector.connector_id > 0 || connector.status !== "Available" || all.length === 1;

function Row({ station }) {
  const href = `/stations/${encodeURIComponent(station.charge_point_id)}`;
  return html`<tr class="station-row">
    <td class="name"><a class="row-link" href=${href} title=${station.charge_point_id}>${station.charge_point_id}</a></td>
    <td class="state"><${Online} station=${station} />${["Pending", "Rejected"].includes(station.registration) ? html` <${Registration} registration=${station.registration} />` : null}</td>
    <td class="connectors"><${ConnectorPills} connectors=${station.connectors.filter(isTelling)} online=${station.online} /></td>
    <td class="model">${[station.vendor, station.model].filter(Boolean).join(" ") || html`<span class="faint">–</span>`}</td>
    <td class="firmware">${station.firmware_version ?? html`<span class="faint">–</span>`}</td>
    <td class="last" title=${station.last_message}><${Time} at=${station.last_message_at} /> <span class="quiet">${station.last_message ?? ""}</span></td>
    <td class="guard"><${Guarded} security=${station.security} /></td>
    <td class="number clock"><${ClockOffset} seconds=${station.clock_offset_s} /></td></tr>`;
}

function List() {
  if (!stations.value.length && !isFiltered()) return html`<${First} />`;
  const online = stations.value.filter((station) => station.online).length;
  return html`<section class="sheet" aria-label="All stations"><header><${Filters} /></header>
    ${stations.value.length
      ? html`<div class="table-scroll"><table class="table stations"><thead><tr><th scope="col">Station</th><th scope="col">State</th><th scope="col">Connectors</th><th scope="col">Model</th>
          <th scope="col">Firmware</th><th scope="col">Last message</th><th scope="col">Security</th><th scope="col" class="number">Clock</th></tr></thead>
          <tbody>${stations.value.map((station) => html`<${Row} key=${station.charge_point_id} station=${station} />`)}</tbody></table></div>`
      : html`<${Empty} icon="search" title="No station fits"><p>Change the search or the filters.</p><//>`}
    <div class="table-foot"><span>${stations.value.length}${next.value ? "+" : ""} ${stations.value.length === 1 ? "station" : "stations"}, ${online} online</span>
      ${next.value ? html`<${Button} kind="small" onClick=${() => fetchStations(next.value)}>Show more<//>` : null}</div></section>`;
}

/** Nothing has ever connected: what to enter into a station, or one to play with. */
function First() {
  return html`<section class="sheet first"><div class="qr" role="img" aria-label="The address as a QR code" dangerouslySetInnerHTML=${{ __html: given.qr }} />
    <div class="stack"><h2>Connect the first station</h2>
      <p class="quiet">Enter this address into the station as that of its central system. The station adds its own id.</p>
      <p class="address"><code>${given.address}/</code><${Button} kind="plain icon-only" icon="copy" label="Copy the address" onClick=${() => copy(`${given.address}/`, "Address copied")} /></p>
      ${given.only_this_machine ? html`<p class="notice remark">Only programs on this machine reach this address. Start with --host 0.0.0.0 to let stations on the network in.</p>` : null}
      <p class="quiet">It appears here the moment it connects; also when it is refused, with the reason and what to change.</p>
      <p class="buttons"><${Button} kind="primary" icon="plug" why=${lacksRole("tester")} onClick=${startSimulated}>Start a simulated station<//></p></div></section>`;
}

function AddressDialog() {
  if (!addressShown.value) return null;
  return html`<${Dialog} title="Connect a station" onClose=${() => (addressShown.value = false)}>
    <div class="body stack"><div class="qr" role="img" aria-label="The address as a QR code" dangerouslySetInnerHTML=${{ __html: given.qr }} />
      <p class="address"><code>${given.address}/</code><${Button} kind="plain icon-only" icon="copy" label="Copy the address" onClick=${() => copy(`${given.address}/`, "Address copied")} /></p>
      <p class="quiet">Enter it as the address of the central system. The station adds its own id; a station that wants the whole address takes it with the id at the end.</p></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Close</button></footer><//>`;
}

const addressShown = signal(false);

function Stations() {
  return html`<div class="page-head"><h1>Stations</h1><div class="actions">
      <${Button} icon="plug" why=${lacksRole("tester")} onClick=${startSimulated}>Simulated station<//>
      <${Button} icon="plus" onClick=${() => (addressShown.value = true)}>Connect a station<//></div></div>
    <div class="stack"><${Waiting} /><${List} /></div><${Attempts} /><${AddressDialog} />`;
}

mount("stations", html`<${Stations} />`);
