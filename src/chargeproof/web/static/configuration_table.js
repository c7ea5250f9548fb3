/* The table of a station's keys, changed where they stand. */
import { html, Button, Dialog, Empty, Icon, Mark, Time, lacksRole, signal, useLayoutEffect, useRef, useState } from "console/ui.js";
import { resultOf } from "console/configuration_desk.js";

const search = signal("");
const shown = signal("all");
const saving = signal(false);

const SHOWN = {
  all: ["All keys", () => true],
  differing: ["Differing", (row) => row.differs],
  writable: ["Can be changed", (row) => row.known && row.readonly === false],
  changed: ["Changed at some time", (row) => row.changed_at !== null],
  unknown: ["Not known by the station", (row) => !row.known],
};

export function ConfigurationTable({ desk }) {
  const { items } = desk.table.value;
  if (!items.length) return html`<${NeverRead} desk=${desk} />`;
  const wanted = search.value.toLowerCase();
  const has = (text) => text?.toLowerCase().includes(wanted);
  const rows = items.filter((row) => SHOWN[shown.value][1](row) && (has(row.key) || has(row.value) || has(row.expected)));
  return html`<div class="configuration"><header class="configuration-head"><${Filters} desk=${desk} rows=${items} /></header>
    <${Differing} desk=${desk} />
    ${rows.length ? html`<div class="table-scroll"><table class="table keys"><thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col">Expected</th>
        <th scope="col"><span class="visually-hidden">Whether it differs</span></th><th scope="col">Last change</th></tr></thead>
        <tbody>${rows.map((row) => html`<${Row} key=${row.key} row=${row} desk=${desk} />`)}</tbody></table></div>`
      : html`<${Empty} icon="search" title="No key fits"><p>Change the search or the filter.</p><//>`}
    <div class="table-foot"><span>${rows.length === items.length ? items.length : `${rows.length} of ${items.length}`} keys, read <${Time} at=${desk.table.value.read_at} none="never" />
      ${desk.table.value.firmware_version ? ` from firmware ${desk.table.value.firmware_version}` : ""}</span></div>
    ${saving.value ? html`<${BaselineForm} desk=${desk} />` : null}</div>`;
}

function NeverRead({ desk }) {
  return html`<${Empty} icon="settings" title="Not read yet"><p>The station tells all its keys with one GetConfiguration.</p>
    <${ReadButton} desk=${desk} kind="primary" /><//>`;
}

function ReadButton({ desk, kind = "" }) {
  const reading = desk.busy.value === "read";
  return html`<${Button} kind=${kind} icon="refresh" why=${reading ? "the station is being asked" : desk.whyNotRead.value} onClick=${desk.read}>${reading ? "Reading…" : kind ? "Read the configuration" : "Read anew"}<//>`;
}

function Filters({ desk, rows }) {
  const baselines = desk.baselines.value;
  const expectedBy = desk.table.value.baseline;
  return html`<div class="filters" role="search" aria-label="Keys">
    <label class="search"><span class="visually-hidden">Key or value</span><${Icon} name="search" />
      <input class="input" type="search" placeholder="Key or value" value=${search.value} onInput=${(event) => (search.value = event.target.value.trim())} /></label>
    <label><span class="visually-hidden">Which keys</span><select class="input" value=${shown.value} onChange=${(event) => (shown.value = event.target.value)}>
      ${Object.entries(SHOWN).map(([name, [title, fits]]) => html`<option value=${name}>${title} (${rows.filter(fits).length})</option>`)}</select></label>
    ${baselines.length ? html`<label><span class="visually-hidden">Expected by</span><select class="input" value=${expectedBy ?? ""} onChange=${(event) => desk.compareWith(event.target.value)}>
      ${expectedBy ? null : html`<option value="">No baseline fits</option>`}
      ${baselines.map(({ name }) => html`<option value=${name}>Expected by “${name}”</option>`)}</select></label>` : null}
    <span class="configuration-actions">
      <${ReadButton} desk=${desk} />
      <${Button} icon="runs" onClick=${() => (desk.comparing.value = { kind: expectedBy ? "baseline" : "time", name: expectedBy ?? "" })}>Compare…<//>
      <${Button} icon="plus" why=${lacksRole("operator")} onClick=${() => (saving.value = true)}>Save as baseline…<//></span></div>`;
}

/** The loud thing of the page: what is not as it should be, and the way to mend it. */
function Differing({ desk }) {
  const { differing, baseline } = desk.table.value;
  if (!baseline) return null;
  if (!differing) return html`<p class="notice pass configuration-state"><${Mark} sign="✓" kind="pass" word=${`As the baseline “${baseline}” expects.`} /></p>`;
  return html`<div class="notice remark configuration-state"><${Mark} sign="◂" kind="remark" word=${`${differing} ${differing === 1 ? "key differs" : "keys differ"} from the baseline “${baseline}”.`} />
    <${Button} kind="small" onClick=${() => (desk.comparing.value = { kind: "baseline", name: baseline })}>See and apply…<//></div>`;
}

function Row({ row, desk }) {
  const [editing, setEditing] = useState(false);
  const cell = useRef(null);
  const wasEditing = useRef(false);
  useLayoutEffect(() => {
    if (wasEditing.current && !editing) cell.current.querySelector(".edit")?.focus();
    wasEditing.current = editing;
  }, [editing]);
  const writable = row.known && row.readonly === false;
  const result = desk.results.value.get(row.key.toLowerCase());
  return html`<tr class=${row.differs ? "differs" : ""}>
    <th scope="row" class="key">${row.key}${row.known ? null : html` <span class="faint small">not known</span>`}</th>
    <td class="value" ref=${cell}>${editing ? html`<${ValueForm} row=${row} desk=${desk} done=${() => setEditing(false)} />`
      : html`<${Shown} row=${row} writable=${writable} why=${desk.whyNot.value} edit=${() => setEditing(true)} />`}
      ${result && !editing ? html`<${Result} result=${result} />` : null}</td>
    <td class="expected"><span class="only-phone faint">expected </span>${row.expected === null ? html`<span class="faint">–</span>` : html`<span class="mono">${row.expected || "(empty)"}</span>`}</td>
    <td class="state">${row.differs ? html`<${Mark} sign="◂" kind="remark" word="differs" />` : row.expected !== null ? html`<${Mark} sign="✓" kind="pass" word="as expected" />` : null}</td>
    <td class="last">${row.changed_at ? html`<${Time} at=${row.changed_at} />${row.previous !== null ? html` <span class="quiet">from <span class="mono">${row.previous || "(empty)"}</span></span>` : null}` : html`<span class="faint">–</span>`}</td></tr>`;
}

function Shown({ row, writable, why, edit }) {
  const text = row.value === null ? html`<span class="faint">no value</span>` : row.value === "" ? html`<span class="faint">(empty)</span>` : row.value;
  if (!writable) return html`<span class="mono fixed">${text}</span>${row.readonly ? html`<span class="lock" title="Read-only"><${Icon} name="lock" /><span class="visually-hidden">read-only</span></span>` : null}`;
  if (why) return html`<span class="mono fixed" title=${`Cannot be changed: ${why}`}>${text}</span>`;
  return html`<button type="button" class="edit mono" aria-label=${`Change ${row.key}, now ${row.secret ? "secret" : row.value || "empty"}`} onClick=${edit}>${text}<${Icon} name="edit" /></button>`;
}

export function Result({ result }) {
  const [sign, kind, words] = resultOf(result);
  return html`<span class="result small" role="status"><${Mark} sign=${sign} kind=${kind} word=${words} /></span>`;
}

function ValueForm({ row, desk, done }) {
  const begin = row.secret ? "" : (row.value ?? "");
  const [value, setValue] = useState(begin);
  const field = useRef(null);
  const sending = desk.busy.value === row.key;
  useLayoutEffect(() => {
    field.current.focus();
    field.current.select?.();
  }, []);
  const save = async (event) => {
    event.preventDefault();
    await desk.change(row.key, value);
    done();
  };
  const leave = (event) => event.key === "Escape" && done();
  const isBoolean = /^(true|false)$/i.test(row.value ?? "");
  const input = isBoolean
    ? html`<select class="input mono" ref=${field} aria-label=${row.key} value=${value} onChange=${(event) => setValue(event.target.value)}>
        ${[...new Set([row.value, ...(/^[TF]/.test(row.value) ? ["True", "False"] : ["true", "false"])])].map((each) => html`<option value=${each}>${each}</option>`)}</select>`
    : html`<input class="input mono" ref=${field} aria-label=${row.key} maxlength="500" value=${value} autocomplete="off" spellcheck="false" type=${row.secret ? "password" : "text"}
        placeholder=${row.secret ? "a new value" : ""} onInput=${(event) => setValue(event.target.value)} />`;
  return html`<form class="value-form" onSubmit=${save} onKeyDown=${leave}>${input}
    <button class="button primary small" disabled=${sending || (value === begin && !row.secret)}>${sending ? "Sending…" : "Set"}</button>
    <button type="button" class="button small" onClick=${done}>Cancel</button></form>`;
}

function BaselineForm({ desk }) {
  const station = desk.live.station.value;
  const model = [station.vendor, station.model].filter(Boolean).join(" ");
  const [name, setName] = useState(desk.table.value.baseline ?? model ?? "");
  const [scope, setScope] = useState(station.model ? "model" : "any");
  const known = desk.baselines.value.some((each) => each.name.toLowerCase() === name.trim().toLowerCase());
  const submit = async (event) => {
    event.preventDefault();
    const { vendor, model: modelName, firmware_version: firmware } = station;
    const wanted = scope === "any" ? { vendor: "", model: "" } : { vendor, model: modelName, firmware_version: scope === "firmware" ? firmware : null };
    if (await desk.keepBaseline(name.trim(), Object.fromEntries(Object.entries(wanted).filter(([, each]) => each !== null)))) saving.value = false;
  };
  return html`<${Dialog} title="Save as baseline" onClose=${() => (saving.value = false)}><form onSubmit=${submit}><div class="body form">
      <p class="quiet">Keeps the value of every key that can be written, as last read here; secrets are left out. Other stations are compared with it.</p>
      <div class="field"><label for="baseline-name">Name</label><input class="input" id="baseline-name" required maxlength="100" value=${name} onInput=${(event) => setName(event.target.value)} />
        ${known ? html`<span class="hint">There is one of this name; it is replaced.</span>` : null}</div>
      <div class="field"><label for="baseline-for">Expected of</label><select class="input" id="baseline-for" value=${scope} onChange=${(event) => setScope(event.target.value)}>
        ${station.model ? html`<option value="model">every ${model}</option>` : null}
        ${station.model && station.firmware_version ? html`<option value="firmware">every ${model} with firmware ${station.firmware_version}</option>` : null}
        ${station.model ? null : html`<option value="any">stations that it is chosen for</option>`}</select></div></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary">Save</button></footer></form><//>`;
}
