/* Two runs beside each other, firmware to firmware: new, fixed, unchanged. */
import { html, Empty, Pill, data, mount } from "console/ui.js";
import { stationText } from "console/run_marks.js";

const given = data();

function Pick() {
  const choose = (name, label, value) => html`<div class="field"><label for=${name}>${label}</label><select class="input" id=${name} name=${name} required value=${value ?? ""}>
    <option value="">Choose a run…</option>${given.runs.map((run) => html`<option value=${run.id} selected=${run.id === value}>Run ${run.id}: ${stationText(run.station) || run.charge_point_id} ${run.station.firmware}</option>`)}</select></div>`;
  return html`<form class="sheet pick-two" action="/compare">${choose("a", "The earlier run", given.a)}<span aria-hidden="true">→</span>${choose("b", "The later run", given.b)}<button class="button primary">Compare</button></form>`;
}

function Changes({ title, kind, sign, items, none }) {
  return html`<section class="sheet" aria-label=${title}><header><h2>${title}</h2><${Pill} kind=${items.length ? kind : ""} sign=${sign}>${items.length}<//></header>
    ${items.length ? html`<ul class="checks">${items.map((each) => html`<li><span class="id">${each.id}</span><span>${each.sentence}</span><span class="quiet nowrap">${each.before.replaceAll("_", " ")} → <strong>${each.now.replaceAll("_", " ")}</strong></span></li>`)}</ul>` : html`<p class="body quiet">${none}</p>`}</section>`;
}

function Compare() {
  const found = given.comparison;
  return html`<div class="page-head"><h1>Compare runs</h1>${found?.previous_firmware || found?.firmware ? html`<span class="quiet">firmware ${found.previous_firmware || "?"} → ${found.firmware || "?"}</span>` : null}</div>
    <div class="changes"><${Pick} />${found
      ? html`<${Changes} title="New" kind="fail" sign="✕" items=${found.new} none="Nothing is worse than before." />
        <${Changes} title="Fixed" kind="pass" sign="✓" items=${found.fixed} none="Nothing that was wrong is right now." />
        <${Changes} title="Unchanged" kind="remark" sign="=" items=${found.unchanged} none="Nothing is wrong in both." />
        ${found.other.length ? html`<${Changes} title="Other differences" kind="" sign="≠" items=${found.other} none="" />` : null}`
      : html`<section class="sheet"><${Empty} icon="runs" title=${given.runs.length > 1 ? "Choose two runs" : "There are no two runs yet"}><p>What is new, what is fixed and what stayed wrong from one firmware to the next.</p><//></section>`}</div>`;
}

mount("compare", html`<${Compare} />`);
