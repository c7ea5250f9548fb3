/* A form made from a JSON schema: what a message takes is what is asked for, no more.

   The value is a plain object; fields left empty are left out of it. `known` may offer choices by the field's
   name: { connectorId: [1, 2], idTag: ["ACCEPT-1"] }. */
import { html, Icon, useState } from "console/ui.js";

/** Follow $ref, and see through "or null": { schema, optional }. */
function plain(schema, root) {
  let found = schema;
  const notes = {};
  for (;;) {
    if (found.description && !notes.description) notes.description = found.description;
    if (found.$ref) found = root.$defs[found.$ref.split("/").at(-1)];
    else if (found.allOf?.length === 1) found = found.allOf[0];
    else if (found.anyOf?.some((each) => each.type !== "null")) found = found.anyOf.find((each) => each.type !== "null");
    else return { ...found, ...notes };
  }
}

const TYPE_LIMIT = 2 ** 31; // from there on a minimum says only how numbers are kept
const LONG = 1000; // characters from which on a text has lines of its own, as a certificate has
const SECRET_KEY = /authorizationkey|passw|secret|token|credential|privatekey/i;

/** Whether an object of a form names a configuration key whose value is nobody's business. */
export const isSecret = (value) => SECRET_KEY.test(value?.key ?? "");

/** "connectorId" → "Connector id". */
export function words(name) {
  const spaced = name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").replaceAll("_", " ").toLowerCase();
  return spaced[0].toUpperCase() + spaced.slice(1);
}

/** The object without what was left empty. */
export function filled(value) {
  if (Array.isArray(value)) return value.map(filled);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).map(([name, each]) => [name, filled(each)]);
  return Object.fromEntries(kept.filter(([, each]) => each !== "" && each !== undefined && !(typeof each === "object" && !Array.isArray(each) && each !== null && !Object.keys(each).length)));
}

/** A value to begin with: the only choice where there is one, one empty item where a list must have one. */
export function beginning(schema, root = schema, given = {}) {
  const at = plain(schema, root);
  if (at.type !== "object") return at.type === "array" ? (at.minItems ? [beginning(at.items, root)] : []) : "";
  const value = {};
  for (const name of at.required ?? []) {
    const field = plain(at.properties[name], root);
    if (name in given) value[name] = given[name];
    else if (field.type === "object" || field.type === "array") value[name] = beginning(field, root);
    else if (field.enum?.length === 1) value[name] = field.enum[0];
  }
  for (const [name, each] of Object.entries(given)) if (name in (at.properties ?? {})) value[name] = each;
  return value;
}

export function SchemaForm({ schema, value, onChange, known = {} }) {
  return html`<${Fields} schema=${plain(schema, schema)} root=${schema} value=${value} onChange=${onChange} known=${known} prefix="f" />`;
}

function Fields({ schema, root, value, onChange, known, prefix }) {
  const required = new Set(schema.required ?? []);
  const names = Object.keys(schema.properties ?? {});
  const sorted = [...names.filter((name) => required.has(name)), ...names.filter((name) => !required.has(name))];
  return sorted.map((name) => html`<${Field} key=${name} name=${name} schema=${plain(schema.properties[name], root)} root=${root}
    required=${required.has(name)} value=${value?.[name]} known=${known} secret=${name === "value" && isSecret(value)} id=${`${prefix}-${name}`}
    onChange=${(each) => onChange({ ...value, [name]: each })} />`);
}

function Field(props) {
  const { schema } = props;
  if (schema.type === "object" && schema.properties) return html`<${Nested} ...${props} />`;
  if (schema.type === "array") return html`<${List} ...${props} />`;
  const { name, id, required } = props;
  const hint = hintOf(schema);
  return html`<div class="field">
    <label for=${id}>${words(name)}${required ? null : html` <span class="faint small">optional</span>`}</label>
    <${Control} ...${props} hint=${hint} />
    ${hint ? html`<span class="hint" id=${`${id}-hint`}>${hint}</span>` : null}
  </div>`;
}

function Control({ name, schema, required, value, onChange, known, id, hint, secret = false }) {
  const common = { id, name, class: "input", required, "aria-describedby": hint ? `${id}-hint` : null };
  const choices = schema.enum ?? (schema.type === "boolean" ? [true, false] : known[name]);
  if (choices && (schema.enum || schema.type === "boolean")) {
    const pick = (event) => onChange(choices.find((each) => String(each) === event.target.value) ?? "");
    return html`<select ...${common} value=${value === undefined ? "" : String(value)} onChange=${pick}>
      <option value="">${required ? "Choose…" : "–"}</option>
      ${choices.map((each) => html`<option value=${String(each)}>${String(each)}</option>`)}</select>`;
  }
  if (schema.type === "integer" || schema.type === "number") {
    const put = (event) => onChange(event.target.value === "" ? "" : Number(event.target.value));
    return html`<input ...${common} type="number" inputmode=${schema.type === "integer" ? "numeric" : "decimal"} list=${choices ? `${id}-list` : null}
      step=${schema.type === "integer" ? 1 : "any"} min=${schema.minimum} max=${schema.maximum} value=${value ?? ""} onInput=${put} />
      <${Offers} id=${id} choices=${choices} />`;
  }
  if (schema.format === "date-time") {
    const put = (event) => onChange(event.target.value && new Date(`${event.target.value}Z`).toISOString());
    return html`<input ...${common} type="datetime-local" step="1" value=${value ? String(value).slice(0, 19) : ""} onInput=${put} />`;
  }
  if (schema.maxLength >= LONG) {
    return html`<textarea ...${common} maxlength=${schema.maxLength} rows="5" spellcheck=${false} autocomplete="off" value=${value ?? ""} onInput=${(event) => onChange(event.target.value)} />`;
  }
  return html`<input ...${common} type=${secret ? "password" : "text"} maxlength=${schema.maxLength} spellcheck=${false} autocomplete="off" value=${value ?? ""}
      list=${choices ? `${id}-list` : null} onInput=${(event) => onChange(event.target.value)} />
    <${Offers} id=${id} choices=${choices} />`;
}

function Offers({ id, choices }) {
  return choices ? html`<datalist id=${`${id}-list`}>${choices.map((each) => html`<option value=${each} />`)}</datalist>` : null;
}

function hintOf(schema) {
  if (schema.description) return schema.description.split("\n")[0].replace(/\.$/, "");
  const hints = [];
  if (schema.format === "date-time") hints.push("UTC");
  if (schema.type === "string" && schema.maxLength && schema.maxLength < 100) hints.push(`at most ${schema.maxLength} characters`);
  if (schema.minimum > -TYPE_LIMIT) hints.push(`from ${schema.minimum}`);
  return hints.join("; ");
}

function Nested({ name, schema, root, required, value, onChange, known, id }) {
  const [open, setOpen] = useState(required || value !== undefined);
  if (!open) {
    return html`<div><button type="button" class="button small" onClick=${() => { setOpen(true); onChange(beginning(schema, root)); }}>
      <${Icon} name="plus" />${words(name)}</button></div>`;
  }
  return html`<fieldset class="nested"><legend>${words(name)}</legend>
    <${Fields} schema=${schema} root=${root} value=${value ?? {}} onChange=${onChange} known=${known} prefix=${id} /></fieldset>`;
}

function List({ name, schema, root, value, onChange, known, id }) {
  const items = value ?? [];
  const item = plain(schema.items, root);
  const set = (index, each) => onChange(items.map((old, at) => (at === index ? each : old)));
  return html`<fieldset class="nested"><legend>${words(name)}</legend>
    ${items.map((each, index) => html`<div class="nested-item" key=${index}>
      <div class="grow"><${item.type === "object" ? Fields : Bare} schema=${item} root=${root} value=${each} known=${known} name=${name}
        prefix=${`${id}-${index}`} onChange=${(changed) => set(index, changed)} /></div>
      <button type="button" class="button plain icon-only small" aria-label=${`Remove ${words(name)} ${index + 1}`}
        onClick=${() => onChange(items.filter((_, at) => at !== index))}><${Icon} name="close" /></button></div>`)}
    <div><button type="button" class="button small" onClick=${() => onChange([...items, beginning(item, root)])}><${Icon} name="plus" />Add</button></div>
  </fieldset>`;
}

function Bare({ schema, value, onChange, known, name, prefix }) {
  return html`<label class="visually-hidden" for=${prefix}>${words(name)}</label>
    <${Control} name=${name} schema=${schema} required=${true} value=${value} onChange=${onChange} known=${known} id=${prefix} />`;
}
