/* API tokens: made for programs, shown once, ended at any time. */
import { html, Button, Dialog, Empty, Time, confirmed, signal, useMemo, useState } from "console/ui.js";
import { attempt, get, path, post, remove } from "console/api.js";

const DAYS = { 7: "in a week", 30: "in 30 days", 90: "in 90 days", 365: "in a year", 0: "never" };

/** tell: shows a secret once, as { title, text, value }. */
export function Tokens({ given, tell }) {
  const tokens = useMemo(() => signal(given.tokens.items), []);
  const making = useMemo(() => signal(false), []);
  const everybody = given.me.role === "administrator";
  const reload = async () => {
    const page = await attempt(() => get("/tokens", { owner: everybody ? "*" : null }));
    if (page) tokens.value = page.items;
  };
  const end = async (token) => {
    const sure = await confirmed({ title: `End the token “${token.label}”?`, text: "Programs that use it are refused from now on.", word: "End it" });
    if (sure && (await attempt(() => remove(path("tokens", token.token_id)))) !== undefined) await reload();
  };
  return html`<section class="sheet" aria-labelledby="tokens-title"><header><h2 id="tokens-title">API tokens</h2><div class="actions"><a class="button small plain" href="/api/v1/docs">What the API can do</a><${Button} kind="small" icon="plus" onClick=${() => (making.value = true)}>New token…<//></div></header>
    ${tokens.value.length ? html`<div class="table-scroll"><table class="table tokens"><thead><tr><th scope="col">What for</th>${everybody ? html`<th scope="col">Owner</th>` : null}<th scope="col">May</th>
        <th scope="col">Last used</th><th scope="col">Ends</th><th scope="col"><span class="visually-hidden">End it</span></th></tr></thead>
        <tbody>${tokens.value.map((token) => html`<tr key=${token.token_id}><th scope="row">${token.label}</th>${everybody ? html`<td>${token.owner}</td>` : null}
          <td>${token.role}${token.read_only ? ", only reading" : ""}</td><td class="quiet"><${Time} at=${token.used_at} none="never" /></td><td class="quiet"><${Time} at=${token.expires_at} none="never" /></td>
          <td class="row-actions"><${Button} kind="small plain" label=${`End the token ${token.label}`} onClick=${() => end(token)}>End…<//></td></tr>`)}</tbody></table></div>`
      : html`<${Empty} icon="lock" title="No token yet"><p>A token lets a program act for you, with your role or less: <code>chargeproof accept --server</code>, scripts, dashboards.</p><//>`}
    ${making.value ? html`<${TokenForm} roles=${given.roles} close=${() => (making.value = false)} reload=${reload} tell=${tell} />` : null}</section>`;
}

function TokenForm({ roles, close, reload, tell }) {
  const [label, setLabel] = useState("");
  const [role, setRole] = useState(roles.includes("tester") ? "tester" : roles[0]);
  const [readOnly, setReadOnly] = useState(false);
  const [days, setDays] = useState("90");
  const submit = async (event) => {
    event.preventDefault();
    const ends = Number(days) ? new Date(Date.now() + Number(days) * 86400000).toISOString() : null;
    const made = await attempt(() => post("/tokens", { label: label.trim(), role, read_only: readOnly, expires_at: ends }));
    if (!made) return;
    close();
    tell({ title: `The token “${made.token.label}”`, value: made.secret, text: "It is shown this once; only a hash of it is kept. Send it as: Authorization: Bearer …" });
    await reload();
  };
  return html`<${Dialog} title="New API token" onClose=${close}><form onSubmit=${submit}><div class="body form">
      <div class="field"><label for="label">What for</label><input class="input" id="label" required maxlength="200" autocomplete="off" placeholder="nightly acceptance run" value=${label} onInput=${(event) => setLabel(event.target.value)} /></div>
      <div class="field"><label for="token-role">May do what a … may</label><select class="input" id="token-role" value=${role} onChange=${(event) => setRole(event.target.value)}>${roles.map((each) => html`<option value=${each}>${each}</option>`)}</select></div>
      <label class="check"><input type="checkbox" checked=${readOnly} onChange=${(event) => setReadOnly(event.target.checked)} />Only read, whatever the role allows</label>
      <div class="field"><label for="ends">Ends</label><select class="input" id="ends" value=${days} onChange=${(event) => setDays(event.target.value)}>${Object.entries(DAYS).map(([each, words]) => html`<option value=${each}>${words}</option>`)}</select></div></div>
    <footer><button type="button" class="button" onClick=${(event) => event.target.closest("dialog").close()}>Cancel</button><button class="button primary">Make it</button></footer></form><//>`;
}
