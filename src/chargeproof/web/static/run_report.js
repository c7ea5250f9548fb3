/* The report of a run: the form, each check with its evidence beside it, what was measured, what deviates. */
import { html, Empty, Pill, Time, data, goToHash, mount, signal } from "console/ui.js";
import { attempt, get, path } from "console/api.js";
import { CheckRow, Overrule } from "console/run_checks.js";
import { Downloads } from "console/run_downloads.js";
import { VerdictMark, labelOf, verdictMark } from "console/run_marks.js";
import { duration, stopwatch } from "console/time.js";

const given = data();
const report = signal(given.report);
const number = given.run.id;
const overruled = signal(null);

async function afterOverruling() {
  overruled.value = null;
  await load();
}

async function load() {
  report.value = (await attempt(() => get(`${path("runs", number)}/report.json`))) ?? report.value;
}

// Who comes back may have overruled something on the command line meanwhile.
addEventListener("focus", () => report.value && load());

function Head() {
  const { decided, outcome, environment } = report.value;
  const [sign, kind, word] = verdictMark(decided);
  return html`<div class="page-head"><h1>Report of run ${number}</h1><span class="quiet">${given.run.charge_point_id}</span>
      <div class="actions"><${Downloads} id=${number} beside=${2} /></div></div>
    <section class=${`outcome ${kind}`} aria-label="Outcome"><span class=${`loud sign ${kind}`}><span aria-hidden="true">${sign}</span> ${word}</span>
      ${outcome === decided ? null : html`<span>the machine says <${VerdictMark} verdict=${outcome} /></span>`}
      <${Tally} /><span class="quiet"><${Time} at=${environment.ended_at ?? environment.began_at} /></span>
      <span class="buttons"><a class="button" href=${`/api/v1/runs/${number}/report.html`}>The form</a>
        ${given.run.previous_run ? html`<a class="button" href=${`/compare?a=${given.run.previous_run}&b=${number}`}>Compare with run ${given.run.previous_run}</a>` : null}</span></section>`;
}

/** The document's functions, unless none was asked for, and the cases beside them that were. */
function rows() {
  const asked = new Set(report.value.environment.functions);
  const further = (report.value.further ?? []).flatMap((group) => group.cases).filter((each) => asked.has(each.number));
  const document = report.value.functions;
  return [...(further.length && !document.some((each) => asked.has(each.number)) ? [] : document), ...further];
}

/** Worst first. */
const ORDER = ["fail", "tool_error", "inconclusive", "pass_with_remark", "pass", "not_applicable", "not_run"];

function Tally() {
  const counts = new Map();
  for (const each of rows().flatMap((one) => one.criteria)) counts.set(each.decided, (counts.get(each.decided) ?? 0) + 1);
  const sorted = [...counts].sort(([one], [other]) => ORDER.indexOf(one) - ORDER.indexOf(other));
  return html`<span class="chips">${sorted.map(([verdict, count]) => {
    const [sign, kind, word] = verdictMark(verdict);
    return html`<${Pill} kind=${kind} sign=${sign}>${count} ${word}<//>`;
  })}</span>`;
}

function Form() {
  return html`<section class="sheet" aria-label="Header of the form"><dl class="form-facts">${report.value.header.map((field) => html`<div><dt>${field.name}</dt>
    <dd>${field.wire || field.typed || html`<span class="faint">not said</span>`}${field.differs ? html` <${Pill} kind="remark" sign="≠">typed: ${field.typed}<//>` : null}</dd></div>`)}</dl></section>`;
}

function Function({ each }) {
  return html`<section class="sheet function-report" id=${`function-${each.number}`} aria-label=${`${labelOf(each)} ${each.title}`}><header><h2>${labelOf(each)} ${each.title}</h2><span class="actions"><${VerdictMark} verdict=${each.decided} /></span></header>
    <div class="result-cell"><span>in the form's result cell</span>${each.result || "–"}</div>
    ${each.criteria.map((one) => html`<div class="criterion"><header><span class="quiet">${one.id}</span><span>${one.text}</span><${VerdictMark} verdict=${one.decided} /></header>
      <ul class="checks">${one.checks.map((check) => html`<${CheckRow} key=${check.id} check=${check} runId=${number} onOverrule=${(which) => (overruled.value = which)} />`)}</ul></div>`)}
    ${each.other_plays.map((play) => html`<p class="body quiet">Played also in part ${play.part}: <${VerdictMark} verdict=${play.verdict} /> ${play.why}</p>`)}</section>`;
}

/** Those that were asked for, or decided by a person, as they are; the others folded up below. */
function Functions() {
  const asked = new Set(report.value.environment.functions);
  const isShown = (each) => asked.has(each.number) || each.decided !== "not_run";
  const others = rows().filter((each) => !isShown(each));
  return html`<div class="stack">${rows().filter(isShown).map((each) => html`<${Function} key=${each.number} each=${each} />`)}
    ${others.length ? html`<section class="sheet left-out" aria-label="Not part of this run"><header><h2>Not part of this run</h2><span class="faint small">${others.length}</span></header>
      ${others.map((each) => html`<details key=${each.number}><summary>${labelOf(each)} ${each.title}</summary><${Function} each=${each} /></details>`)}</section>` : null}</div>`;
}

function Deviations() {
  const { lints } = report.value;
  return html`<section class="sheet" aria-label="Deviations"><header><h2>Deviations</h2><span class="faint small">${lints.length} kinds</span></header>
    ${lints.length ? html`<ul class="checks">${lints.map((each) => html`<li><span class="id">${each.id}</span><span>${each.title}</span><${Pill} kind="remark">${each.count}×<//>
      <span class="reason">${each.advice} <span class="faint">${each.clause}; first at entry #${each.first_entry}</span></span></li>`)}</ul>` : html`<p class="body quiet">None was seen.</p>`}</section>`;
}

function Figures() {
  const { figures, environment } = report.value;
  const rows = [
    ["Clock", figures.clock_offset ? `${figures.clock_offset.seconds.toFixed(1)} s` : "not measured"],
    ["Run", stopwatch(figures.run_s)],
    ["Of it, waiting for hands", stopwatch(figures.hands_s)],
    ["Frames", figures.frames],
    ["Connections", figures.connections],
    ["Configuration keys", figures.configuration_count ?? "–"],
    ...figures.reboots.map((each) => [`Restart: ${each.cause}`, each.seconds === null ? "did not come back" : duration(each.seconds)]),
    ...(environment.lines?.length ? environment.lines.flatMap(line) : [["Sub-protocol", environment.subprotocol || "–"], ["TLS", environment.tls || "none"], ["Authentication", environment.authentication || "none"]]),
    ["Hands", environment.site],
    ["Tool", environment.tool_version],
  ];
  return html`<section class="sheet" aria-label="Figures"><header><h2>Figures</h2></header><div class="table-scroll"><table class="table"><tbody>
    ${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td class="number">${value}</td></tr>`)}</tbody></table></div></section>
    <section class="sheet" aria-label="Answer times"><header><h2>Answer times</h2></header><div class="table-scroll"><table class="table"><thead><tr><th scope="col">Action</th><th scope="col" class="number">Sent</th><th scope="col" class="number">Median</th><th scope="col" class="number">Slowest</th></tr></thead>
      <tbody>${figures.answer_times.map((each) => html`<tr><td>${each.action}</td><td class="number">${each.sent}</td><td class="number">${span(each.spread?.median)}</td><td class="number">${span(each.spread?.max)}</td></tr>`)}</tbody></table></div></section>`;
}

/** How the station was connected: what there is to say of one way, row by row. */
const line = (each) => [
  ["Sub-protocol", each.subprotocol || "none"],
  ["Security profile", each.profile ?? "–"],
  ["TLS", `${each.protocol} ${each.cipher}`.trim() || "none"],
  ["Our certificate", each.server_certificate],
  ["Authentication", each.password_form ? `${each.authentication}, as ${each.password_form}` : each.authentication],
  ["Station certificate", each.certificate_serial && `${each.certificate_subject}, ${each.certificate_serial}`],
].filter(([, value]) => value !== "");

const span = (seconds) => (seconds === undefined ? "–" : seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`);

function Report() {
  if (!report.value) return html`<div class="page-head"><h1>Report of run ${number}</h1></div><section class="sheet"><${Empty} icon="runs" title="No report yet"><p>It is written when the run has ended.</p><a class="button" href=${`/runs/${number}`}>To the run</a><//></section>`;
  return html`<div class="stack"><${Head} /><${Form} /><div class="report-body"><${Functions} />
    <div class="report-side"><${Deviations} /><${Figures} /></div></div><p class="faint small">${report.value.statement} ${report.value.judging.self_proof ? html`<a href="/api/v1/runs/${number}/report.html">How this judge was proved</a>` : null}</p></div>
    ${overruled.value ? html`<${Overrule} runId=${number} check=${overruled.value} onClose=${() => (overruled.value = null)} onDone=${afterOverruling} />` : null}`;
}

mount("report", html`<${Report} />`);
goToHash();
