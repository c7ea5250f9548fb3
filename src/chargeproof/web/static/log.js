/* The message log of a station: live rows at the left, the chosen message with its fields at the right. */
import { html, Button, Empty, Icon, Pill, afterPause, signal, useEffect, useMemo, useRef, useState } from "console/ui.js";
import { address, path } from "console/api.js";
import { KINDS, NO_FILTER, filterOfSearch, messageLog, queryOf, searchOf } from "console/log_store.js";
import { MessageDetail } from "console/message.js";
import { VirtualList } from "console/virtual_list.js";
import { clockTime, exactTime, latency } from "console/time.js";

const OUTCOMES = { call_error: "CALLERROR", timed_out: "no answer", lost: "lost", late: "late", malformed: "malformed" };

export function MessageRow({ row }) {
  const up = row.caller === "charge_point";
  const count = row.deviations.length;
  return html`<time class="at" datetime=${row.requested_at} title=${exactTime(row.requested_at, row.clock_offset_s)}>${clockTime(row.requested_at)}</time>
    <span class=${`way ${up ? "up" : "down"}`} title=${up ? "from the station" : "to the station"}>${up ? "▲" : "▼"}<span class="visually-hidden">${up ? "from the station" : "to the station"}</span></span>
    <span class="action">${row.action ?? "malformed text"}</span>
    <span class="about">${row.about}</span>
    <span class="flags">${count ? html`<${Pill} kind="remark" sign="◂">${count}<span class="word"> ${count === 1 ? "deviation" : "deviations"}</span><//>` : null}
      ${OUTCOMES[row.outcome] ? html`<${Pill} kind="fail" sign="✕">${OUTCOMES[row.outcome]}<//>` : null}</span>
    <span class="took">${latency(row.latency_ms)}</span>`;
}

export function Log({ chargePointId, first, seq, words, actions }) {
  const log = useMemo(() => messageLog(chargePointId, first, seq, filterOfSearch(location.search)), []);
  const chosen = useMemo(() => signal(null), []);
  const box = useRef(null);
  const top = useRef(true);
  useEffect(() => log.end, []);
  const choose = (row) => {
    chosen.value = row;
    log.setAway(Boolean(row) || !top.current); // what is being read stays where it is
  };
  const leave = () => {
    if (!chosen.value) return;
    choose(null);
    box.current.querySelector(".virtual").focus();
  };
  const set = (change) => {
    log.setFilter(change);
    keepAddress(log.wanted.value);
  };
  const [rounds, setRounds] = useState(0);
  const beginAnew = (filter) => {
    set({ ...NO_FILTER, ...filter });
    setRounds(rounds + 1);
  };
  const toTop = () => {
    log.show();
    box.current.querySelector(".virtual").scrollTop = 0;
  };
  const rows = log.rows.value;
  const filtered = Object.values(log.wanted.value).some(Boolean);
  return html`<section class="log" ref=${box} aria-label="Messages">
    <${Filters} key=${rounds} log=${log} set=${set} actions=${actions} chargePointId=${chargePointId} />
    <div class=${chosen.value ? "log-body split" : "log-body"} onKeyDown=${(event) => event.key === "Escape" && leave()}>
      <div class="log-list">
        ${log.waiting.value.length ? html`<button type="button" class="news" onClick=${toTop}>${log.waiting.value.length} new</button>` : null}
        <${VirtualList} rows=${rows} Row=${MessageRow} label="Messages, the newest first" selected=${chosen.value?.number} busy=${log.loading.value}
          onSelect=${choose} onEnd=${log.fetchOlder}
          onTop=${(inSight) => {
            top.current = inSight;
            log.setAway(!inSight || Boolean(chosen.value));
          }} />
        ${rows.length || log.loading.value ? null : html`<${Nothing} filtered=${filtered} clear=${() => beginAnew({})} />`}
      </div>
      ${chosen.value ? html`<${MessageDetail} message=${chosen.value} words=${words} onClose=${leave}
        onRelated=${beginAnew} />` : null}
    </div>
  </section>`;
}

function Filters({ log, set, actions, chargePointId }) {
  const filter = log.wanted.value;
  const later = useMemo(() => afterPause(set), []);
  // What is typed stays as it is while rows come in and until it has become the filter.
  const [typed, setTyped] = useState({ text: filter.text, action: filter.action, id: filter.id });
  const keep = (name, target) => setTyped((before) => ({ ...before, [name]: target.value }));
  const type = (name) => ({ target }) => {
    keep(name, target);
    later({ [name]: target.value.trim() });
  };
  // Half a name is no action yet: until it is one, or all was typed, the rows stay.
  const actionOf = (text) => actions.find((each) => each.toLowerCase() === text.toLowerCase());
  const typeAction = ({ target }) => {
    keep("action", target);
    if (!target.value.trim() || actionOf(target.value.trim())) later({ action: actionOf(target.value.trim()) ?? "" });
  };
  const setAction = ({ target }) => later({ action: actionOf(target.value.trim()) ?? target.value.trim() });
  const download = (form) => address(`${path("charge-points", chargePointId)}/messages.${form}`, queryOf(filter));
  const range = filter.since || filter.until;
  return html`<form class="filters log-filters" role="search" aria-label="Messages" onSubmit=${(event) => event.preventDefault()}>
    <label class="search"><span class="visually-hidden">Text in the message</span><${Icon} name="search" />
      <input class="input" type="search" placeholder="Text in the message" value=${typed.text} onInput=${type("text")} /></label>
    <label><span class="visually-hidden">Action</span><input class="input action-filter" list="actions" placeholder="Action" value=${typed.action} onInput=${typeAction} onChange=${setAction} /></label>
    <datalist id="actions">${actions.map((action) => html`<option value=${action} />`)}</datalist>
    <label><span class="visually-hidden">Kind</span><select class="input" value=${filter.kind} onChange=${(event) => set({ kind: event.target.value })}>
      ${Object.entries(KINDS).map(([name, kind]) => html`<option value=${name}>${kind.title}</option>`)}</select></label>
    <label><span class="visually-hidden">Message id</span><input class="input id-filter" placeholder="Message id" value=${typed.id} onInput=${type("id")} /></label>
    ${range ? html`<button type="button" class="button small" onClick=${() => set({ since: "", until: "" })}>around ${clockTime(filter.since || filter.until)} <${Icon} name="close" /></button>` : null}
    <span class="log-actions">
      <${Button} icon=${log.paused.value ? "play" : "pause"} aria-pressed=${String(log.paused.value)} onClick=${() => log.setPaused(!log.paused.value)}>
        ${log.paused.value ? "Go on" : "Pause"}<//>
      <details class="menu"><summary class="button" aria-label="Export these messages"><${Icon} name="download" />Export</summary>
        <div class="menu-list right"><a href=${download("jsonl")} download>JSON lines<small>every message with its texts as sent</small></a>
          <a href=${download("csv")} download>CSV<small>for a spreadsheet</small></a></div></details>
    </span>
  </form>`;
}

function Nothing({ filtered, clear }) {
  if (!filtered) return html`<${Empty} icon="signal" title="No message yet"><p>Every message appears here the moment it is received or sent.</p><//>`;
  return html`<${Empty} icon="search" title="No message fits"><p>The filter hides all messages of this station.</p>
    <button type="button" class="button" onClick=${clear}>Show all messages</button><//>`;
}

function keepAddress(filter) {
  const kept = searchOf(filter);
  history.replaceState(null, "", location.pathname + (kept ? `?${kept}` : ""));
}
