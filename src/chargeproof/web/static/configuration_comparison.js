/* How a station's keys differ from a baseline, an earlier time, a firmware or another station; applied all at once. */
import { html, Button, Dialog, Mark, useEffect, useState } from "console/ui.js";
import { Result } from "console/configuration_table.js";

const KINDS = { differs: "", only_here: "only here", only_there: "missing here" };

const SOURCES = {
  baseline: "a baseline",
  time: "an earlier time",
  firmware: "another firmware",
  station: "another station",
};

export function Comparison({ desk }) {
  const begin = desk.comparing.value;
  const [source, setSource] = useState(begin.kind);
  const [name, setName] = useState(begin.name);
  const [found, setFound] = useState(null);
  const [results, setResults] = useState(null);
  const against = name ? `${source}:${source === "time" ? new Date(name).toISOString() : name}` : "";
  const compare = async () => {
    setResults(null);
    setFound(null);
    if (against) setFound((await desk.differences(against)) ?? null);
  };
  useEffect(() => void (source === "baseline" && compare()), [source, name]);
  const apply = async (keys) => {
    const answer = await desk.apply(against, keys);
    if (answer) setResults(answer);
  };
  const choose = (event) => {
    setSource(event.target.value);
    setName(event.target.value === "baseline" ? (desk.baselines.value[0]?.name ?? "") : "");
    setFound(null);
  };
  return html`<${Dialog} title="Compare the configuration" onClose=${() => (desk.comparing.value = null)}>
    <form class="body filters" onSubmit=${(event) => { event.preventDefault(); compare(); }}>
      <label><span class="visually-hidden">Compare with</span><select class="input" value=${source} onChange=${choose}>
        ${Object.entries(SOURCES).map(([kind, title]) => html`<option value=${kind}>with ${title}</option>`)}</select></label>
      <${Name} desk=${desk} source=${source} name=${name} setName=${setName} />
      ${source === "baseline" ? null : html`<button class="button" disabled=${!name}>Compare</button>`}</form>
    ${found ? html`<${Found} found=${found} results=${results} desk=${desk} apply=${apply} />` : null}
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Close</button></footer><//>`;
}

function Name({ desk, source, name, setName }) {
  const set = (event) => setName(event.target.value);
  if (source === "baseline") {
    if (!desk.baselines.value.length) return html`<span class="quiet">None is kept yet: “Save as baseline…” keeps one.</span>`;
    return html`<label><span class="visually-hidden">Baseline</span><select class="input" value=${name} onChange=${set}>
      ${desk.baselines.value.map((each) => html`<option value=${each.name}>${each.name}</option>`)}</select></label>`;
  }
  const [label, type] = { time: ["Time, by this browser's clock", "datetime-local"], firmware: ["Firmware version", "text"], station: ["Id of the station", "text"] }[source];
  return html`<label class="grow"><span class="visually-hidden">${label}</span><input class="input" type=${type} placeholder=${label} title=${label} value=${name} onInput=${set} /></label>`;
}

function Found({ found, results, desk, apply }) {
  const count = found.items.length;
  if (!count && !results) return html`<p class="body"><${Mark} sign="✓" kind="pass" word=${`No difference to ${found.against}.`} /></p>`;
  const writable = found.items.filter((each) => each.may_be_applied);
  const byKey = new Map((results?.items ?? []).map((each) => [each.key.toLowerCase(), each]));
  const done = (results?.items ?? []).filter((each) => each.applied).length;
  const why = desk.busy.value === "apply" ? "the keys are being written" : desk.whyNot.value || (writable.length ? "" : "none of these keys can be written");
  return html`<div class="body comparison"><div class="comparison-head">
      <p>${results ? html`<strong>${done} of ${results.items.length} applied.</strong> ${results.reboot_required ? "Some take effect after a reboot." : ""}` : html`<strong>${count} ${count === 1 ? "difference" : "differences"}</strong> to ${found.against}`}</p>
      ${results ? null : html`<${Button} kind="primary" why=${why} onClick=${() => apply([])}>${desk.busy.value === "apply" ? "Applying…" : `Apply all ${writable.length}`}<//>`}</div>
    <div class="table-scroll"><table class="table"><thead><tr><th scope="col">Key</th><th scope="col">${results ? "Was" : "Here"}</th><th scope="col">There</th><th scope="col">${results ? "Result" : ""}</th></tr></thead>
      <tbody>${found.items.map((each) => html`<tr key=${each.key}><th scope="row" class="key">${each.key}</th>
        <td><${Value} value=${each.here} /></td><td><${Value} value=${each.there} /></td>
        <td>${byKey.has(each.key.toLowerCase()) ? html`<${Result} result=${byKey.get(each.key.toLowerCase())} />`
          : each.may_be_applied ? (results ? null : html`<${Button} kind="small" why=${why} onClick=${() => apply([each.key])}>Apply<//>`)
            : html`<span class="faint small">${each.secret ? "secret" : each.readonly ? "read-only" : KINDS[each.kind]}</span>`}</td></tr>`)}</tbody></table></div></div>`;
}

function Value({ value }) {
  if (value === null) return html`<span class="faint">–</span>`;
  return html`<span class="mono">${value === "" ? html`<span class="faint">(empty)</span>` : value}</span>`;
}
