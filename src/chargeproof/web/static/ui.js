/* What every page's module draws with. `html` is preact by htm: html`<${Time} at=${row.at} />`. */
import { Fragment, h, render } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import htm from "htm";
import { exactTime, showRelative } from "console/time.js";

export { Fragment, render };
export { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, useComputed, useSignal } from "@preact/signals";
export const html = htm.bind(h);

const icons = document.querySelector('meta[name="icons"]').content;

/** What the server laid into the page. */
export function data() {
  return JSON.parse(document.getElementById("data").textContent);
}

/** Draw a component in place of the skeleton in the element with that id. */
export function mount(id, component) {
  const place = document.getElementById(id);
  place.replaceChildren();
  render(component, place);
}

/** What the address names lies in the page only once a module has drawn it. */
export function goToHash() {
  const named = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  named?.scrollIntoView({ block: "start" });
  return Boolean(named);
}

const RANK = ["viewer", "tester", "operator", "administrator"];

/** Whether the person who looks at the page may do what takes that role. */
export function may(role) {
  return RANK.indexOf(document.documentElement.dataset.role) >= RANK.indexOf(role);
}

/** Why not, as a sentence; "" when they may. */
export function lacksRole(role) {
  return may(role) ? "" : `this takes the role ${role}`;
}

export function Icon({ name }) {
  return html`<svg class="icon" aria-hidden="true"><use href=${`${icons}#${name}`} /></svg>`;
}

/** A time, told relative to now (`since`: without "ago"); the exact UTC, and the station's own where known, on hover. */
export function Time({ at, offset = null, none = "–", since = false }) {
  if (!at) return html`<span class="faint">${none}</span>`;
  return html`<time datetime=${at} data-relative=${since ? "since" : ""} title=${exactTime(at, offset)} ref=${(it) => it && showRelative(it)} />`;
}

export const VERDICTS = {
  pass: ["✓", "pass"],
  "pass with remark": ["✓•", "remark"],
  fail: ["✕", "fail"],
  inconclusive: ["?", "unclear"],
  "not applicable": ["–", "none"],
  "not run": ["○", "none"],
  "tool error": ["!", "remark"],
};

/** A verdict as a sign and a word. */
export function Verdict({ verdict }) {
  const [sign, kind] = VERDICTS[verdict] ?? ["?", "unclear"];
  return html`<${Mark} sign=${sign} kind=${kind} word=${verdict} />`;
}

export function Mark({ sign, kind = "none", word, title }) {
  return html`<span class=${`mark ${kind}`} title=${title}><i aria-hidden="true">${sign}</i>${word}</span>`;
}

export function Pill({ kind = "", sign, title, children }) {
  const before = sign ? html`<span aria-hidden="true">${sign}</span>` : null;
  return html`<span class=${`pill ${kind}`} title=${title}>${before}${children}</span>`;
}

/** A button that says why when it cannot be used: `why` is a sentence, "" while it works. */
export function Button({ why = "", onClick, kind = "", icon, label, children, ...rest }) {
  const act = (event) => (why ? toast(sentence(why)) : onClick?.(event));
  return html`<button type="button" class=${`button ${kind}`} aria-disabled=${why ? "true" : null}
    title=${why || label || null} aria-label=${label ? (why ? `${label}: ${why}` : label) : null} onClick=${act} ...${rest}>
    ${icon ? html`<${Icon} name=${icon} />` : null}${children}</button>`;
}

export function Empty({ icon, title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><h2>${title}</h2>${children}</div>`;
}

export function sentence(text) {
  const trimmed = String(text ?? "").trim();
  if (!trimmed) return "";
  const whole = trimmed[0].toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(whole) ? whole : `${whole}.`;
}

/** A note at the edge that goes away by itself, or by the function that is returned; failures stay until they are closed. kind: "", "pass", "fail". */
export function toast(text, { kind = "", remedy = "" } = {}) {
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  if (dialog && kind === "fail") return sayIn(dialog, text, remedy);
  const place = document.getElementById("toasts");
  const note = document.createElement("div");
  const away = () => note.remove();
  note.className = `toast ${kind}`;
  render(
    html`<p>${text}${remedy ? html`<span class="remedy"> ${sentence(remedy)}</span>` : null}</p>
      <button type="button" class="button plain icon-only small" aria-label="Close" onClick=${away}><${Icon} name="close" /></button>`,
    note,
  );
  place.append(note);
  while (place.children.length > 4) place.firstChild.remove();
  if (kind !== "fail") setTimeout(away, 6000);
  return away;
}

/** What went wrong in a dialog is said in it: all else is out of reach while it is open. Gone with the next key. */
function sayIn(dialog, text, remedy) {
  dialog.querySelector(".said")?.remove();
  const note = document.createElement("div");
  note.className = "notice fail said";
  note.setAttribute("role", "alert");
  render(html`<div>${text}${remedy ? html`<span class="remedy">${sentence(remedy)}</span>` : null}</div>`, note);
  const foot = dialog.querySelector("footer");
  if (foot) foot.before(note);
  else dialog.append(note);
  dialog.addEventListener("input", () => note.remove(), { once: true });
  return () => note.remove();
}

/** Calls `change` with all that was changed once nothing was for a moment: of two fields neither is forgotten. */
export function afterPause(change, ms = 250) {
  let timer = 0;
  let pending = {};
  return (part) => {
    pending = { ...pending, ...part };
    clearTimeout(timer);
    timer = setTimeout(() => {
      const whole = pending;
      pending = {};
      change(whole);
    }, ms);
  };
}

/** What has the focus now, or the button of the menu that it is in: a menu is closed when one comes back to it. */
function focused() {
  const at = document.activeElement;
  return at?.closest("details.menu")?.querySelector("summary") ?? at;
}

/** Where a dialog was opened has the focus again, unless something else took it. */
function giveBack(opener) {
  if ((document.activeElement ?? document.body) === document.body && opener?.isConnected) opener.focus();
}

/** Ask before something that cannot be undone; resolves to whether it may be done. */
export function confirmed({ title, text, word, danger = true }) {
  return new Promise((resolve) => {
    const opener = focused();
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-label", title);
    render(
      html`<header><h2>${title}</h2></header><div class="body"><p>${text}</p></div>
        <footer><button type="button" class="button" onClick=${() => dialog.close("")}>Cancel</button>
        <button type="button" class=${`button ${danger ? "danger" : "primary"}`} onClick=${() => dialog.close("yes")}>${word}</button></footer>`,
      dialog,
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      giveBack(opener);
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("footer .button").focus();
  });
}

/** A dialog around any content; `onClose` is called when it goes. */
export function Dialog({ title, onClose, children }) {
  const [opener] = useState(focused);
  useLayoutEffect(() => () => void setTimeout(() => giveBack(opener)), []);
  const open = (dialog) => {
    if (dialog && !dialog.open) dialog.showModal();
  };
  return html`<dialog ref=${open} aria-label=${title} onClose=${onClose}
    onClick=${(event) => event.target === event.currentTarget && event.currentTarget.close()}>
    <header><h2>${title}</h2></header>${children}</dialog>`;
}

export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what}.`);
  } catch {
    toast("The browser does not let this page copy.", { kind: "fail", remedy: "Select the text and copy it" });
  }
}

/** 7312 → "7.3 kW", 512 → "512 W". */
export function quantity(value, unit) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const big = Math.abs(value) >= 1000 && /^(W|Wh|VA|var|varh)$/.test(unit);
  const shown = big ? value / 1000 : value;
  const digits = Math.abs(shown) >= 100 ? 0 : Math.abs(shown) >= 10 ? 1 : 2;
  return `${big ? shown.toFixed(digits) : Number(shown.toFixed(digits))} ${big ? "k" : ""}${unit}`;
}
