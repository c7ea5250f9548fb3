/* Hands at a simulated station: what a person does at a real one with cable, card and tools. */
import { html, Button, Dialog, Icon, lacksRole, useEffect, useState } from "console/ui.js";
import { attempt, get, path, post, Problem } from "console/api.js";

const ERRORS = ["ConnectorLockFailure", "GroundFailure", "HighTemperature", "OverCurrentFailure", "PowerMeterFailure", "ReaderFailure", "InternalError"];
const CARD = "chargeproof-card";

/** first: the simulated station as the API tells it, null where it is none. */
export function Hands({ live, first }) {
  const [station, setStation] = useState(first);
  const [at, setAt] = useState(first?.outlets[0]?.connector_id ?? 1);
  const [asksCard, setAsksCard] = useState(false);
  const changes = live.changes.value;
  useEffect(() => {
    if (!first || !changes) return undefined;
    const timer = setTimeout(() => found(live.id).then(setStation), 300);
    return () => clearTimeout(timer);
  }, [changes]);
  if (!station) return null;
  const act = async (verb, more = {}) => {
    const after = await attempt(() => post(`${path("simulated-stations", live.id)}/acts`, { act: verb, connector_id: at, ...more }));
    if (after) setStation(after);
    return after;
  };
  const outlet = station.outlets.find((each) => each.connector_id === at) ?? station.outlets[0];
  const why = lacksRole("tester") || (station.running ? "" : "it has no power now");
  const broken = outlet.fault ?? station.fault;
  return html`<div class="hands" role="group" aria-label="Hands at this simulated station"><span class="quiet small">Simulated: by hand</span>
      ${station.outlets.length > 1 ? html`<label><span class="visually-hidden">Connector</span><select class="input" value=${at} onChange=${(event) => setAt(Number(event.target.value))}>
        ${station.outlets.map((each) => html`<option value=${each.connector_id}>Connector ${each.connector_id}</option>`)}</select></label>` : null}
      ${outlet.plugged
        ? html`<${Button} icon="plug" why=${why} onClick=${() => act("unplug")}>Unplug<//>`
        : html`<${Button} icon="plug" why=${why} onClick=${() => act("plug_in")}>Plug in<//>`}
      <${Button} icon="tags" why=${why} onClick=${() => setAsksCard(true)}>Present a card…<//>
      ${broken
        ? html`<${Button} icon="check" why=${why} onClick=${() => act("repair")}>Repair ${broken}<//>`
        : html`<${Provoke} why=${why} act=${act} />`}
      ${asksCard ? html`<${Card} onClose=${() => setAsksCard(false)} onCard=${(idTag) => act("present_card", { id_tag: idTag })} />` : null}</div>`;
}

async function found(id) {
  try {
    return await get(path("simulated-stations", id));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return null;
  }
}

function Provoke({ why, act }) {
  if (why) return html`<${Button} icon="warning" why=${why}>Provoke an error<//>`;
  return html`<details class="menu"><summary class="button"><${Icon} name="warning" />Provoke an error <${Icon} name="down" /></summary><div class="menu-list">
    ${ERRORS.map((code) => html`<button type="button" onClick=${() => act("provoke_error", { error_code: code })}>${code}</button>`)}</div></details>`;
}

function Card({ onClose, onCard }) {
  const [idTag, setIdTag] = useState(sessionStorage.getItem(CARD) ?? "");
  const [known, setKnown] = useState([]);
  useEffect(() => void attempt(() => get("/id-tags", { limit: 100 })).then((page) => setKnown(page?.items ?? [])), []);
  const submit = async (event) => {
    event.preventDefault();
    if (!(await onCard(idTag.trim()))) return;
    sessionStorage.setItem(CARD, idTag.trim());
    onClose();
  };
  return html`<${Dialog} title="Present a card" onClose=${onClose}><form onSubmit=${submit}><div class="body form">
      <div class="field"><label for="card">Id tag of the card</label><input class="input mono" id="card" list="cards" required maxlength="20" autocomplete="off" spellcheck=${false} value=${idTag} onInput=${(event) => setIdTag(event.target.value)} />
        <datalist id="cards">${known.map((tag) => html`<option value=${tag.id_tag}>${tag.status}</option>`)}</datalist>
        <span class="hint">As its reader would tell it. One that stands under Id tags as Accepted may charge.</span></div></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary">Present it</button></footer></form><//>`;
}
