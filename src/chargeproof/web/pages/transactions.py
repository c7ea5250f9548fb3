"""`/transactions` and `/transactions/{number}`: what was charged, and how it went over time."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from chargeproof.web.api.transactions import (
    TransactionId,
    get_meter_values,
    get_transaction,
    list_transactions,
)
from chargeproof.web.office import Office
from chargeproof.web.pages.page import rendered
from chargeproof.web.people.roles import Role

READS = {"role": Role.VIEWER}
FIRST = 100


@get("/transactions", opt=READS, include_in_schema=False)
async def transactions_page(
    request: Request[Any, Any, Any], office: NamedDependency[Office]
) -> Response[str]:
    seq = await office.events.seq("transactions")
    data = {"seq": seq, "transactions": await list_transactions.fn(office, limit=FIRST)}
    return rendered(
        request,
        "transactions.html",
        title="Transactions",
        section="transactions",
        data=data,
        styles=("transactions.css",),
    )


@get("/transactions/{transaction_id:int}", opt=READS, include_in_schema=False)
async def transaction_page(
    request: Request[Any, Any, Any], transaction_id: TransactionId, office: NamedDependency[Office]
) -> Response[str]:
    seq = await office.events.seq(f"transactions:{transaction_id}")
    transaction = await get_transaction.fn(transaction_id, office)
    measured = await get_meter_values.fn(transaction_id, office)
    data = {"seq": seq, "transaction": transaction, "measured": measured}
    return rendered(
        request,
        "transaction.html",
        title=f"Transaction {transaction_id}",
        section="transactions",
        data=data,
        styles=("vendor/uplot.css", "transactions.css"),
        transaction=transaction,
    )


TRANSACTION_HANDLERS = [transactions_page, transaction_page]
