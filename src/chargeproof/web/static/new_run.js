/* Start an acceptance run: which station, whose hands, which functions, and what is asked about the model. */
import { html, Button, data, lacksRole, mount, signal, useState } from "console/ui.js";
import { attempt, get, post } from "console/api.js";
import { ProfileForm, profileOf, remembered } from "console/profile_form.js";

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
      <div class="begin">${obstacle(plan) ? html`<span class="quiet">${obstacle(plan)}</span>` : null}
        <${Button} type="submit" kind="primary wide" why=${lacksRole("tester") || obstacle(plan)} onClick=${() => {}}>${busy ? "Starting…" : "Start the run"}<//></div>
    </form>`;
}

function obstacle(plan) {
  if (!plan.charge_point_id.trim()) return "Name the station first";
  if (!plan.functions.size) return "Choose at least one function";
  if (plan.site === "rig" && !plan.rig.trim()) return "Give the address of the rig";
  return "";
}

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
      <datalist id="stations">${given.stations.map((each) => html`<option value=${each.charge_point_id}>${[each.vendor, each.model].filter(Boolean).join(" ")}${each.online ? ", online" : ""}</option>`)}</datalist>
      <span class="hint" id="station-hint">${state} Address for stations: ${given.address}/</span></div></fieldset>`;
}

function Hands({ plan, set }) {
  return html`<fieldset><legend>Whose hands act at the station</legend>
    <div class="ways">${WAYS.map(([name, title, text]) => html`<label><input type="radio" name="site" value=${name} checked=${plan.site === name} onChange=${() => set({ site: name })} />
      <strong>${title}</strong><small>${text}</small></label>`)}</div>
    ${plan.site === "rig" ? html`<div class="field"><label for="rig">Address of the rig</label><input class="input" id="rig" type="url" placeholder="http://rig.example:8000" value=${plan.rig} onInput=${(event) => set({ rig: event.target.value })} /></div>` : null}
    ${plan.site === "simulated" ? html`<div class="field"><label for="model">Model of the simulated station</label><select class="input" id="model" value=${plan.model} onChange=${(event) => set({ model: event.target.value })}>
      ${given.models.map((name) => html`<option>${name}</option>`)}</select><span class="hint">started under this id, unless one runs here already</span></div>` : null}</fieldset>`;
}

function Functions({ plan, set }) {
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
  return html`<fieldset><legend>Functions</legend>
    <div class="buttons"><${Button} kind="small" onClick=${() => choose([...others("functions"), ...numbers("functions")])}>All 16<//>
      <${Button} kind="small" onClick=${() => choose([...others("functions"), ...given.functions.filter((each) => each.group === "functions" && !each.hands).map((each) => each.number)])}>Those without hands<//>
      <${Button} kind="small" onClick=${() => choose(others("functions"))}>None<//></div>${picks("functions")}</fieldset>
    <fieldset><legend>Security</legend><p class="quiet">Named after the Open Charge Alliance's test cases, and apart from the document's verdict. No hands are needed.</p>
    <div class="buttons"><${Button} kind="small" onClick=${() => choose([...others("security"), ...numbers("security")])}>All ${numbers("security").length}<//>
      <${Button} kind="small" onClick=${() => choose(others("security"))}>None<//></div>${picks("security")}</fieldset>`;
}

function Model({ plan, set }) {
  const { vendor, model } = asked.value;
  return html`<fieldset><legend>About the model</legend>
    <p class="quiet">${model ? `Asked once for ${vendor} ${model}; the answers are kept for its next run.` : "Asked once per model; the answers are kept for its next run."}</p>
    <${ProfileForm} questions=${asked.value.questions} answers=${answers.value} onChange=${(value) => (answers.value = value)} firmware=${given.firmware} />
    <label class="check"><input type="checkbox" checked=${plan.remember} onChange=${(event) => set({ remember: event.target.checked })} /> Keep the answers for this model</label></fieldset>`;
}

mount("new-run", html`<${NewRun} />`);
