/* All transactions. */
import { html, data, mount } from "console/ui.js";
import { TransactionTable, transactionList } from "console/transaction_table.js";

const given = data();
const list = transactionList(given.transactions, given.seq);

mount("transactions", html`<div class="page-head"><h1>Transactions</h1></div>
  <section class="sheet" aria-label="All transactions"><${TransactionTable} list=${list} /></section>`);
