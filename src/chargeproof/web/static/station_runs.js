/* The acceptance runs of one station, below its head. */
import { html, data, mount } from "console/ui.js";
import { NewRun, RunTable, runList } from "console/run_table.js";
import { StationHead, liveStation } from "console/station_head.js";

const given = data();
const live = liveStation(given);
const list = runList(given.runs, given.seq.runs, live.id);

function Runs() {
  const head = list.rows.value.length ? html`<header><h2>Acceptance runs</h2><span class="actions"><${NewRun} station=${live.id} /></span></header>` : null;
  return html`<section class="sheet tab-body" aria-label="Acceptance runs">${head}<${RunTable} list=${list} /></section>`;
}

mount("station", html`<${StationHead} live=${live} tab="runs" /><${Runs} />`);
