/* The transactions of one station, below its head. */
import { html, data, mount } from "console/ui.js";
import { Commands, commandDesk } from "console/commands.js";
import { StationHead, liveStation } from "console/station_head.js";
import { TransactionTable, transactionList } from "console/transaction_table.js";

const given = data();
const live = liveStation(given);
const desk = commandDesk(live, given);
const list = transactionList(given.transactions, given.seq.transactions, { charge_point_id: live.id });

mount("station", html`<${StationHead} live=${live} tab="transactions"><${Commands} desk=${desk} /><//>
  <section class="sheet tab-body" aria-label="Transactions"><${TransactionTable} list=${list} /></section>`);
