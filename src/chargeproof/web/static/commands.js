/* Commands to a station: buttons, forms made from the messages' schemas, and what became of each. */
import { html, Button, Dialog, Icon, Mark, Time, batch, confirmed, lacksRole, may, signal, useEffect, useState } from "console/ui.js";
import { attempt, get, path, post, Problem } from "console/api.js";
import { follow } from "console/live.js";
import { SchemaForm, beginning, filled, isSecret } from "console/schema_form.js";
import { duration } from "console/time.js";

/** Of the latest commands, before one asks for all; fewer on a phone. */
const shown = () => (narrow.value ? 2 : 4);

/** What stands in front; all else is under "More". A menu has presets: [title, payload]. */
const FRONT = [
  { action: "RemoteStartTransaction", title: "Remote start…" },
  { action: "RemoteStopTransaction", title: "Remote stop…" },
  { action: "Reset", title: "Reset", presets: [["Soft", { type: "Soft" }], ["Hard", { type: "Hard" }]] },
  {
    action: "ChangeAvailability",
    title: "Availability",
    presets: [["Whole station operative", { connectorId: 0, type: "Operative" }], ["Whole station inoperative", { connectorId: 0, type: "Inoperative" }]],
  },
  { action: "UnlockConnector", title: "Unlock…" },
  {
    action: "TriggerMessage",
    title: "Trigger",
    presets: ["BootNotification", "Heartbeat", "MeterValues", "StatusNotification", "FirmwareStatusNotification", "DiagnosticsStatusNotification"].map((each) => [each, { requestedMessage: each }]),
  },
];

/** The commands of a station as signals, with what can be sent now. */
export function commandDesk(live, given) {
  const base = path("charge-points", live.id);
  const schemas = signal([]);
  const available = signal(new Map());
  const commands = signal(given.commands.items);
  const form = signal(null);

  const put = (command) => {
    const others = commands.value.filter((each) => each.command_id !== command.command_id);
    commands.value = [command, ...others].sort((one, other) => (one.queued_at < other.queued_at ? 1 : -1)).slice(0, 50);
  };
  const fetchOne = async (commandId) => {
    const command = await quietly(() => get(`${base}${path("commands", commandId)}`));
    if (command) put(command);
  };
  const fetchAll = async () => {
    const page = await quietly(() => get(`${base}/commands`, { limit: 20 }));
    if (page) commands.value = page.items;
  };
  const fetchAvailable = async () => {
    const page = await quietly(() => get(`${base}/commands/available`));
    if (page) available.value = new Map(page.items.map((each) => [each.action, each]));
  };
  const fetchSchemas = async () => {
    const page = await quietly(() => get("/commands/schemas"));
    if (page) schemas.value = page.items;
  };
  follow(`commands:${live.id}`, given.seq.commands, {
    events(events) {
      for (const { data } of events) {
        if ("payload" in data) put(data);
        else if (data.command_id) fetchOne(data.command_id);
      }
    },
    reload: fetchAll,
  });
  const send = async (schema, payload) => {
    if (schema.destructive && !(await confirmed({ title: `${schema.title}?`, text: schema.warning, word: schema.title }))) return false;
    const command = await attempt(() => post(`${base}/commands`, { action: schema.action, payload }));
    if (!command) return false;
    batch(() => {
      put(command);
      form.value = null;
    });
    return true;
  };
  const why = (action) => {
    const schema = schemas.value.find((each) => each.action === action);
    if (!schema) return "the commands are being asked for";
    const role = lacksRole(schema.destructive && !may("operator") ? "operator" : "tester");
    if (role) return role;
    const found = available.value.get(action);
    return found && !found.available ? found.reason : "";
  };
  return { live, schemas, commands, form, send, why, fetchSchemas, fetchAvailable };
}

async function quietly(action) {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Problem) return undefined;
    throw error;
  }
}

/** On a phone all but the first two are under "More". */
const phone = matchMedia("(max-width: 760px)");
const narrow = signal(phone.matches);
phone.addEventListener("change", () => (narrow.value = phone.matches));

export function Commands({ desk }) {
  useEffect(() => void desk.fetchSchemas(), []);
  const changes = desk.live.changes.value;
  useEffect(() => {
    const timer = setTimeout(desk.fetchAvailable, changes ? 250 : 0);
    return () => clearTimeout(timer);
  }, [changes]);
  const byAction = new Map(desk.schemas.value.map((schema) => [schema.action, schema]));
  const rest = desk.schemas.value.filter((schema) => !FRONT.some((front) => front.action === schema.action));
  return html`<div class="commands" role="group" aria-label="Commands">
      ${FRONT.map((front) => html`<${Front} key=${front.action} desk=${desk} front=${front} schema=${byAction.get(front.action)} />`)}
      ${rest.length ? html`<${More} desk=${desk} schemas=${narrow.value ? desk.schemas.value : rest} />` : null}
    </div>
    <${Latest} desk=${desk} />
    ${desk.form.value ? html`<${CommandForm} key=${desk.form.value.schema.action} desk=${desk} ...${desk.form.value} />` : null}`;
}

function Front({ desk, front, schema }) {
  const why = desk.why(front.action);
  const open = () => (desk.form.value = { schema, given: {} });
  if (!front.presets || why) return html`<${Button} why=${why} onClick=${open}>${front.title}${front.presets ? html` <${Icon} name="down" />` : null}<//>`;
  return html`<details class="menu"><summary class="button">${front.title} <${Icon} name="down" /></summary><div class="menu-list">
    ${front.presets.map(([title, payload]) => html`<button type="button" onClick=${() => desk.send(schema, payload)}>${title}</button>`)}
    <button type="button" onClick=${open}>Choose everything…</button></div></details>`;
}

function More({ desk, schemas }) {
  const profiles = [...new Set(["Core", ...schemas.map((schema) => schema.profile)])].filter((profile) => schemas.some((schema) => schema.profile === profile));
  return html`<details class="menu"><summary class="button">More <${Icon} name="down" /></summary><div class="menu-list">
    ${profiles.map((profile) => html`<h3>${profile}</h3>${schemas.filter((schema) => schema.profile === profile).map((schema) => {
      const why = desk.why(schema.action);
      return html`<button type="button" aria-disabled=${why ? "true" : null} onClick=${() => !why && (desk.form.value = { schema, given: {} })}>${schema.title}<small>${why || schema.description}</small></button>`;
    })}`)}</div></details>`;
}

function CommandForm({ desk, schema, given }) {
  const station = desk.live.station.value;
  const connectors = station.connectors.map((each) => each.connector_id);
  const open = station.connectors.map((each) => each.transaction_id).filter((each) => each !== null);
  const [idTags, setIdTags] = useState([]);
  useEffect(() => void quietly(() => get("/id-tags", { limit: 100 })).then((page) => setIdTags((page?.items ?? []).map((tag) => tag.id_tag))), []);
  const known = { connectorId: connectors.length ? connectors : [1], transactionId: open, idTag: idTags };
  const [value, setValue] = useState(() => beginning(schema.payload_schema, schema.payload_schema, { ...(open.length === 1 ? { transactionId: open[0] } : {}), ...given }));
  const [sending, setSending] = useState(false);
  const payload = filled(value);
  const shown = isSecret(payload) && payload.value ? { ...payload, value: "••••" } : payload;
  const submit = async (event) => {
    event.preventDefault();
    setSending(true);
    await desk.send(schema, payload);
    setSending(false);
  };
  const why = desk.why(schema.action);
  return html`<${Dialog} title=${schema.title} onClose=${() => (desk.form.value = null)}>
    <form onSubmit=${submit}><div class="body form"><p class="quiet">${schema.description}</p>
      <${SchemaForm} schema=${schema.payload_schema} value=${value} onChange=${setValue} known=${known} />
      ${schema.destructive ? html`<p class="notice remark">${schema.warning}</p>` : null}
      <details><summary class="quiet small">The message as JSON</summary><pre class="frame-text">${JSON.stringify(shown, null, 2)}</pre></details></div>
      <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button>
        <button class="button primary" disabled=${sending || Boolean(why)}>${sending ? "Sending…" : `Send ${schema.action}`}</button></footer>
    </form><//>`;
}

const ENDS = {
  not_connected: ["✕", "fail", "not sent: the station is offline"],
  refused: ["✕", "fail", "not sent"],
  accepted: ["✓", "pass", "accepted"],
  rejected: ["✕", "fail", "rejected"],
  answered: ["✓", "none", "answered"],
  call_error: ["✕", "fail", "CALLERROR"],
  timed_out: ["✕", "fail", "not answered in time"],
  answered_late: ["!", "remark", "answered too late"],
  unknown: ["?", "unclear", "not known: the server stopped meanwhile"],
};

function Latest({ desk }) {
  const [all, setAll] = useState(false);
  const commands = all ? desk.commands.value : desk.commands.value.slice(0, shown());
  if (!commands.length) return null;
  return html`<section class="sheet" aria-label="Latest commands"><ul class="command-log" aria-live="polite">
      ${commands.map((command) => html`<${CommandRow} key=${command.command_id} command=${command} />`)}</ul>
    ${desk.commands.value.length > shown() ? html`<div class="table-foot"><button type="button" class="button plain small" onClick=${() => setAll(!all)}>
      ${all ? "Only the latest" : `All ${desk.commands.value.length}`}</button></div>` : null}</section>`;
}

function CommandRow({ command }) {
  const about = Object.values(command.payload ?? {}).filter((each) => typeof each !== "object").join(" ");
  return html`<li><span class="what" title=${about}><strong>${command.action}</strong> <span class="quiet">${about}</span></span>
    <span class="steps"><${Steps} command=${command} /></span><${Time} at=${command.queued_at} /></li>`;
}

/** Each state apart: that a station accepts is one thing, that its effect was seen another. */
function Steps({ command }) {
  const end = ENDS[command.state];
  const took = (to) => html`<span class="faint small"> ${command.sent_at && to ? ms(command.sent_at, to) : ""}</span>`;
  const { effect } = command;
  return html`${command.sent_at || !end ? html`<span class="quiet">queued</span>` : null}
    ${command.sent_at ? html`<span class="quiet">sent</span>` : null}
    ${end ? html`<span><${Mark} sign=${end[0]} kind=${end[1]} word=${detailed(end[2], command)} />${took(command.ended_at)}</span>`
      : html`<span class="mark accent"><i aria-hidden="true">…</i>${command.sent_at ? "waiting for the answer" : "waiting to be sent"}</span>`}
    ${effect.seen_at ? html`<span><${Mark} sign="✓" kind="pass" word="effect seen" /> <span class="quiet">${effect.detail || effect.shown_by}</span>${took(effect.seen_at)}</span>`
      : effect.expected && command.state === "accepted" ? html`<span class="mark none"><i aria-hidden="true">○</i>effect not seen yet: ${effect.expected}</span>` : null}`;
}

function detailed(word, command) {
  const detail = command.detail && command.detail.toLowerCase() !== word ? command.detail : "";
  return detail ? `${word}: ${detail}` : word;
}

function ms(from, to) {
  const took = new Date(to) - new Date(from);
  return took < 1000 ? `${took} ms` : duration(took / 1000);
}
