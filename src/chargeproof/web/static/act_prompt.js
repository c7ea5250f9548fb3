/* The present act, as large as it must be in the sun: what to do, for how long it has been asked, and the answers. */
import { html, Button, Dialog, Icon, lacksRole, signal, useEffect, useState } from "console/ui.js";
import { attempt, path, post } from "console/api.js";
import { Picture } from "console/act_pictures.js";
import { stopwatch } from "console/time.js";

const REASONS = ["The station has no such thing here", "It is not safe", "No card that would do", "The hardware is broken"];
const SETTINGS = "chargeproof-prompts";

/** { sound, vibration }: kept in this browser. */
export const attention = signal(kept());

function kept() {
  try {
    return { sound: false, vibration: true, ...JSON.parse(localStorage.getItem(SETTINGS) ?? "{}") };
  } catch {
    return { sound: false, vibration: true };
  }
}

export function setAttention(change) {
  attention.value = { ...attention.value, ...change };
  try {
    localStorage.setItem(SETTINGS, JSON.stringify(attention.value));
  } catch {
    // A browser that keeps nothing still rings until the page is closed.
  }
  if (change.sound || change.vibration) call();
}

let audio = null;

/** Ring and shake, as far as was wished and the browser lets it. */
function call() {
  if (attention.value.vibration && navigator.userActivation?.hasBeenActive) navigator.vibrate?.([120, 80, 120]);
  if (!attention.value.sound) return;
  audio ??= new AudioContext();
  [660, 880].forEach((pitch, index) => {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    const at = audio.currentTime + index * 0.18;
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0.2, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.16);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.18);
  });
}

export function ActPrompt({ run, onStop }) {
  const prompt = run.prompt;
  const [reasonAsked, setReasonAsked] = useState(false);
  useEffect(call, [prompt.id]);
  const [sent, setSent] = useState(0); // the prompt whose answer is on its way
  useEffect(() => setReasonAsked(false), [prompt.id]);
  const isSent = sent === prompt.id;
  const why = lacksRole("tester") || (isSent ? "the answer was sent" : "");
  const answer = async (said, reason = "") => {
    setSent(prompt.id);
    const taken = (await attempt(() => post(`${path("runs", run.id)}/prompt`, { prompt_id: prompt.id, said, reason }))) !== undefined;
    if (!taken) setSent(0);
    return taken;
  };
  return html`<section class="act" aria-label="What to do now" data-prompt=${prompt.id}>
      <div class="line"><span class="which">${prompt.act_number ? `Act ${prompt.act_number} of ${prompt.acts}` : "At the station"}</span>
        <span class="clock"><${Icon} name="clock" /><${Since} at=${prompt.asked_at} limit=${prompt.limit_s} /></span></div>
      <h2 aria-live="assertive">${unbroken(prompt.sentence)}</h2>
      <div><p class="tag">${prompt.connector_id ? html`Connector <strong>${prompt.connector_id}</strong>` : null}${prompt.id_tag ? html` · card <strong class="mono">${prompt.id_tag}</strong>` : null}</p>
        <p class="note">${prompt.seen_by_itself ? "Waiting for the station to show it…" : "Say when it is done: the station may not show it."}</p></div>
      <${Picture} name=${prompt.picture} />
      <div class="act-buttons thumb">
        <${Button} kind="primary" why=${why} onClick=${() => answer("done")}>${isSent ? "Sent…" : "Done"}<//>
        <${Button} why=${why} onClick=${() => setReasonAsked(true)}>Cannot…<//>
        <${Button} kind="plain stop" why=${lacksRole("tester")} onClick=${onStop}>Stop<//></div>
      ${reasonAsked ? html`<${Cannot} onClose=${() => setReasonAsked(false)} onAnswer=${(reason) => answer("cannot", reason)} />` : null}
    </section>`;
}

/** "connector 1" stays on one line. */
const unbroken = (text) => text.replace(/ (\d+)\b/g, "\u00a0$1");

/** Seconds since it was asked, once a second. */
export function Since({ at, limit = null }) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, (now - new Date(at).getTime()) / 1000);
  const left = limit === null ? Infinity : limit - seconds;
  return html`<span>${stopwatch(seconds)}${left < 120 ? html` <strong>${stopwatch(Math.max(0, left))} left</strong>` : null}</span>`;
}

function Cannot({ onClose, onAnswer }) {
  const [reason, setReason] = useState("");
  const send = async (event) => {
    event.preventDefault();
    if (await onAnswer(reason.trim() || "no reason was given")) onClose();
  };
  return html`<${Dialog} title="Why can it not be done?" onClose=${onClose}><form onSubmit=${send}>
    <div class="body stack"><p class="quiet">The reason goes into the report; checks that need this act become inconclusive.</p>
      <div class="chips">${REASONS.map((text) => html`<button type="button" class="button" aria-pressed=${String(reason === text)} onClick=${() => setReason(text)}>${text}</button>`)}</div>
      <div class="field"><label for="reason">Reason</label><input class="input" id="reason" maxlength="1000" autocomplete="off" value=${reason} onInput=${(event) => setReason(event.target.value)} /></div></div>
    <footer><button type="button" class="button" onClick=${onClose}>Back</button><button class="button primary">Cannot be done</button></footer></form><//>`;
}
