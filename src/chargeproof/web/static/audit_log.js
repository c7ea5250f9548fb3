/* Who did what, newest first. */
import { html, Button, Empty, Icon, Mark, Time, afterPause, batch, signal, useMemo } from "console/ui.js";
import { attempt, get } from "console/api.js";

const OUTCOMES = { done: ["✓", "none"], refused: ["✕", "fail"], failed: ["!", "remark"] };
const LIMIT = 50;

export function AuditLog({ first }) {
  const log = useMemo(() => auditLog(first), []);
  const entries = log.entries.value;
  return html`<section class="sheet" aria-labelledby="audit-title"><header><h2 id="audit-title">Who did what</h2><div class="filters" role="search" aria-label="Who did what">
      <label class="search"><span class="visually-hidden">Text in who, what or on what</span><${Icon} name="search" /><input class="input" type="search" placeholder="Who, what or on what" onInput=${(event) => log.later({ text: event.target.value.trim() })} /></label>
      <label><span class="visually-hidden">Outcome</span><select class="input" onChange=${(event) => log.narrow({ outcome: event.target.value })}><option value="">Any outcome</option>
        ${Object.keys(OUTCOMES).map((each) => html`<option value=${each}>${each}</option>`)}</select></label></div></header>
    ${entries.length ? html`<div class="table-scroll"><table class="table audit"><thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">On what</th><th scope="col">Outcome</th><th scope="col">From</th></tr></thead>
        <tbody>${entries.map((entry) => html`<${Entry} key=${entry.number} entry=${entry} />`)}</tbody></table></div>`
      : html`<${Empty} icon="search" title="Nothing fits"><p>Change the search or the outcome.</p><//>`}
    ${log.next.value ? html`<div class="table-foot"><${Button} kind="small" onClick=${() => log.load(log.next.value)}>Show more<//></div>` : null}</section>`;
}

function Entry({ entry }) {
  const [sign, kind] = OUTCOMES[entry.outcome];
  return html`<tr><td class="when"><${Time} at=${entry.at} /></td><td class="who"><strong>${entry.who || "somebody"}</strong> <span class="faint small">${entry.via === "nothing" ? "not logged in" : `by ${entry.via}`}</span></td>
    <td class="action">${entry.action.replaceAll("_", " ")}</td><td class="on">${entry.subject}${entry.detail ? html` <span class="quiet" title=${entry.detail}>${entry.detail}</span>` : null}</td>
    <td class="state"><${Mark} sign=${sign} kind=${kind} word=${entry.outcome} />${entry.outcome !== "done" && entry.status ? html` <span class="faint small">${entry.status}</span>` : null}</td><td class="from faint small">${entry.remote}</td></tr>`;
}

function auditLog(first) {
  const entries = signal(first.items);
  const next = signal(first.next);
  const filter = signal({ text: "", outcome: "" });
  const load = async (cursor = null) => {
    const asked = filter.value;
    const page = await attempt(() => get("/audit", { ...asked, limit: LIMIT, cursor }));
    if (!page || asked !== filter.value) return;
    batch(() => {
      entries.value = cursor ? [...entries.value, ...page.items] : page.items;
      next.value = page.next;
    });
  };
  const narrow = (change) => {
    filter.value = { ...filter.value, ...change };
    return load();
  };
  return { entries, next, load, narrow, later: afterPause(narrow) };
}
