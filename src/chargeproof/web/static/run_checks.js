/* Checks with verdict, reason and the entries that they rest on, one tap away; and a person's word beside the machine's. */
import { html, Button, Dialog, Pill, lacksRole, sentence, signal, useEffect, useState } from "console/ui.js";
import { attempt, get, path, post } from "console/api.js";
import { VerdictMark } from "console/run_marks.js";
import { exactTime } from "console/time.js";

const AROUND = 2;
/** The entry that is open beside its check: { check, n }. */
export const shownEntry = signal(null);

export function CheckRow({ check, runId, onOverrule }) {
  const open = shownEntry.value?.check === check.id ? shownEntry.value.n : null;
  const toggle = (n) => (shownEntry.value = open === n ? null : { check: check.id, n });
  return html`<li id=${`check-${check.id}`}><a class="id" href=${`#check-${check.id}`} title="The address of this check">${check.id}</a><span>${check.sentence}</span><${VerdictMark} verdict=${check.verdict} />
    ${check.reason ? html`<span class="reason">${check.reason}${check.remark ? html` <strong>${check.remark}</strong>` : null}</span>` : null}
    <span class="rests">${check.evidence.slice(0, 12).map((n) => html`<button type="button" class="entry-link" aria-pressed=${String(open === n)} aria-label=${`Entry ${n} of the record`} onClick=${() => toggle(n)}>#${n}</button>`)}
      ${check.evidence.length > 12 ? html`<span class="faint small">and ${check.evidence.length - 12} more</span>` : null}
      ${check.clause ? html`<span class="faint small">${check.clause}</span>` : null}
      ${onOverrule ? html`<${Button} kind="plain small" why=${lacksRole("tester")} onClick=${() => onOverrule(check)}>Overrule…<//>` : null}</span>
    ${check.overruled ? html`<span class="overruled"><${Pill} kind="remark" sign="✎">overruled<//> <${VerdictMark} verdict=${check.overruled.verdict} /> by ${check.overruled.by}: ${check.overruled.reason}</span>` : null}
    ${open === null ? null : html`<div class="reason"><${Evidence} runId=${runId} n=${open} /></div>`}</li>`;
}

/** An entry of the record with its neighbours, the cited one marked. */
export function Evidence({ runId, n }) {
  const [rows, setRows] = useState(null);
  useEffect(() => {
    let gone = false;
    attempt(() => get(`${path("runs", runId)}/entries`, { before: n + AROUND + 1, limit: 2 * AROUND + 1 })).then((page) => !gone && setRows(page?.items ?? []));
    return () => (gone = true);
  }, [n]);
  if (rows === null) return html`<div class="skeleton-rows" aria-hidden="true"><span><i class="skeleton w1"></i></span></div>`;
  return html`<div class="evidence" role="region" aria-label=${`Entry ${n}`}>${rows.map((row) => html`<${EntryBlock} key=${row.n} row=${row} cited=${row.n === n} />`)}</div>`;
}

function EntryBlock({ row, cited }) {
  const ref = (element) => cited && element?.scrollIntoView({ block: "nearest" });
  return html`<div class=${cited ? "entry cited" : "entry"} ref=${ref}>
    <div><span class="mono faint">#${row.n} ${row.time}</span> ${row.direction} <strong>${row.label}</strong> <span class="quiet">${row.gist}</span> ${row.answer_time ? html`<span class="faint small">${row.answer_time}</span>` : null}</div>
    ${row.deviations.map(([where, text]) => html`<div><${Pill} kind="remark" sign="◂">${where}<//> <span class="quiet">${text}</span></div>`)}
    ${cited && row.body ? html`<pre tabindex="0" role="region" aria-label="Frame">${row.body}</pre>` : null}</div>`;
}

const CHOICES = ["pass", "pass_with_remark", "fail", "inconclusive", "not_applicable"];

/** A person sets another verdict; the machine's stays visible. `onDone` gets the run as it is then. */
export function Overrule({ runId, check, onClose, onDone }) {
  const [verdict, setVerdict] = useState(check.overruled?.verdict ?? "pass");
  const [reason, setReason] = useState("");
  const send = async (event) => {
    event.preventDefault();
    const run = await attempt(() => post(`${path("runs", runId)}/overrulings`, { check: check.id, verdict: verdict || null, reason: reason.trim() }));
    if (run) onDone(run);
  };
  return html`<${Dialog} title=${`Overrule ${check.id}`} onClose=${onClose}><form onSubmit=${send}>
    <div class="body stack"><p>${check.sentence}</p><p class="quiet">The machine says <${VerdictMark} verdict=${check.verdict} />: ${sentence(check.reason)} It stays in the report, beside your word, your name and your reason.</p>
      <div class="field"><label for="overrule-verdict">Your verdict</label><select class="input" id="overrule-verdict" value=${verdict} onChange=${(event) => setVerdict(event.target.value)}>
        ${CHOICES.map((each) => html`<option value=${each}>${each.replaceAll("_", " ")}</option>`)}${check.overruled ? html`<option value="">take it back: the machine's stands</option>` : null}</select></div>
      <div class="field"><label for="overrule-reason">Reason</label><textarea class="input" id="overrule-reason" required maxlength="2000" value=${reason} onInput=${(event) => setReason(event.target.value)} /></div></div>
    <footer><button type="button" class="button" onClick=${onClose}>Cancel</button><button class="button primary" disabled=${!reason.trim()}>Overrule</button></footer></form><//>`;
}

/** One row of the live record. */
export function TailRow({ row }) {
  return html`<li class=${`of-${row.kind}`} data-n=${row.n}><time title=${row.time.includes("-") ? exactTime(row.time) : row.time}>${row.time}</time><span aria-hidden="true">${row.direction}</span>
    <span><span class="label">${row.label}</span> <span class="gist">${row.gist}</span>${row.deviations.length ? html` <${Pill} kind="remark" sign="◂">${row.deviations.length}<//>` : null}</span>
    <span class="faint small">${row.answer_time || html`<span class="mono">#${row.n}</span>`}</span></li>`;
}
