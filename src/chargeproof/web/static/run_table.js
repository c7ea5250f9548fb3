/* The table of acceptance runs, of all stations or of one; live. */
import { html, Empty, Icon, Time, batch, lacksRole, sentence, signal, toast } from "console/ui.js";
import { attempt, get } from "console/api.js";
import { follow } from "console/live.js";
import { Cells, RunMark, SITES, stationText } from "console/run_marks.js";
import { stopwatch } from "console/time.js";

const LIMIT = 100;

/** first: a page of runs; seq: the live number it had; station: the id of the only one that is meant, or "". */
export function runList(first, seq, station = "") {
  const rows = signal(first.items);
  const next = signal(first.next);

  const load = async (cursor = null) => {
    const page = await attempt(() => get("/runs", { charge_point_id: station, limit: LIMIT, cursor }));
    if (!page) return;
    batch(() => {
      rows.value = cursor ? [...rows.value, ...page.items] : page.items;
      next.value = page.next;
    });
  };
  const take = (events) => {
    const changed = new Map(events.map(({ data: run }) => [run.id, run]).filter(([, run]) => !station || run.charge_point_id === station));
    const known = rows.value.map((run) => changed.get(run.id) ?? run);
    const numbers = new Set(known.map((run) => run.id));
    const fresh = [...changed.values()].filter((run) => !numbers.has(run.id));
    rows.value = [...fresh, ...known].sort((one, other) => other.id - one.id);
  };
  follow("runs", seq, { events: take, reload: () => load() });
  return { rows, next, load, station };
}

export function NewRun({ station = "" }) {
  const why = lacksRole("tester");
  const href = `/runs/new${station ? `?station=${encodeURIComponent(station)}` : ""}`;
  if (why) return html`<button type="button" class="button primary" aria-disabled="true" title=${why} onClick=${() => toast(sentence(why))}>New run</button>`;
  return html`<a class="button primary" href=${href}><${Icon} name="plus" />New run</a>`;
}

export function RunTable({ list }) {
  const { rows, next, station } = list;
  if (!rows.value.length) {
    return html`<${Empty} icon="runs" title=${station ? "No run with this station yet" : "No run yet"}>
      <p>A run works through the 16 functions of the acceptance test with one station, records every frame, judges each check and fills in the form.</p><${NewRun} station=${station} /><//>`;
  }
  return html`<div class="table-scroll"><table class="table runs-table"><thead><tr><th scope="col">Run</th><th scope="col">State</th><th scope="col">Functions 1 to 16</th>${station ? null : html`<th scope="col">Station</th>`}
      <th scope="col">Model and firmware</th><th scope="col">Hands</th><th scope="col">Began</th><th scope="col" class="number">Took</th></tr></thead>
      <tbody>${rows.value.map((run) => html`<${Row} key=${run.id} run=${run} withStation=${!station} />`)}</tbody></table></div>
    ${next.value ? html`<div class="table-foot"><button type="button" class="button small" onClick=${() => list.load(next.value)}>Show more</button></div>` : null}`;
}

function Row({ run, withStation }) {
  return html`<tr>
    <td class="name nowrap"><a class="row-link" href=${`/runs/${run.id}`}>Run ${run.id}</a></td>
    <td class="state"><${RunMark} run=${run} /></td>
    <td class="functions"><${Cells} functions=${run.functions} /></td>
    ${withStation ? html`<td class="station"><a href=${`/stations/${encodeURIComponent(run.charge_point_id)}`}>${run.charge_point_id}</a></td>` : null}
    <td class="model">${stationText(run.station) || html`<span class="faint">–</span>`} <span class="quiet">${run.station.firmware}</span></td>
    <td class="hands quiet nowrap">${SITES[run.site]}</td>
    <td class="began"><${Time} at=${run.began_at ?? run.created_at} /></td>
    <td class="took number nowrap">${run.elapsed_s ? stopwatch(run.elapsed_s) : "–"}</td></tr>`;
}
