/* One transaction: what it took, its charts on one time axis, its marks, all samples as a table. */
import { html, Empty, Icon, Mark, Time, data, mount, quantity, signal, useMemo, useState } from "console/ui.js";
import { address, attempt, get } from "console/api.js";
import { Chart, panelsOf, rangeOfAll } from "console/chart.js";
import { follow } from "console/live.js";
import { clockTime, duration, exactTime } from "console/time.js";

const given = data();
const number = given.transaction.transaction_id;
const transaction = signal(given.transaction);
const measured = signal(given.measured);

async function load() {
  measured.value = (await attempt(() => get(`/transactions/${number}/meter-values`))) ?? measured.value;
}

let soon = 0;
follow(`transactions:${number}`, given.seq, {
  events(events) {
    transaction.value = events.at(-1).data;
    clearTimeout(soon);
    soon = setTimeout(load, 500);
  },
  reload: load,
});

function Figures() {
  const row = transaction.value;
  const seconds = row.duration_s ?? (row.open ? (Date.now() - new Date(row.start_received_at)) / 1000 : null);
  return html`<div class="page-head"><h1>Transaction ${number}</h1>
      ${row.open ? html`<${Mark} sign="●" kind="accent" word="open" />` : html`<${Mark} sign="■" kind="none" word=${`ended: ${row.stop_reason ?? "no reason told"}`} />`}
      <div class="actions"><a class="button" href=${address(`/transactions/${number}/meter-values.csv`)} download><${Icon} name="download" />CSV</a></div></div>
    <dl class="figures sheet">
      <div class="loud"><dt>Energy</dt><dd>${quantity(row.energy_wh, "Wh")}</dd></div>
      <div><dt>Duration</dt><dd>${seconds === null ? "–" : duration(seconds)}</dd></div>
      <div><dt>Station</dt><dd><a href=${`/stations/${encodeURIComponent(row.charge_point_id)}`}>${row.charge_point_id}</a> <span class="quiet">connector ${row.connector_id}</span></dd></div>
      <div><dt>Id tag</dt><dd><span class="mono">${row.id_tag ?? "–"}</span> <span class="quiet">${row.id_tag_status}</span></dd></div>
      <div><dt>Meter</dt><dd>${row.meter_start_wh ?? "–"} → ${row.meter_stop_wh ?? "…"} <span class="quiet">Wh</span></dd></div>
      <div><dt>Started</dt><dd><${Time} at=${row.started_at ?? row.start_received_at} /></dd></div>
      <div><dt>Ended</dt><dd><${Time} at=${row.stopped_at ?? row.stop_received_at} /></dd></div>
    </dl>`;
}

function Charts() {
  const { series, marks } = measured.value;
  const panels = useMemo(() => panelsOf(series), [series]);
  const range = useMemo(() => rangeOfAll(panels, marks), [panels, marks]);
  if (!panels.length) return html`<section class="sheet"><${Empty} icon="signal" title="Nothing was measured yet"><p>Charts appear with the station's first MeterValues.</p><//></section>`;
  return html`<section class="sheet charts" aria-label="Measured over time">
    ${panels.map((panel, index) => html`<${Chart} key=${panel.title} panel=${panel} marks=${marks} range=${range} last=${index === panels.length - 1} />`)}</section>`;
}

const KINDS = { authorize: "Authorize", start: "Start", status: "Status", stop: "Stop", outage: "Outage", meter_values: "Meter values" };

function Marks() {
  const { marks } = measured.value;
  const shown = marks.filter((mark) => mark.kind !== "meter_values");
  if (!shown.length) return null;
  const station = `/stations/${encodeURIComponent(transaction.value.charge_point_id)}`;
  return html`<section class="sheet" aria-label="What happened"><header><h2>What happened</h2></header><ol class="marks">
    ${shown.map((mark) => html`<li><time class="mono quiet" datetime=${mark.at} title=${exactTime(mark.at)}>${clockTime(mark.at)}</time><span class=${`mark-kind ${mark.kind}`}>${KINDS[mark.kind]}</span>
      <span>${mark.label}${mark.ends_at ? html` <span class="quiet">until ${clockTime(mark.ends_at)}</span>` : null}</span>
      ${mark.message ? html`<a href=${`${station}/messages/${mark.message}`}>message</a>` : html`<span />`}</li>`)}</ol></section>`;
}

function Samples() {
  const { samples, truncated } = measured.value;
  const [measurand, setMeasurand] = useState("");
  const [all, setAll] = useState(false);
  if (!samples.length) return null;
  const names = [...new Set(samples.map((each) => each.measurand))];
  const wanted = samples.filter((each) => !measurand || each.measurand === measurand);
  const shown = all ? wanted : wanted.slice(0, 100);
  return html`<section class="sheet" aria-label="Samples"><header><h2>Samples</h2><span class="faint small">${samples.length}${truncated ? " and more" : ""}</span>
      <label class="actions"><span class="visually-hidden">Measurand</span><select class="input" onChange=${(event) => setMeasurand(event.target.value)}><option value="">All measurands</option>${names.map((name) => html`<option>${name}</option>`)}</select></label></header>
    <div class="table-scroll" tabindex="0" role="region" aria-label="The samples as a table"><table class="table samples"><thead><tr><th scope="col">Measured (UTC)</th><th scope="col" class="number">Value</th><th scope="col">Unit</th><th scope="col">Phase</th>
      <th scope="col">Measurand</th><th scope="col" class="number">Received after</th><th scope="col">Location</th><th scope="col">Context</th></tr></thead>
    <tbody>${shown.map((each) => html`<tr><td class="mono">${each.measured_at ? clockTime(each.measured_at) : "–"}</td><td class="number">${each.value}</td><td>${each.unit}</td><td>${each.phase ?? ""}</td>
      <td>${each.measurand}</td><td class="number">${each.delay_s === null ? "–" : `${each.delay_s.toFixed(1)} s`}</td><td>${each.location}</td><td>${each.context}</td></tr>`)}</tbody></table></div>
    ${wanted.length > shown.length ? html`<div class="table-foot"><button type="button" class="button small" onClick=${() => setAll(true)}>Show all ${wanted.length}</button></div>` : null}</section>`;
}

function Transaction() {
  return html`<${Figures} /><div class="transaction-body"><${Charts} /><${Marks} /></div><${Samples} />`;
}

mount("transaction", html`<${Transaction} />`);
