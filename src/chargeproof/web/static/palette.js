/* "/" or Ctrl+K: go to a page, a station, a transaction, by a few letters of its name. */
import { html, Icon, render, useRef, useState } from "console/ui.js";
import { get, Problem } from "console/api.js";

const pages = () =>
  [...document.querySelectorAll(".rail .nav a")].map((link) => ({ title: link.textContent.trim(), path: link.getAttribute("href"), icon: iconOf(link), kind: "page" }));

const iconOf = (link) => link.querySelector("use").getAttribute("href").split("#")[1];

async function found(text) {
  const wanted = text.trim().toLowerCase();
  const options = pages().filter((page) => page.title.toLowerCase().includes(wanted));
  if (!wanted) return options;
  if (/^\d+$/.test(wanted)) options.push({ title: `Transaction ${wanted}`, path: `/transactions/${wanted}`, icon: "transactions", kind: "transaction" });
  try {
    const { items } = await get("/charge-points", { search: wanted, limit: 8 });
    const stations = items.map((station) => ({
      title: station.charge_point_id,
      path: `/stations/${encodeURIComponent(station.charge_point_id)}`,
      icon: "stations",
      kind: station.online ? "station, online" : "station, offline",
    }));
    return [...stations, ...options];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return options;
  }
}

function Palette({ close }) {
  const [options, setOptions] = useState(pages);
  const [at, setAt] = useState(0);
  const asked = useRef(0);
  const onInput = async (event) => {
    const question = ++asked.current;
    const answer = await found(event.target.value);
    if (question !== asked.current) return;
    setOptions(answer);
    setAt(0);
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt((at + step + options.length) % Math.max(1, options.length));
    }
    if (event.key === "Enter" && options[at]) go(options[at]);
  };
  const go = (option) => {
    close();
    location.assign(option.path);
  };
  return html`
    <input class="input" type="text" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-label="Go to"
      aria-activedescendant=${options[at] ? `palette-${at}` : null} placeholder="Go to a station, a transaction number, a page"
      autocomplete="off" spellcheck=${false} onInput=${onInput} onKeyDown=${onKeyDown} />
    <ul id="palette-list" role="listbox" aria-label="Places">
      ${options.map((option, index) => html`<li id=${`palette-${index}`} role="option" aria-selected=${String(index === at)}
        onClick=${() => go(option)} onPointerMove=${() => setAt(index)}><${Icon} name=${option.icon} />${option.title}<small>${option.kind}</small></li>`)}
    </ul>
    ${options.length ? null : html`<p class="empty">Nothing has this in its name.</p>`}`;
}

export function openPalette() {
  const dialog = document.createElement("dialog");
  dialog.className = "palette";
  dialog.setAttribute("aria-label", "Go to");
  render(html`<${Palette} close=${() => dialog.close()} />`, dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("input").focus();
}
