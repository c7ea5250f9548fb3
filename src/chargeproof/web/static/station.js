/* A station's first page: its message log below its head. */
import { html, data, mount } from "console/ui.js";
import { Commands, commandDesk } from "console/commands.js";
import { Hands } from "console/hands.js";
import { Log } from "console/log.js";
import { StationHead, liveStation } from "console/station_head.js";

const given = data();
const live = liveStation(given);
const desk = commandDesk(live, given);

function Station() {
  return html`<${StationHead} live=${live} tab="messages"><${Hands} live=${live} first=${given.simulated} /><${Commands} desk=${desk} /><//>
    <div class="sheet tab-body"><${Log} chargePointId=${live.id} first=${given.messages} seq=${given.seq.messages} words=${given.words} actions=${given.actions} /></div>`;
}

mount("station", html`<${Station} />`);
