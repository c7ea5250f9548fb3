/* One message with those before and after it. */
import { html, data, mount } from "console/ui.js";
import { MessageRow } from "console/log.js";
import { MessageBody, messagePath } from "console/message.js";
import { NO_FILTER, searchOf } from "console/log_store.js";

const { message, words, around } = data();
const station = `/stations/${encodeURIComponent(message.charge_point_id)}`;

const toLog = (change) => location.assign(`${station}?${searchOf({ ...NO_FILTER, ...change })}`);

const Neighbour = ({ row }) => html`<li><a class="virtual-row neighbour" href=${messagePath(row)} aria-current=${row.number === message.number ? "true" : null}><${MessageRow} row=${row} /></a></li>`;

function Message() {
  const all = [...around.filter((row) => row.number < message.number), message, ...around.filter((row) => row.number > message.number)];
  return html`<div class="page-head"><h1>${message.action ?? "Malformed text"}</h1><span class="quiet">${message.about}</span></div>
    <div class="message-page">
      <article class="sheet message whole"><h2 class="visually-hidden">What was said</h2><${MessageBody} message=${message} words=${words} onRelated=${toLog} /></article>
      <section class="sheet" aria-label="Messages before and after it"><header><h2>Before and after</h2></header>
        <ol class="neighbours">${all.reverse().map((row) => html`<${Neighbour} key=${row.number} row=${row} />`)}</ol></section>
    </div>`;
}

mount("message", html`<${Message} />`);
