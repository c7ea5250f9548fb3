/* Start an acceptance run: which station, whose hands, which functions, and what is asked about the model. */
import { html, Button, data, lacksRole, mount, signal, useState } from "console/ui.js";
import { attempt, get, post } from "console/api.js";
import { ProfileForm, profileOf, remembered } from "console/profile_form.js";

const FEW = 6;
const given = data();
const asked = signal(given.asked);
const answers = signal(remembered(given.asked.questions));

const WAYS = [
  ["person", "A person at the station", "prompts on this page say what to do: plug in, show a card, unplug"],
  ["simulated", "A simulated station", "plays the acts by itself; about a quarter of an hour"],
  ["rig", "A lab rig", "does the acts, asked over HTTP"],
  ["none", "Nobody", "what needs hands is not run; the rest is"],
];

async function askAbout(station) {
  const found = await attempt(() => get("/run-questions", { charge_point_id: station }));
  if (!found) return;
  asked.value = found;
  answers.value = remembered(found.questions);
}

const numbers = (group) => given.functions.filter((each) => each.group === group).map((each) => each.number);

function begin() {
  return {
    charge_point_id: given.station,
    site: given.simulated.includes(given.station) ? "simulated" : "person",
    functions: new Set(numbers("functions")),
    rig: "",
    model: given.models[0] ?? "",
    remember: true,
  };
}

function NewRun() {
  const [plan, setPlan] = useState(begin);
  const [busy, setBusy] = useState(false);
  const set = (change) => setPlan({ ...plan, ...change });
  const start = async (event) => {
    event.preventDefault();
    const why = obstacle(plan);
    if (why || busy) return;
    setBusy(true);
    const started = await attempt(() => post("/runs", wanted(plan)));
    if (started) location.assign(`/runs/${started.id}`);
    else setBusy(false);
  };
  return html`<div class="page-head"><h1>New acceptance run</h1></div>
    <form class="plan" onSubmit=${start}>
      <div class="stack"><div class="sheet"><${Station} plan=${plan} set=${set} /></div><div class="sheet"><${Hands} plan=${plan} set=${set} /></div></div>
      <div class="stack"><div class="sheet"><${Functions} plan=${plan} set=${set} /></div>
        ${plan.site === "simulated" ? null : html`<div class="sheet"><${Model} plan=${plan} set=${set} /></div>`}</div>
      <div class="begin">${obstacle(plan) || needsCard(plan) ? html`<span class="quiet">${obstacle(plan) || "No card is named: what needs one is left out"}</span>` : null}
        <${Button} type="submit" kind="primary wide" why=${lacksRole("tester") || obstacle(plan)} onClick=${() => {}}>${busy ? "Starting…" : "Start the run"}<//></div>
    </form>`;
}

function obstacle(plan) {
  if (!plan.charge_point_id.trim()) return "Name the station first";
  if (!plan.functions.size) return "Choose at least one function";
  if (plan.site === "rig" && !plan.rig.trim()) return "Give the address of the rig";
  return "";
}

const needsCard = (plan) =>
  ["person", "rig"].includes(plan.site) && !answers.value.valid_card && asked.value.questions.some((each) => each.name === "valid_card") && given.functions.some((each) => each.hands && plan.functions.has(each.number));

function wanted(plan) {
  const body = { charge_point_id: plan.charge_point_id.trim(), site: plan.site };
  const chosen = [...plan.functions].sort((one, other) => one - other);
  if (String(chosen) !== String(numbers("functions"))) body.functions = chosen;
  if (plan.site === "rig") body.rig = plan.rig.trim();
  if (plan.site === "simulated") return { ...body, model: plan.model };
  return { ...body, remember: plan.remember, profile: profileOf(answers.value, asked.value.questions) };
}

function Station({ plan, set }) {
  const known = given.stations.find((each) => each.charge_point_id === plan.charge_point_id);
  const state = known ? (known.online ? "It is connected." : "It is not connected; the run waits for it.") : plan.charge_point_id ? "It is not known yet; the run waits for it." : "";
  return html`<fieldset><legend>Station</legend>
    <div class="field"><label for="station">Charge point id</label>
      <input class="input" id="station" list="stations" autocomplete="off" spellcheck=${false} maxlength="255" required autofocus value=${plan.charge_point_id} aria-describedby="station-hint"
        onInput=${(event) => set({ charge_point_id: event.target.value })} onChange=${(event) => askAbout(event.target.value.trim())} />
      ${plan.charge_point_id ? null : html`<${Online} choose=${(id) => { set({ charge_point_id: id }); askAbout(id); }} />`}
      <datalist id="stations">${given.stations.map((each) => html`<option value=${each.charge_point_id}>${[each.vendor, each.model].filter(Boolean).join(" ")}${each.online ? ", online" : ""}</option>`)}</datalist>
      <span class="hint" id="station-hint">${state} Address for stations: ${given.address}/</span></div></fieldset>`;
}

/** Those that are here now, to be tapped. */
function Online({ choose }) {
  const online = given.stations.filter((each) => each.online).slice(0, FEW);
  if (!online.length) return null;
  return html`<div class="chips" role="group" aria-label="Stations that are online">${online.map((each) => html`<button type="button" class="button small" key=${each.charge_point_id} onClick=${() => choose(each.charge_point_id)}>${each.charge_point_id}</button>`)}</div>`;
}

function Hands({ plan, set }) {
  return html`<fieldset><legend>Whose hands act at the station</legend>
    <div class="ways">${WAYS.map(([name, title, text]) => html`<label><input type="radio" name="site" value=${name} checked=${plan.site === name} onChange=${() => set({ site: name })} />
      <strong>${title}</strong><small>${text}</small></label>`)}</div>
    ${plan.site === "rig" ? html`<div class="field"><label for="rig">Address of the rig</label><input class="input" id="rig" type="url" placeholder="http://rig.example:8000" value=${plan.rig} onInput=${(event) => set({ rig: event.target.value })} /></div>` : null}
    ${plan.site === "simulated" ? html`<div class="field"><label for="model">Model of the simulated station</label><select class="input" id="model" value=${plan.model} onChange=${(event) => set({ model: event.target.value })}>
      ${given.models.map((name) => html`<option>${name}</option>`)}</select><span class="hint">started under this id, unless one runs here already</span></div>` : null}</fieldset>`;
}

/** Folded up where there is little room, and what is seldom asked for. */
const narrow = matchMedia("(max-width: 760px)").matches;

function Functions({ plan, set }) {
  const [secure] = useState(numbers("security").some((number) => plan.functions.has(number)));
  const toggle = (number, on) => {
    const functions = new Set(plan.functions);
    if (on) functions.add(number);
    else functions.delete(number);
    set({ functions });
  };
  const choose = (numbers) => set({ functions: new Set(numbers) });
  const picks = (group) => html`<div class="picks">${given.functions.filter((each) => each.group === group).map((each) => html`<label class="check" key=${each.number}><input type="checkbox" checked=${plan.functions.has(each.number)} onChange=${(event) => toggle(each.number, event.target.checked)} />
      <span>${each.label} ${each.title}</span></label>`)}</div>`;
  const others = (group) => [...plan.functions].filter((number) => !numbers(group).includes(number));
  const said = (group) => {
    const all = numbers(group);
    const count = all.filter((number) => plan.functions.has(number)).length;
    return count === all.length ? `all ${count}` : count ? `${count} of ${all.length}` : "none";
  };
  return html`<fieldset aria-label="Functions"><details class="fold" open=${!narrow}><summary>Functions <small>${said("functions")}</small></summary><div>
    <div class="buttons"><${Button} kind="small" onClick=${() => choose([...others("functions"), ...numbers("functions")])}>All 16<//>
      <${Button} kind="small" onClick=${() => choose([...others("functions"), ...given.functions.filter((each) => each.group === "functions" && !each.hands).map((each) => each.number)])}>Those without hands<//>
      <${Button} kind="small" onClick=${() => choose(others("functions"))}>None<//></div>${picks("functions")}</div></details></fieldset>
    <fieldset aria-label="Security"><details class="fold" open=${secure}><summary>Security <small>${said("security")}</small></summary><div><p class="quiet">Named after the Open Charge Alliance's test cases, and apart from the document's verdict. No hands are needed.</p>
    <div class="buttons"><${Button} kind="small" onClick=${() => choose([...others("security"), ...numbers("security")])}>All ${numbers("security").length}<//>
      <${Button} kind="small" onClick=${() => choose(others("security"))}>None<//></div>${picks("security")}</div></details></fieldset>`;
}

function Model({ plan, set }) {
  const { vendor, model } = asked.value;
  return html`<fieldset><legend>About the model</legend>
    <p class="quiet">${model ? `Asked once for ${vendor} ${model}; the answers are kept for its next run.` : "Asked once per model; the answers are kept for its next run."}</p>
    <${ProfileForm} questions=${asked.value.questions} answers=${answers.value} onChange=${(value) => (answers.value = value)} firmware=${given.firmware} />
    <label class="check"><input type="checkbox" checked=${plan.remember} onChange=${(event) => set({ remember: event.target.checked })} /> Keep the answers for this model</label></fieldset>`;
}

mount("new-run", html`<${NewRun} />`);
