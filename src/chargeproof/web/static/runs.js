/* The list of acceptance runs, live. */
import { html, Empty, Icon, Time, batch, data, lacksRole, mount, signal, toast, sentence } from "console/ui.js";
import { attempt, get } from "console/api.js";
import { follow } from "console/live.js";
import { Cells, RunMark, SITES, stationText } from "console/run_marks.js";
import { stopwatch } from "console/time.js";

const LIMIT = 100;
const given = data();
const rows = signal(given.runs.items);
const next = signal(given.runs.next);

async function load(cursor = null) {
  const page = await attempt(() => get("/runs", { limit: LIMIT, cursor }));
  if (!page) return;
  batch(() => {
    rows.value = cursor ? [...rows.value, ...page.items] : page.items;
    next.value = page.next;
  });
}

follow("runs", given.seq, {
  events(events) {
    const changed = new Map(events.map(({ data: run }) => [run.id, run]));
    const known = rows.value.map((run) => changed.get(run.id) ?? run);
    const numbers = new Set(known.map((run) => run.id));
    const fresh = [...changed.values()].filter((run) => !numbers.has(run.id));
    rows.value = [...fresh, ...known].sort((one, other) => other.id - one.id);
  },
  reload: () => load(),
});

function NewRun({ station = "" }) {
  const why = lacksRole("tester");
  const href = `/runs/new${station ? `?station=${encodeURIComponent(station)}` : ""}`;
  if (why) return html`<button type="button" class="button primary" aria-disabled="true" title=${why} onClick=${() => toast(sentence(why))}>New run</button>`;
  return html`<a class="button primary" href=${href}><${Icon} name="plus" />New run</a>`;
}

function Row({ run }) {
  return html`<tr>
    <td class="name nowrap"><a class="row-link" href=${`/runs/${run.id}`}>Run ${run.id}</a></td>
    <td class="state"><${RunMark} run=${run} /></td>
    <td class="functions"><${Cells} functions=${run.functions} /></td>
    <td class="station nowrap"><a href=${`/stations/${encodeURIComponent(run.charge_point_id)}`}>${run.charge_point_id}</a></td>
    <td class="model">${stationText(run.station) || html`<span class="faint">–</span>`} <span class="quiet">${run.station.firmware}</span></td>
    <td class="hands quiet nowrap">${SITES[run.site]}</td>
    <td class="began"><${Time} at=${run.began_at ?? run.created_at} /></td>
    <td class="took number nowrap">${run.elapsed_s ? stopwatch(run.elapsed_s) : "–"}</td></tr>`;
}

function Runs() {
  return html`<div class="page-head"><h1>Acceptance runs</h1><div class="actions"><a class="button" href="/compare">Compare</a><${NewRun} /></div></div>
    <section class="sheet" aria-label="Runs">${rows.value.length
      ? html`<div class="table-scroll"><table class="table runs-table"><thead><tr><th scope="col">Run</th><th scope="col">State</th><th scope="col">Functions 1 to 16</th><th scope="col">Station</th>
          <th scope="col">Model and firmware</th><th scope="col">Hands</th><th scope="col">Began</th><th scope="col" class="number">Took</th></tr></thead>
          <tbody>${rows.value.map((run) => html`<${Row} key=${run.id} run=${run} />`)}</tbody></table></div>
        ${next.value ? html`<div class="table-foot"><button type="button" class="button small" onClick=${() => load(next.value)}>Show more</button></div>` : null}`
      : html`<${Empty} icon="runs" title="No run yet"><p>A run works through the 16 functions of the acceptance test with one station, records every frame, judges each check and fills in the form.</p><${NewRun} /><//>`}
    </section>`;
}

mount("runs", html`<${Runs} />`);
