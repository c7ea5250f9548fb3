/* One run, to stand in: what is to be done now, the functions with their verdicts as they fall, the record as it grows. */
import { html, Button, Time, confirmed, data, effect, goToHash, lacksRole, mount, signal, toast, useEffect, useRef, useState } from "console/ui.js";
import { attempt, get, path, post } from "console/api.js";
import { follow } from "console/live.js";
import { ActPrompt, Since, attention, setAttention } from "console/act_prompt.js";
import { ProfileForm, profileOf, remembered } from "console/profile_form.js";
import { CheckRow, Overrule, TailRow } from "console/run_checks.js";
import { Downloads } from "console/run_downloads.js";
import { VerdictMark, functionMark, isLive, labelOf, nameOf, phaseWords, shownOf, stationText, verdictMark } from "console/run_marks.js";
import { stopwatch } from "console/time.js";

const KEPT = 300;
const given = data();
const run = signal(given.run);
const entries = signal(given.entries);
const chosen = signal(named());
const overruled = signal(null);
const number = given.run.id;

/** An address may name a function (#function-8) or a check (#check-8.2a). */
function named() {
  const found = /^#(?:function-|check-)(?:TC_0*)?(\d+)/.exec(location.hash);
  return found ? Number(found[1]) : null;
}

addEventListener("hashchange", () => {
  chosen.value = named() ?? chosen.value;
  requestAnimationFrame(goToHash);
});

async function load() {
  const state = await attempt(() => get(path("runs", number)));
  if (state) take(state);
  const page = await attempt(() => get(`${path("runs", number)}/entries`, { before: 2 ** 53, limit: 100 }));
  if (page) entries.value = page.items;
}

function take(state) {
  if (state.revision >= run.value.revision) run.value = state;
}

follow(`run:${number}`, given.seq, {
  events(events) {
    const states = events.filter((event) => event.kind === "state");
    if (states.length) take(states.at(-1).data);
    const known = entries.value.at(-1)?.n ?? 0;
    const fresh = events.filter((event) => event.kind === "entry" && event.data.n > known).map((event) => event.data);
    if (fresh.length) entries.value = [...entries.value, ...fresh].slice(-KEPT);
  },
  reload: load,
});

// Who comes back may have overruled something on the command line meanwhile.
addEventListener("focus", () => isLive(run.value) || load());

async function stop() {
  const again = run.value.phase === "restoring";
  const sure = await confirmed(
    again
      ? { title: "Leave the station as it is?", text: "What the run changed stays changed, and is listed here.", word: "Leave it" }
      : { title: "Stop the run?", text: "The station is put back as it was, then the record is judged as far as it goes.", word: "Stop the run" },
  );
  if (!sure) return;
  const said = await attempt(() => post(`${path("runs", number)}/stop`));
  if (said) {
    toast(`${said.says[0].toUpperCase()}${said.says.slice(1)}.`);
    take(said.run);
  }
}

async function repeat(which) {
  const state = await attempt(() => post(`${path("runs", number)}/repeat`, { function: which }));
  if (state) take(state);
}

function Head() {
  const { station, charge_point_id: id, functions, began_at: began, elapsed_s: elapsed } = run.value;
  const asked = functions.filter((each) => each.phase !== "left_out");
  const done = asked.filter((each) => !["waiting", "playing"].includes(each.phase)).length;
  const name = [stationText(station), station.firmware && `fw ${station.firmware}`].filter(Boolean).join(" · ");
  return html`<div class=${`page-head run-head ${run.value.prompt ? "asked" : ""}`}><h1>Run ${number} · <a href=${`/stations/${encodeURIComponent(id)}`}>${id}</a></h1><span class="quiet">${name}</span>
    <div class="actions"><span class="quiet nowrap count">${done} of ${asked.length} ${asked.some((each) => each.group === "security") ? "cases" : "functions"} · ${isLive(run.value) && began ? html`<${Since} at=${began} />` : stopwatch(elapsed)}</span>
      ${isLive(run.value) ? html`<${Attention} /><${Button} kind="stop-run" why=${lacksRole("tester")} onClick=${stop}>Stop…<//>` : null}</div></div>
    <div class="progress" role="progressbar" aria-label="Functions played" aria-valuemin="0" aria-valuemax=${asked.length} aria-valuenow=${done}><i ref=${(it) => it && (it.style.width = `${asked.length ? (100 * done) / asked.length : 0}%`)} /></div>`;
}

function Attention() {
  const { sound, vibration } = attention.value;
  const box = (name, on, title) => html`<label class="check"><input type="checkbox" checked=${on} onChange=${(event) => setAttention({ [name]: event.target.checked })} /> ${title}</label>`;
  return html`<details class="menu"><summary class="button plain">Ring…</summary><div class="menu-list right"><div class="body">
    <h3>When something is to be done</h3>${box("sound", sound, "ring")}${box("vibration", vibration, "vibrate (on phones)")}</div></div></details>`;
}

/** The one loud thing: the act, the questions, what is waited for, or what came out. */
function Now() {
  const state = run.value;
  if (!isLive(state)) return html`<${Outcome} />`;
  if (state.prompt) return html`<${ActPrompt} run=${state} onStop=${stop} />`;
  if (state.phase === "questions") return html`<${Questions} key=${state.part} />`;
  const playing = state.functions.find((each) => each.phase === "playing");
  const title = state.phase === "running" && playing ? `${labelOf(playing)} ${playing.title}` : phaseWords(state);
  return html`<section class="sheet calm" aria-label="Now" role="status"><h2>${title[0].toUpperCase()}${title.slice(1)}</h2>
    <p class="quiet">${waitingText(state)}</p>${state.phase === "waiting" ? html`<p class="quiet">Its address of the central system: <code>${given.address}/</code>, followed by its id where it asks for the whole.</p>` : null}${state.last_prompt ? html`<p><${LastPrompt} prompt=${state.last_prompt} /></p>` : null}</section>`;
}

function waitingText(state) {
  if (state.says && state.phase !== "running") return `${state.says[0].toUpperCase()}${state.says.slice(1)}${/[.!?]$/.test(state.says) ? "" : "."}`;
  if (state.phase === "waiting") return `Waiting for ${state.charge_point_id} to connect and be ready.`;
  if (state.phase === "restoring") return "The station is put back as it was.";
  if (state.phase === "judging") return "The whole record is judged and the report is written.";
  return "Nothing is to be done at the station now.";
}

function LastPrompt({ prompt }) {
  const words = { done: ["✓", "pass", "done"], seen: ["✓", "pass", `the station shows it (${prompt.detail})`], cannot: ["–", "remark", `cannot: ${prompt.detail}`] };
  const [sign, kind, word] = words[prompt.phase];
  return html`<span class=${`mark ${kind}`}><i aria-hidden="true">${sign}</i></span> <span class="quiet">${prompt.sentence}</span> ${word}`;
}

function Questions() {
  const state = run.value;
  const [answers, setAnswers] = useState(() => remembered(state.questions));
  const send = (profile) => attempt(() => post(`${path("runs", number)}/profile`, { profile })).then((answered) => answered && take(answered));
  const go = (event) => {
    event.preventDefault();
    send(profileOf(answers, state.questions));
  };
  return html`<form class="sheet plan" onSubmit=${go}><fieldset><legend>About ${stationText(state.station) || "this model"}</legend>
    <p class="quiet">Asked once per model. The run goes on when this is answered.</p>
    <${ProfileForm} questions=${state.questions} answers=${answers} onChange=${setAnswers} firmware=${given.firmware} cards=${state.cards_read} />
    <div class="buttons"><button class="button primary wide" disabled=${Boolean(lacksRole("tester"))}>Go on</button>
      <button type="button" class="button" onClick=${() => send(null)}>Leave them open</button></div></fieldset></form>`;
}

function Outcome() {
  const state = run.value;
  const [sign, kind, word] = state.decided ? verdictMark(state.decided) : ["○", "none", phaseWords(state)];
  const overruledText = state.decided && state.verdict !== state.decided ? html`<span>The machine says <${VerdictMark} verdict=${state.verdict} />; ${state.overrulings} overruled.</span>` : null;
  return html`<section class=${`outcome ${kind}`} aria-label="Outcome"><span class=${`loud sign ${kind}`}><span aria-hidden="true">${sign}</span> ${word}</span>
      ${overruledText}<span class="quiet">${phaseWords(state)}${state.ended_at ? html` <${Time} at=${state.ended_at} />` : null}</span>
      <span class="buttons">${state.has_report ? html`<a class="button primary" href=${`/runs/${number}/report`}>Report</a><${Downloads} id=${number} />` : null}
        ${state.previous_run ? html`<a class="button" href=${`/compare?a=${state.previous_run}&b=${number}`}>Compare with run ${state.previous_run}</a>` : null}
        ${lacksRole("tester") ? null : html`<a class="button" href=${`/runs/new?station=${encodeURIComponent(state.charge_point_id)}`}>New run</a>`}</span>
      ${state.detail ? html`<p class="why">${state.detail}</p>` : null}
      ${state.left_changed.length ? html`<p class="why">Still changed at the station: ${state.left_changed.map((each) => `${each.key} (was ${each.was ?? "not there"})`).join(", ")}</p>` : null}</section>`;
}

function Functions() {
  const choose = (which) => {
    chosen.value = chosen.value === which ? null : which;
    history.replaceState(null, "", chosen.value === null ? location.pathname : `#function-${which}`);
  };
  return html`<nav class="sheet" aria-label=${shownOf(run.value.functions).some((each) => each.group === "security") ? "The cases" : "The 16 functions"}><ol class="function-list">${shownOf(run.value.functions).map((each) => {
    const [sign, kind, word] = functionMark(each);
    return html`<li key=${each.number}><button type="button" class=${each.phase === "left_out" ? "left-out" : ""} aria-pressed=${String(chosen.value === each.number)} onClick=${() => choose(each.number)}>
      <span class=${`sign ${kind}`} aria-hidden="true">${sign}</span><span class="no">${labelOf(each)}</span><span>${each.title}</span><span class="word">${word}${each.plays > 1 ? ` ×${each.plays}` : ""}</span></button></li>`;
  })}</ol></nav>`;
}

function Chosen() {
  const each = run.value.functions.find((one) => one.number === chosen.value);
  const place = useRef(null);
  useEffect(() => {
    if (goToHash()) return;
    // On a phone the list is far below: what was tapped must not open out of sight.
    const { top, bottom } = place.current?.getBoundingClientRect() ?? {};
    if (top < 0 || Math.min(bottom, top + 120) > innerHeight) place.current.scrollIntoView({ block: "start" });
  }, [chosen.value]);
  if (!each) return null;
  const why = lacksRole("tester") || (run.value.phase === "judging" ? "it is being judged" : "") || (each.phase === "playing" ? "it is being played" : "");
  return html`<section class="sheet function-report" ref=${place} aria-label=${nameOf(each)}><header><h2>${labelOf(each)} ${each.title}</h2>
      ${each.decided ? html`<${VerdictMark} verdict=${each.decided} />` : null}${each.verdict && !each.final ? html`<span class="faint small">so far</span>` : null}
      <span class="actions"><${Button} icon="refresh" why=${why} onClick=${() => repeat(each.number)}>Repeat<//>
        <${Button} kind="plain icon-only" icon="close" label="Close" onClick=${() => (chosen.value = null)} /></span></header>
    ${each.result ? html`<div class="result-cell"><span>in the form's result cell</span>${each.result}</div>` : null}
    ${each.checks.length
      ? html`<ul class="checks">${each.checks.map((check) => html`<${CheckRow} key=${check.id} check=${check} runId=${number} onOverrule=${isLive(run.value) ? null : (one) => (overruled.value = one)} />`)}</ul>`
      : html`<p class="body quiet">${each.phase === "left_out" ? "It is not part of this run; repeat plays it." : "Its checks are judged when it has been played."}</p>`}</section>`;
}

/** Pongs that follow one another are one row: the newest, with how many they were. */
function folded(rows) {
  const shown = [];
  for (const row of rows) {
    const before = shown.at(-1);
    const times = row.label === "pong" && before?.label === "pong" ? (before.times ?? 1) + 1 : 1;
    if (times > 1) shown.pop();
    shown.push(times > 1 ? { ...row, times, gist: `${times} times` } : row);
  }
  return shown;
}

/** The newest at the end; it stays where it is while somebody reads further up. */
function Tail() {
  const stick = (list) => {
    if (!list) return;
    if (list.dataset.away !== "yes") list.scrollTop = list.scrollHeight;
    list.onscroll = () => (list.dataset.away = list.scrollHeight - list.scrollTop - list.clientHeight > 40 ? "yes" : "no");
  };
  return html`<section class="sheet" aria-label="Record"><header><h2>Record</h2><span class="faint small">${run.value.entries} entries</span></header>
    <ol class="tail" tabindex="0" aria-label="What was said, the newest last" ref=${stick}>${folded(entries.value).map((row) => html`<${TailRow} key=${row.n} row=${row} />`)}</ol></section>`;
}

function Run() {
  const done = (state) => {
    overruled.value = null;
    take(state);
  };
  return html`<${Head} /><div class="run"><div class="run-side"><${Functions} /></div>
    <div class="run-main"><${Now} /><${Chosen} /><${Tail} /></div></div>
    ${overruled.value ? html`<${Overrule} runId=${number} check=${overruled.value} onClose=${() => (overruled.value = null)} onDone=${done} />` : null}`;
}

let awake = null; // the promise of a lock on the screen

/** A phone that lies beside the cable shall not go dark while the run goes on; a browser that cannot keep it lit does not. */
function stayAwake() {
  const wanted = isLive(run.value) && document.visibilityState === "visible";
  if (!navigator.wakeLock || wanted === Boolean(awake)) return;
  if (!wanted) awake.then((lock) => lock?.release());
  awake = wanted ? navigator.wakeLock.request("screen").catch(() => null) : null;
}

effect(stayAwake);
addEventListener("visibilitychange", stayAwake);
effect(() => {
  document.title = `${run.value.prompt ? "▶ " : ""}Run ${number} · chargeproof`;
});
mount("run", html`<${Run} />`);
