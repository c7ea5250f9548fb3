/* Statuses of connectors and stations as signs and words. */
import { html, Mark, Pill, Time } from "console/ui.js";
import { offsetText } from "console/time.js";

/** status → [sign, kind of meaning]. */
const STATUSES = {
  Available: ["○", "none"],
  Preparing: ["◔", "unclear"],
  Charging: ["●", "accent"],
  SuspendedEV: ["‖", "remark"],
  SuspendedEVSE: ["‖", "remark"],
  Finishing: ["◕", "unclear"],
  Reserved: ["◇", "unclear"],
  Unavailable: ["–", "none"],
  Faulted: ["✕", "fail"],
};

export const kindOfStatus = (status) => STATUSES[status]?.[1] ?? "unclear";

export function Status({ status, online = true }) {
  const [sign, kind] = looks(status, online);
  return html`<${Mark} sign=${sign} kind=${kind} word=${status} />`;
}

/** "1 Charging": one connector in a row of several. */
export function ConnectorPill({ connector, online = true }) {
  const [sign, kind] = looks(connector.status, online);
  const error = connector.error_code && connector.error_code !== "NoError" ? `, ${connector.error_code}` : "";
  return html`<${Pill} kind=${kind === "none" ? "" : kind} sign=${sign} title=${`connector ${connector.connector_id}${error}${online ? "" : ", as last told"}`}>${connector.connector_id} ${connector.status}<//>`;
}

/** [sign, kind]; without colour where the station is away and the status only the last that was told. */
function looks(status, online) {
  const [sign, kind] = STATUSES[status] ?? ["?", "unclear"];
  return [sign, online ? kind : "none"];
}

/** What an operator looks for first. */
const URGENCY = ["Faulted", "Charging", "SuspendedEVSE", "SuspendedEV", "Unavailable", "Reserved", "Finishing", "Preparing", "Available"];
const MOST = 3;

/** All connectors of a station; of many only how many are in each status. */
export function ConnectorPills({ connectors, online = true }) {
  if (connectors.length <= 4) return html`<span class="chips">${connectors.map((each) => html`<${ConnectorPill} connector=${each} online=${online} />`)}</span>`;
  const counts = new Map();
  for (const { status } of connectors) counts.set(status, (counts.get(status) ?? 0) + 1);
  const sorted = [...counts].sort(([one], [other]) => URGENCY.indexOf(one) - URGENCY.indexOf(other));
  const rest = sorted.slice(MOST).map(([status, count]) => `${count} × ${status}`);
  return html`<span class="chips">${sorted.slice(0, MOST).map(([status, count]) => {
    const [sign, kind] = looks(status, online);
    return html`<${Pill} kind=${kind === "none" ? "" : kind} sign=${sign}>${count} × ${status}<//>`;
  })}${rest.length ? html`<span class="quiet small" title=${rest.join(", ")}>+${rest.length}<span class="visually-hidden"> more: ${rest.join(", ")}</span></span>` : null}</span>`;
}

export function Online({ station }) {
  return station.online
    ? html`<span class="nowrap"><span class="dot on" aria-hidden="true" /> online <span class="quiet"><${Time} at=${station.online_since} none="" since=${true} /></span></span>`
    : html`<span class="nowrap quiet"><span class="dot off" aria-hidden="true" /> offline <${Time} at=${station.offline_since} none="" /></span>`;
}

export function Registration({ registration }) {
  if (registration === "Accepted") return html`<${Mark} sign="✓" kind="none" word="Accepted" />`;
  if (registration === "Pending") return html`<${Mark} sign="…" kind="remark" word="Pending" />`;
  if (registration === "Rejected") return html`<${Mark} sign="✕" kind="fail" word="Rejected" />`;
  return html`<span class="quiet">never booted here</span>`;
}

/** "TLS 1.3 + certificate", "password", or "no TLS": how well the connection is guarded. */
export function Guarded({ security }) {
  const tls = security.tls ? security.tls.split(" ")[0].replace("TLSv", "TLS ") : "";
  const proof = { basic: "password", certificate: "certificate" }[security.authentication.split(";")[0]];
  const said = [tls, proof].filter(Boolean).join(" + ");
  return html`<span class=${said ? "" : "quiet"} title=${`${security.tls ?? "no TLS"}; authentication: ${security.authentication}`}>${said || "no TLS"}</span>`;
}

/** A clock that is more than a few seconds off is worth a remark. */
export function ClockOffset({ seconds }) {
  if (seconds === null || seconds === undefined) return html`<span class="faint">–</span>`;
  const off = Math.abs(seconds) > 5;
  return html`<span class=${off ? "mark remark" : "quiet"} title="the station's clock minus ours">${off ? html`<i aria-hidden="true">!</i>` : null}${offsetText(seconds)}</span>`;
}
