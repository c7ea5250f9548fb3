/* Models with the newest run of each firmware. */
import { html, Empty, Time, data, mount, signal } from "console/ui.js";
import { attempt, get } from "console/api.js";
import { follow } from "console/live.js";
import { VerdictMark } from "console/run_marks.js";

const given = data();
const rows = signal(given.models.items);

async function load() {
  rows.value = (await attempt(() => get("/models")))?.items ?? rows.value;
}

follow("runs", given.seq, {
  events: (events) => events.some(({ data: run }) => run.has_report && !rows.value.some((row) => row.runs.includes(run.id))) && load(),
  reload: load,
});

function Row({ row }) {
  const [newest, previous] = row.runs;
  return html`<tr><td class="name"><strong>${row.vendor}</strong> ${row.model}</td><td class="firmware">${row.firmware || html`<span class="faint">–</span>`}</td><td class="state">${row.decided ? html`<${VerdictMark} verdict=${row.decided} />` : "–"}</td>
    <td class="latest"><a class="row-link" href=${`/runs/${newest}/report`}>Run ${newest}</a></td><td class="ended"><${Time} at=${row.ended_at} /></td>
    <td class="runs number">${row.runs.length}</td><td class="change">${previous ? html`<a href=${`/compare?a=${previous}&b=${newest}`}>with run ${previous}</a>` : ""}</td></tr>`;
}

function Models() {
  return html`<div class="page-head"><h1>Models</h1></div><section class="sheet" aria-label="Models">${rows.value.length
    ? html`<div class="table-scroll"><table class="table models-table"><thead><tr><th scope="col">Model</th><th scope="col">Firmware</th><th scope="col">Latest verdict</th><th scope="col">Latest run</th><th scope="col">Ended</th><th scope="col" class="number">Runs</th><th scope="col">Compare</th></tr></thead>
      <tbody>${rows.value.map((row) => html`<${Row} key=${`${row.vendor} ${row.model} ${row.firmware}`} row=${row} />`)}</tbody></table></div>`
    : html`<${Empty} icon="models" title="No model was tested yet"><p>Each model and firmware appears here with the verdict of its latest run.</p><a class="button primary" href="/runs/new">New run</a><//>`}</section>`;
}

mount("models", html`<${Models} />`);
