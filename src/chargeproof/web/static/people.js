/* People, API tokens, and who did what. */
import { html, Button, Dialog, Mark, Time, confirmed, copy, data, mount, signal, toast, useState } from "console/ui.js";
import { attempt, call, get, patch, path, post, put, remove } from "console/api.js";
import { AuditLog } from "console/audit_log.js";
import { Tokens } from "console/tokens.js";

const given = data();
const people = signal(given.people?.items ?? null);
const dialog = signal(null); // "password", "add"
const secret = signal(null); // { title, text, value } told once

const ROLES = {
  viewer: "reads everything",
  tester: "also runs the script and sends commands that destroy nothing",
  operator: "also all commands, configuration, id tags, files",
  administrator: "also people, tokens of others, settings",
};

async function reload() {
  const page = await attempt(() => get("/people"));
  if (page) people.value = page.items;
}

async function changeRole(person, role) {
  const sure = await confirmed({ title: `${person.name} becomes ${role}?`, text: `A ${role} ${ROLES[role]}. Everywhere where ${person.name} is logged in, that ends.`, word: "Change", danger: false });
  if (sure) await attempt(() => patch(path("people", person.name), { role }));
  await reload();
}

async function newPassword(person) {
  const sure = await confirmed({ title: `A new password for ${person.name}?`, text: "The old one works no more, and everywhere where they are logged in, that ends.", word: "Make one" });
  const made = sure && (await attempt(() => post(`${path("people", person.name)}/password`, {})));
  if (made) secret.value = { title: `The password of ${person.name}`, value: made.password, text: "It is shown this once. Hand it over, and let them change it." };
}

async function logOut(person) {
  if ((await attempt(() => remove(`${path("people", person.name)}/sessions`))) !== undefined) toast(`${person.name} is logged out everywhere.`, { kind: "pass" });
}

async function letGo(person) {
  const sure = await confirmed({ title: `Remove ${person.name}?`, text: "Their sessions and tokens end. What they did stays in the audit log.", word: "Remove" });
  if (sure && (await attempt(() => remove(path("people", person.name)))) !== undefined) await reload();
}

function Person({ person }) {
  const mine = person.name === given.me.name;
  return html`<tr><th scope="row">${person.name}${mine ? html` <span class="faint">you</span>` : null}</th>
    <td class="role">${mine ? person.role : html`<select class="input" aria-label=${`Role of ${person.name}`} value=${person.role} onChange=${(event) => changeRole(person, event.target.value)}>
      ${Object.keys(ROLES).map((role) => html`<option value=${role}>${role}</option>`)}</select>`}</td>
    <td class="quiet"><${Time} at=${person.logged_in_at} none="never" /></td><td class="quiet added"><${Time} at=${person.created_at} /></td>
    <td class="row-actions">${mine ? null : html`<${Button} kind="small plain" onClick=${() => newPassword(person)}>New password…<//>
      <${Button} kind="small plain" onClick=${() => logOut(person)}>Log out<//><${Button} kind="small plain" onClick=${() => letGo(person)}>Remove…<//>`}</td></tr>`;
}

function People() {
  if (!people.value) return null;
  return html`<section class="sheet" aria-labelledby="people-title"><header><h2 id="people-title">People</h2><div class="actions"><${Button} kind="small" icon="plus" onClick=${() => (dialog.value = "add")}>Add somebody…<//></div></header>
    <div class="table-scroll"><table class="table people"><thead><tr><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Last log-in</th><th scope="col" class="added">Added</th><th scope="col"><span class="visually-hidden">What can be done</span></th></tr></thead>
      <tbody>${people.value.map((person) => html`<${Person} key=${person.name} person=${person} />`)}</tbody></table></div></section>`;
}

function AddForm() {
  const [name, setName] = useState("");
  const [role, setRole] = useState("tester");
  const submit = async (event) => {
    event.preventDefault();
    const made = await attempt(() => post("/people", { name: name.trim(), role }));
    if (!made) return;
    dialog.value = null;
    secret.value = { title: `The password of ${made.account.name}`, value: made.password, text: "It is shown this once. Hand it over, and let them change it." };
    await reload();
  };
  return html`<${Dialog} title="Add somebody" onClose=${() => (dialog.value = null)}><form onSubmit=${submit}><div class="body form">
      <div class="field"><label for="person">Name</label><input class="input" id="person" required maxlength="64" autocomplete="off" value=${name} onInput=${(event) => setName(event.target.value)} /></div>
      <fieldset class="choices"><legend>Role</legend>${Object.entries(ROLES).map(([each, words]) => html`<label class="choice"><input type="radio" name="role" checked=${role === each} onChange=${() => setRole(each)} />
        <span><strong>${each}</strong> <span class="quiet">${words}</span></span></label>`)}</fieldset>
      <p class="quiet small">A password is made and shown once.</p></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary">Add</button></footer></form><//>`;
}

function PasswordForm() {
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const submit = async (event) => {
    event.preventDefault();
    const done = await attempt(() => put("/session/password", { current_password: current, new_password: wanted }));
    if (done === undefined) return;
    dialog.value = null;
    toast("The password is changed; your other sessions have ended.", { kind: "pass" });
  };
  return html`<${Dialog} title="Change my password" onClose=${() => (dialog.value = null)}><form onSubmit=${submit}><div class="body form">
      <input type="text" name="username" autocomplete="username" value=${given.me.name} hidden />
      <div class="field"><label for="current">Present password</label><input class="input" id="current" type="password" required autocomplete="current-password" value=${current} onInput=${(event) => setCurrent(event.target.value)} /></div>
      <div class="field"><label for="wanted">New password</label><input class="input" id="wanted" type="password" required autocomplete="new-password" value=${wanted} onInput=${(event) => setWanted(event.target.value)} />
        <span class="hint">Long rather than odd: a few words do.</span></div></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary">Change</button></footer></form><//>`;
}

/** Something that is told once: nothing else is on the page until it is taken. */
function Secret() {
  const { title, text, value } = secret.value;
  return html`<${Dialog} title=${title} onClose=${() => (secret.value = null)}><div class="body stack"><p class="notice remark">${text}</p>
      <p class="secret"><code>${value}</code><${Button} kind="plain icon-only" icon="copy" label="Copy" onClick=${() => copy(value, "Copied")} /></p></div>
    <footer><button type="button" class="button primary" onClick=${(event) => event.target.closest("dialog").close()}>I have it</button></footer><//>`;
}

async function leaveEverywhere() {
  const sure = await confirmed({ title: "Log out everywhere?", text: "This browser too.", word: "Log out" });
  if (sure && (await attempt(() => call("DELETE", "/session", { query: { everywhere: true } }))) !== undefined) location.assign("/log-in");
}

function Page() {
  return html`<div class="page-head"><h1>People and API tokens</h1><span class="quiet">You are ${given.me.name}, <${Mark} sign="●" kind="none" word=${given.me.role} /></span>
      <div class="actions"><${Button} icon="lock" onClick=${() => (dialog.value = "password")}>Change my password…<//><${Button} icon="log-out" onClick=${leaveEverywhere}>Log out everywhere…<//></div></div>
    <div class="stack"><${People} /><${Tokens} given=${given} tell=${(made) => (secret.value = made)} />${given.audit ? html`<${AuditLog} first=${given.audit} />` : null}</div>
    ${dialog.value === "add" ? html`<${AddForm} />` : dialog.value === "password" ? html`<${PasswordForm} />` : null}${secret.value ? html`<${Secret} />` : null}`;
}

mount("drawn", html`<${Page} />`);
