/* Id tags: the table, one changed at a time, many by CSV. */
import { html, Button, Dialog, Empty, Icon, Mark, Time, afterPause, batch, confirmed, data, lacksRole, mount, signal, toast, useMemo, useState } from "console/ui.js";
import { address, attempt, get, path, put, remove, send } from "console/api.js";

const LIMIT = 100;
const STATUSES = ["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"];
const COLUMNS = "id_tag, status, expires_at, parent_id_tag, note";
const given = data().id_tags;
const tags = signal(given.items);
const next = signal(given.next);
const filter = signal({ search: "", status: "" });
const edited = signal(null); // the tag in the form; {} for a new one
const importing = signal(false);

async function load(cursor = null) {
  const asked = filter.value;
  const page = await attempt(() => get("/id-tags", { ...asked, limit: LIMIT, cursor }));
  if (!page || asked !== filter.value) return;
  batch(() => {
    tags.value = cursor ? [...tags.value, ...page.items] : page.items;
    next.value = page.next;
  });
}

function narrow(change) {
  filter.value = { ...filter.value, ...change };
  return load();
}

async function forget(tag) {
  const sure = await confirmed({ title: `Delete ${tag.id_tag}?`, text: "It is then treated as a tag that nobody knows. Transactions keep it.", word: "Delete" });
  if (!sure || (await attempt(() => remove(path("id-tags", tag.id_tag)))) === undefined) return;
  tags.value = tags.value.filter((each) => each.id_tag !== tag.id_tag);
}

function Status({ tag }) {
  const expired = tag.expires_at && new Date(tag.expires_at) < new Date();
  if (expired && tag.status === "Accepted") return html`<${Mark} sign="!" kind="remark" word="Accepted, but expired" />`;
  return html`<${Mark} sign=${tag.status === "Accepted" ? "✓" : "✕"} kind=${tag.status === "Accepted" ? "pass" : "fail"} word=${tag.status} />`;
}

function Row({ tag }) {
  const why = lacksRole("operator");
  return html`<tr><th scope="row" class="key">${tag.id_tag}</th><td class="state"><${Status} tag=${tag} /></td>
    <td class="expires"><${Time} at=${tag.expires_at} none="never" /></td><td class="parent mono">${tag.parent_id_tag ?? html`<span class="faint">–</span>`}</td>
    <td class="note">${tag.note}</td>
    <td class="row-actions"><${Button} kind="plain icon-only small" icon="edit" why=${why} label=${`Change ${tag.id_tag}`} onClick=${() => (edited.value = tag)} />
      <${Button} kind="plain icon-only small" icon="close" why=${why} label=${`Delete ${tag.id_tag}`} onClick=${() => forget(tag)} /></td></tr>`;
}

function Filters() {
  const later = useMemo(() => afterPause(narrow), []);
  return html`<div class="filters" role="search" aria-label="Id tags">
    <label class="search"><span class="visually-hidden">Part of tag, parent or note</span><${Icon} name="search" />
      <input class="input" type="search" placeholder="Tag, parent or note" onInput=${(event) => later({ search: event.target.value.trim() })} /></label>
    <label><span class="visually-hidden">Status</span><select class="input" onChange=${(event) => narrow({ status: event.target.value })}>
      <option value="">Any status</option>${STATUSES.map((status) => html`<option>${status}</option>`)}</select></label></div>`;
}

function List() {
  const filtered = filter.value.search || filter.value.status;
  const rows = tags.value;
  if (!rows.length && !filtered) {
    return html`<section class="sheet"><${Empty} icon="tags" title="No id tag yet"><p>A card is accepted only when its tag stands here. Add one, or import a CSV file with the columns ${COLUMNS}.</p>
      <p class="buttons"><${Button} kind="primary" icon="plus" why=${lacksRole("operator")} onClick=${() => (edited.value = {})}>Add an id tag<//></p><//></section>`;
  }
  return html`<section class="sheet" aria-label="All id tags"><header><${Filters} /></header>
    ${rows.length ? html`<div class="table-scroll"><table class="table tags"><thead><tr><th scope="col">Id tag</th><th scope="col">Status</th><th scope="col">Expires</th><th scope="col">Parent</th>
        <th scope="col">Note</th><th scope="col"><span class="visually-hidden">Change or delete</span></th></tr></thead><tbody>${rows.map((tag) => html`<${Row} key=${tag.id_tag} tag=${tag} />`)}</tbody></table></div>`
      : html`<${Empty} icon="search" title="No id tag fits"><p>Change the search or the status.</p><//>`}
    <div class="table-foot"><span>${rows.length}${next.value ? "+" : ""} ${rows.length === 1 ? "tag" : "tags"}</span>
      ${next.value ? html`<${Button} kind="small" onClick=${() => load(next.value)}>Show more<//>` : null}</div></section>`;
}

/** ISO time ↔ what an input of type datetime-local holds. */
const toLocal = (at) => (at ? new Date(new Date(at).getTime() - new Date(at).getTimezoneOffset() * 60000).toISOString().slice(0, 16) : "");
const toUtc = (text) => (text ? new Date(text).toISOString() : null);

function TagForm() {
  const tag = edited.value;
  const fresh = !tag.id_tag;
  const [form, setForm] = useState({ id_tag: tag.id_tag ?? "", status: tag.status ?? "Accepted", expires: toLocal(tag.expires_at), parent: tag.parent_id_tag ?? "", note: tag.note ?? "" });
  const set = (name) => (event) => setForm({ ...form, [name]: event.target.value });
  const submit = async (event) => {
    event.preventDefault();
    const wanted = { status: form.status, expires_at: toUtc(form.expires), parent_id_tag: form.parent.trim() || null, note: form.note };
    if (!(await attempt(() => put(path("id-tags", form.id_tag.trim()), wanted)))) return;
    edited.value = null;
    await load();
  };
  return html`<${Dialog} title=${fresh ? "Add an id tag" : `Id tag ${tag.id_tag}`} onClose=${() => (edited.value = null)}><form onSubmit=${submit}><div class="body form">
      ${fresh ? html`<div class="field"><label for="tag">Id tag</label><input class="input mono" id="tag" required maxlength="20" autocomplete="off" value=${form.id_tag} onInput=${set("id_tag")} />
        <span class="hint">As the reader reports it, up to 20 characters. Upper and lower case are the same.</span></div>` : null}
      <div class="field"><label for="tag-status">Status</label><select class="input" id="tag-status" value=${form.status} onChange=${set("status")}>${STATUSES.map((status) => html`<option>${status}</option>`)}</select></div>
      <div class="field"><label for="tag-expires">Expires</label><input class="input" id="tag-expires" type="datetime-local" value=${form.expires} onInput=${set("expires")} /><span class="hint">Empty: never.</span></div>
      <div class="field"><label for="tag-parent">Parent tag</label><input class="input mono" id="tag-parent" maxlength="20" autocomplete="off" value=${form.parent} onInput=${set("parent")} />
        <span class="hint">Cards with the same parent may stop each other's transactions.</span></div>
      <div class="field"><label for="tag-note">Note</label><input class="input" id="tag-note" maxlength="500" value=${form.note} onInput=${set("note")} /></div></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary">${fresh ? "Add" : "Save"}</button></footer></form><//>`;
}

/** A file is looked at first; all of it is taken, or nothing. */
function Import() {
  const [file, setFile] = useState(null);
  const [checked, setChecked] = useState(null);
  const upload = (dryRun) => attempt(() => send("/id-tag-imports", file, { query: { dry_run: dryRun }, type: "text/csv" }));
  const submit = async (event) => {
    event.preventDefault();
    if (!checked) return setChecked((await upload(true)) ?? null);
    const done = await upload(false);
    if (!done) return undefined;
    importing.value = false;
    toast(`${done.answer.imported} tags taken: ${done.answer.added} new, ${done.answer.changed} changed.`, { kind: "pass" });
    return load();
  };
  const problems = checked?.answer.problems ?? [];
  const word = checked ? "Import" : "Look at it";
  return html`<${Dialog} title="Import id tags" onClose=${() => (importing.value = false)}><form onSubmit=${submit}><div class="body form">
      <div class="field"><label for="csv">CSV file</label><input class="input file" id="csv" type="file" accept=".csv,text/csv" required onChange=${(event) => { setFile(event.target.files[0] ?? null); setChecked(null); }} />
        <span class="hint">The first line names the columns: ${COLUMNS}. Only id_tag is needed.</span></div>
      ${problems.length ? html`<div class="notice fail" role="alert"><div>Nothing can be taken: ${problems.length === 100 ? "100 or more lines are" : problems.length === 1 ? "a line is" : `${problems.length} lines are`} wrong.
        <ul class="problems">${problems.map((each) => html`<li><strong>Line ${each.line}</strong> ${each.problem}</li>`)}</ul></div></div>` : null}
      ${checked && !problems.length ? html`<p class="notice pass" role="status">Every line can be taken: ${checked.answer.added} new, ${checked.answer.changed} changed.</p>` : null}</div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button>
      <button class="button primary" disabled=${!file || problems.length > 0}>${word}</button></footer></form><//>`;
}

function IdTags() {
  const why = lacksRole("operator");
  return html`<div class="page-head"><h1>Id tags</h1><div class="actions">
      <a class="button" href=${address("/id-tags.csv")} download><${Icon} name="download" />Export<//>
      <${Button} icon="files" why=${why} onClick=${() => (importing.value = true)}>Import…<//>
      <${Button} kind="primary" icon="plus" why=${why} onClick=${() => (edited.value = {})}>Add<//></div></div>
    <${List} />${edited.value ? html`<${TagForm} key=${edited.value.id_tag} />` : null}${importing.value ? html`<${Import} />` : null}`;
}

mount("drawn", html`<${IdTags} />`);
