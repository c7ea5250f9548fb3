/* The list of acceptance runs. */
import { html, data, mount } from "console/ui.js";
import { NewRun, RunTable, runList } from "console/run_table.js";

const given = data();
const list = runList(given.runs, given.seq);

mount("runs", html`<div class="page-head"><h1>Acceptance runs</h1><div class="actions"><a class="button" href="/compare">Compare</a><${NewRun} /></div></div>
  <section class="sheet" aria-label="Runs"><${RunTable} list=${list} /></section>`);
