/* The head of every page of a station: who it is, its connectors with power and history, commands, tabs. */
import { html, Time, computed, quantity, signal } from "console/ui.js";
import { get, path, Problem } from "console/api.js";
import { follow } from "console/live.js";
import { latestPower, powerOfMessage } from "console/power.js";
import { ClockOffset, Guarded, Online, Registration, Status, kindOfStatus } from "console/status.js";
import { duration, exactTime } from "console/time.js";

const WINDOW_S = 6 * 3600;
const SHORTEST_S = 60;

/** What is known of one station, kept fresh: { station, statuses, power } as signals. */
export function liveStation(given) {
  const id = given.station.charge_point_id;
  const station = signal(given.station);
  const statuses = signal(given.statuses); // newest first
  const power = signal({}); // connector → { watts, at }
  const changes = signal(0); // counts what may change which commands can work

  const fetchStation = async () => {
    try {
      station.value = await get(path("charge-points", id));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  };
  follow("stations", given.seq.stations, {
    events(events) {
      const mine = events.filter((event) => event.data?.charge_point_id === id && "online" in event.data).at(-1);
      if (!mine) return;
      station.value = mine.data;
      changes.value += 1;
    },
    reload: fetchStation,
  });
  follow(`messages:${id}`, given.seq.messages, {
    events(events) {
      for (const { data: message } of events) {
        if (message.action === "StatusNotification") noteStatus(statuses, message);
        const measured = powerOfMessage(message);
        if (measured) power.value = { ...power.value, [message.connector_id]: measured };
      }
    },
  });
  for (const connector of given.station.connectors) {
    if (connector.transaction_id === null) continue;
    latestPower(connector.transaction_id).then((measured) => {
      if (measured && !power.value[connector.connector_id]) power.value = { ...power.value, [connector.connector_id]: measured };
    });
  }
  return { id, station, statuses, power, changes, isOnline: computed(() => station.value.online) };
}

function noteStatus(statuses, message) {
  let payload;
  try {
    payload = JSON.parse(message.request)[3];
  } catch {
    return;
  }
  const row = { connector_id: payload.connectorId, status: payload.status, error_code: payload.errorCode, info: payload.info ?? null, received_at: message.requested_at };
  statuses.value = [row, ...statuses.value].slice(0, 2000);
}

export function StationHead({ live, tab, children }) {
  const station = live.station.value;
  const about = [station.vendor, station.model].filter(Boolean).join(" ");
  return html`<nav class="crumbs" aria-label="Where this is"><a href="/">Stations</a></nav>
    <div class="page-head station-head">
      <h1>${station.charge_point_id}</h1>
      <${Online} station=${station} />
      <${Registration} registration=${station.registration} />
      <${Guarded} security=${station.security} />
      <span class="quiet">clock <${ClockOffset} seconds=${station.clock_offset_s} /></span>
      <span class="quiet">${about}${station.firmware_version ? ` · firmware ${station.firmware_version}` : ""}${station.serial_number ? ` · no. ${station.serial_number}` : ""}</span>
    </div>
    <div class="stack"><${Connectors} live=${live} />${children}</div>
    <${Tabs} id=${station.charge_point_id} tab=${tab} />`;
}

function Tabs({ id, tab }) {
  const base = `/stations/${encodeURIComponent(id)}`;
  const tabs = [["messages", "Messages", base], ["configuration", "Configuration", `${base}/configuration`], ["transactions", "Transactions", `${base}/transactions`], ["runs", "Runs", `${base}/runs`], ["security", "Security", `${base}/security`]];
  return html`<nav class="tabs station-tabs" aria-label="Of this station">
    ${tabs.map(([name, title, href]) => html`<a href=${href} aria-current=${name === tab ? "page" : null}>${title}</a>`)}</nav>`;
}

function Connectors({ live }) {
  const { connectors } = live.station.value;
  if (!connectors.length) return html`<p class="sheet body quiet">It has not told the status of any connector yet.</p>`;
  const { online } = live.station.value;
  return html`${online ? null : html`<p class="notice">It is offline; below is what it told last.</p>`}
    <ul class=${`sheet connectors-list ${online ? "" : "stale"}`} aria-label="Connectors">
    ${connectors.map((connector) => html`<${Connector} key=${connector.connector_id} connector=${connector} live=${live} online=${online} />`)}</ul>`;
}

function Connector({ connector, live, online }) {
  const measured = live.power.value[connector.connector_id];
  const charging = connector.transaction_id !== null;
  const error = connector.error_code !== "NoError" ? connector.error_code : "";
  return html`<li>
    <h2>${connector.connector_id === 0 ? "Station" : `Connector ${connector.connector_id}`}</h2>
    <span class="small quiet"><${Time} at=${connector.since} /></span>
    <span class="state"><${Status} status=${connector.status} online=${online} /></span>
    <span class="power">${online && charging && measured ? html`<span title=${exactTime(measured.at)}>${quantity(measured.watts, "W")}</span>` : null}</span>
    <span class="more">${error ? html`<span class="mark fail">${error}</span> ` : null}${connector.vendor_error_code ? html`<code>${connector.vendor_error_code}</code> ` : null}
      ${connector.info ? html`${connector.info} ` : null}${charging ? html`<a href=${`/transactions/${connector.transaction_id}`}>transaction ${connector.transaction_id}</a>` : null}</span>
    <span class="timeline-place"><${Timeline} statuses=${live.statuses.value} connector=${connector} /></span></li>`;
}

/** What a connector told in the last six hours as a strip, oldest at the left; shorter where less is known. */
function Timeline({ statuses, connector }) {
  const now = Date.now();
  const times = statuses.map((each) => new Date(each.received_at).getTime());
  const begin = Math.max(now - WINDOW_S * 1000, Math.min(now - SHORTEST_S * 1000, times.at(-1) ?? 0));
  const only = { ...connector, received_at: connector.since };
  const mine = statuses.filter((each) => each.connector_id === connector.connector_id);
  if (!mine.length) mine.push(only);
  const parts = [];
  let end = now;
  for (const each of mine) {
    const from = Math.max(begin, new Date(each.received_at).getTime());
    if (end > from) parts.unshift({ status: each.status, error: each.error_code, from, seconds: (end - from) / 1000 });
    end = from;
    if (end <= begin) break;
  }
  if (end > begin) parts.unshift({ status: "", from: begin, seconds: (end - begin) / 1000 });
  const told = (part) => `${part.status || "not known"}${part.error && part.error !== "NoError" ? ` (${part.error})` : ""} for ${duration(part.seconds)}`;
  const said = parts.filter((part) => part.status).map(told).join(", ");
  return html`<span class="timeline" role="img" aria-label=${`Last ${duration((now - begin) / 1000)}: ${said || "nothing was told"}`}>
    ${parts.map((part) => html`<i class=${part.status ? kindOfStatus(part.status) : "gap"} style=${{ flexGrow: part.seconds, flexBasis: 0 }} title=${told(part)} />`)}</span>`;
}
