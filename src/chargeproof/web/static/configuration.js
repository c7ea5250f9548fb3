/* The configuration of a station: every key as last read, changed in place, compared and applied. */
import { html, data, mount } from "console/ui.js";
import { Comparison } from "console/configuration_comparison.js";
import { configurationDesk } from "console/configuration_desk.js";
import { ConfigurationTable } from "console/configuration_table.js";
import { StationHead, liveStation } from "console/station_head.js";

const given = data();
const live = liveStation(given);
const desk = configurationDesk(live, given);

function Page() {
  return html`<${StationHead} live=${live} tab="configuration" />
    <div class="sheet tab-body"><${ConfigurationTable} desk=${desk} /></div>
    ${desk.comparing.value ? html`<${Comparison} desk=${desk} />` : null}`;
}

mount("station", html`<${Page} />`);
