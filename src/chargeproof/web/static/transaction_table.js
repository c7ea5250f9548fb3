/* The table of transactions, of all stations or of one; live. */
import { html, Button, Empty, Icon, Mark, Time, afterPause, batch, quantity, signal, useMemo, useState } from "console/ui.js";
import { attempt, get } from "console/api.js";
import { follow } from "console/live.js";
import { duration } from "console/time.js";

const LIMIT = 100;

/** fixed: what the list is always asked with, e.g. { charge_point_id }. */
export function transactionList(first, seq, fixed = {}) {
  const rows = signal(first.items);
  const next = signal(first.next);
  const filter = signal({ charge_point_id: "", id_tag: "", open: "" });

  const query = () => ({ ...filter.value, ...fixed });
  const load = async (cursor = null) => {
    const asked = filter.value;
    const page = await attempt(() => get("/transactions", { ...query(), limit: LIMIT, cursor }));
    if (!page || asked !== filter.value) return;
    batch(() => {
      rows.value = cursor ? [...rows.value, ...page.items] : page.items;
      next.value = page.next;
    });
  };
  const fits = (row) => {
    const wanted = query();
    if (wanted.charge_point_id && row.charge_point_id !== wanted.charge_point_id) return false;
    if (wanted.id_tag && row.id_tag?.toLowerCase() !== wanted.id_tag.toLowerCase()) return false;
    return !wanted.open || String(row.open) === wanted.open;
  };
  const take = (events) => {
    const changed = new Map(events.map(({ data: row }) => [row.transaction_id, row]));
    const known = rows.value.map((row) => changed.get(row.transaction_id) ?? row).filter(fits);
    const numbers = new Set(known.map((row) => row.transaction_id));
    const fresh = [...changed.values()].filter((row) => !numbers.has(row.transaction_id) && fits(row));
    rows.value = [...fresh, ...known].sort((one, other) => other.transaction_id - one.transaction_id);
  };
  const set = (change) => {
    filter.value = { ...filter.value, ...change };
    return load();
  };
  follow("transactions", seq, { events: take, reload: () => load() });
  return { rows, next, filter, set, load, fixed };
}

export function TransactionTable({ list }) {
  const filtered = Object.values(list.filter.value).some(Boolean);
  const rows = list.rows.value;
  return html`<header><${Filters} list=${list} /></header>
    ${rows.length ? html`<div class="table-scroll"><table class="table transactions"><thead><tr>
        <th scope="col" class="number">No.</th>${list.fixed.charge_point_id ? null : html`<th scope="col">Station</th>`}<th scope="col">Connector</th><th scope="col">Id tag</th>
        <th scope="col">Started</th><th scope="col" class="number">Duration</th><th scope="col" class="number">Energy</th><th scope="col">State</th></tr></thead>
        <tbody>${rows.map((row) => html`<${Row} key=${row.transaction_id} row=${row} withStation=${!list.fixed.charge_point_id} />`)}</tbody></table></div>`
      : filtered ? html`<${Empty} icon="search" title="No transaction fits"><p>Change the filters.</p><//>`
        : html`<${Empty} icon="transactions" title="No transaction yet"><p>A transaction appears here with its station's StartTransaction. Present a card at a station, or send Remote start from its page.</p><//>`}
    ${rows.length ? html`<div class="table-foot"><span>${rows.length}${list.next.value ? "+" : ""} shown</span>
      ${list.next.value ? html`<${Button} kind="small" onClick=${() => list.load(list.next.value)}>Show more<//>` : null}</div>` : null}`;
}

function Row({ row, withStation }) {
  const started = row.started_at ?? row.start_received_at;
  const seconds = row.duration_s ?? (row.open ? (Date.now() - new Date(row.start_received_at)) / 1000 : null);
  return html`<tr>
    <td class="number name"><a class="row-link" href=${`/transactions/${row.transaction_id}`}>${row.transaction_id}</a></td>
    ${withStation ? html`<td class="station"><a href=${`/stations/${encodeURIComponent(row.charge_point_id)}`}>${row.charge_point_id}</a></td>` : null}
    <td class="connector"><span class="only-phone">connector </span>${row.connector_id ?? "–"}</td>
    <td class="tag"><span class="mono">${row.id_tag ?? "–"}</span>${row.id_tag_status === "Accepted" ? null : html` <${Mark} sign="✕" kind="fail" word=${row.id_tag_status} />`}</td>
    <td class="started"><${Time} at=${started} /></td>
    <td class="number took">${seconds === null ? "–" : duration(seconds)}</td>
    <td class="number energy"><strong>${quantity(row.energy_wh, "Wh")}</strong></td>
    <td class="state">${row.open ? html`<${Mark} sign="●" kind="accent" word="open" />` : html`<span class="quiet">${row.stop_reason ?? "stopped"}</span>`}</td></tr>`;
}

/** Offers the stations by a part of their id; until one is meant, the rows stay. */
function StationFilter({ choose }) {
  const [offers, setOffers] = useState([]);
  const ask = useMemo(() => afterPause(async ({ search }) => setOffers((await attempt(() => get("/charge-points", { search, limit: 20 })))?.items ?? [])), []);
  const type = ({ target }) => {
    const wanted = target.value.trim();
    ask({ search: wanted });
    if (!wanted || offers.some((each) => each.charge_point_id === wanted)) choose(wanted);
  };
  return html`<label class="search"><span class="visually-hidden">Station</span><${Icon} name="search" />
    <input class="input" type="search" list="stations-offered" placeholder="Station" autocomplete="off" onInput=${type} onFocus=${() => ask({ search: "" })} onChange=${({ target }) => choose(target.value.trim())} />
    <datalist id="stations-offered">${offers.map((each) => html`<option value=${each.charge_point_id} />`)}</datalist></label>`;
}

function Filters({ list }) {
  const later = useMemo(() => afterPause(list.set), []);
  const text = (name, label) => html`<label class="search"><span class="visually-hidden">${label}</span><${Icon} name="search" />
    <input class="input" type="search" placeholder=${label} onInput=${(event) => later({ [name]: event.target.value.trim() })} /></label>`;
  return html`<div class="filters" role="search" aria-label="Transactions">
    ${list.fixed.charge_point_id ? null : html`<${StationFilter} choose=${(id) => later({ charge_point_id: id })} />`}
    ${text("id_tag", "Id tag")}
    <label><span class="visually-hidden">State</span><select class="input" onChange=${(event) => list.set({ open: event.target.value })}>
      <option value="">Open or ended</option><option value="true">Open</option><option value="false">Ended</option></select></label></div>`;
}
