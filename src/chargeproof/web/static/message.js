/* One message: what it is, request and answer as they were on the wire, what deviates, and what belongs to it. */
import { html, Button, Icon, Mark, Pill, copy } from "console/ui.js";
import { Frame } from "console/json_view.js";
import { exactTime, latency } from "console/time.js";

export const messagePath = (message) => `/stations/${encodeURIComponent(message.charge_point_id)}/messages/${message.number}`;

const OUTCOMES = {
  answered: ["✓", "none", "answered"],
  call_error: ["✕", "fail", "answered with a CALLERROR"],
  timed_out: ["✕", "fail", "not answered in time"],
  lost: ["✕", "fail", "the connection broke before the answer"],
  late: ["!", "remark", "answered too late"],
  malformed: ["✕", "fail", "not a message of OCPP-J"],
};

export function MessageDetail({ message, words, onClose, onRelated }) {
  return html`<article class="message" aria-label=${`Message ${message.number}`}>
    <header>
      <h2><a href=${messagePath(message)}>${message.action ?? "Malformed text"}</a></h2>
      <span class="actions">
        <${Button} kind="plain icon-only small" icon="link" label="Copy the address of this message" onClick=${() => copy(location.origin + messagePath(message), "Address copied")} />
        ${onClose ? html`<${Button} kind="plain icon-only small" icon="close" label="Close this message" onClick=${onClose} />` : null}
      </span>
    </header>
    <${MessageBody} message=${message} words=${words} onRelated=${onRelated} />
  </article>`;
}

export function MessageBody({ message, words, onRelated }) {
  const [sign, kind, said] = OUTCOMES[message.outcome] ?? ["?", "unclear", message.outcome];
  const deviating = message.deviations;
  return html`
    <dl class="facts small">
      <div><dt>Received</dt><dd><time datetime=${message.requested_at}>${exactTime(message.requested_at)}</time></dd></div>
      ${message.station_time ? html`<div><dt>Station's time</dt><dd class="mono">${message.station_time}</dd></div>` : null}
      <div><dt>Id</dt><dd class="mono">${message.unique_id ?? "–"}</dd></div>
      <div><dt>Outcome</dt><dd><${Mark} sign=${sign} kind=${kind} word=${said} /> ${message.latency_ms === null ? "" : `in ${latency(message.latency_ms)}`}</dd></div>
      <div><dt>Connection</dt><dd>${message.connection}</dd></div>
    </dl>
    ${deviating.length ? html`<ul class="deviations">${deviating.map((each) => html`<li><${Pill} kind="remark" sign="◂">${each.rule.replaceAll("_", " ")}<//>
      <code>${each.where}</code> <span class="quiet">${words[each.rule] ?? ""}</span>${each.value ? html` <code class="sent">${each.value}</code>` : null}</li>`)}</ul>` : null}
    ${onRelated ? html`<${Related} message=${message} onRelated=${onRelated} />` : null}
    ${frames(message).map(([title, text, marks]) => html`<section class="frame-part">
      <header><h3>${title}</h3><${Button} kind="plain small" icon="copy" onClick=${() => copy(text, "Frame copied")}>Copy raw<//></header>
      <${Frame} text=${text} label=${title.slice(2)} deviations=${marks} words=${words} /></section>`)}`;
}

/** Deviations are of what the station sent: its request, or its answer to ours. */
function frames(message) {
  const byStation = message.caller === "charge_point";
  const all = [];
  if (message.request !== null) all.push([byStation ? "▲ Request of the station" : "▼ Request to the station", message.request, byStation ? message.deviations : []]);
  if (message.answer !== null) all.push([byStation ? "▼ Answer to the station" : "▲ Answer of the station", message.answer, byStation ? [] : message.deviations]);
  if (message.raw_base64) all.push(["◂ Bytes that are no UTF-8, as base64", message.raw_base64, []]);
  return all;
}

function Related({ message, onRelated }) {
  const at = new Date(message.requested_at).getTime();
  const around = { since: new Date(at - 30_000).toISOString(), until: new Date(at + 30_000).toISOString() };
  const offers = [
    [`Same action`, message.action && { action: message.action }],
    [`Transaction ${message.transaction_id}`, message.transaction_id !== null && { text: `"transactionId":${message.transaction_id}` }],
    [`Same message id`, message.unique_id && { id: message.unique_id }],
    [`30 s around it`, around],
  ];
  return html`<div class="related" role="group" aria-label="Find related messages"><span class="faint small">Find related</span>
    ${offers.filter(([, change]) => change).map(([title, change]) => html`<button type="button" class="button small" onClick=${() => onRelated(change)}>${title}</button>`)}
    ${message.transaction_id === null ? null : html`<a class="button small plain" href=${`/transactions/${message.transaction_id}`}>Open transaction <${Icon} name="chevron" /></a>`}</div>`;
}

