"""/transactions: who charged what, where, and how it went."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter
from litestar.response import Stream

from chargeproof.resources.transactions import Mark, MeterValues, Sample, Transaction
from chargeproof.store.records import TransactionRecord
from chargeproof.web.api.charge_points import READS
from chargeproof.web.api.downloads import attachment, csv_text
from chargeproof.web.api.paging import Cursor, Limit, Page, cursor_of, position_of
from chargeproof.web.api.parameters import OfStation, Since, Until, aware
from chargeproof.web.office import Office
from chargeproof.web.problems import not_found
from chargeproof.web.rows.meter_values import marks_of, meter_values_of, samples_in
from chargeproof.web.rows.transactions import transaction_of

MOST_VALUES = 20_000
MOST_ROWS = 100_000
EXPORT_STEP = 500
BEFORE = timedelta(minutes=10)
"""How long before its start a transaction's Authorize and statuses are looked for."""
AFTER = timedelta(minutes=2)

TransactionId = Annotated[int, PathParameter(description="The number of a transaction.", ge=1, le=2**63 - 1)]
IdTag = Annotated[str | None, QueryParameter(description="Only begun with this tag.", max_length=20)]
Open = Annotated[bool | None, QueryParameter(name="open", description="Only open ones, or only ended ones.")]


@get("/transactions", opt=READS, operation_id="list_transactions", summary="Transactions, the newest first")
async def list_transactions(
    office: NamedDependency[Office],
    charge_point_id: OfStation = None,
    id_tag: IdTag = None,
    is_open: Open = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Transaction]:
    found = await office.queries.transactions(
        charge_point_id=charge_point_id,
        id_tag=id_tag,
        is_open=is_open,
        since=aware(since, "since"),
        until=aware(until, "until"),
        before=position_of(cursor, int),
        limit=limit,
    )
    items = await transaction_rows(office, found.items)
    return Page(items, None if found.next is None else cursor_of(found.next))


@get(
    "/transactions.csv",
    opt=READS,
    operation_id="export_transactions",
    summary="Transactions as CSV, the newest first",
    media_type="text/csv",
)
async def export_transactions(
    office: NamedDependency[Office],
    charge_point_id: OfStation = None,
    id_tag: IdTag = None,
    since: Since = None,
    until: Until = None,
) -> Stream:
    wanted = {
        "charge_point_id": charge_point_id,
        "id_tag": id_tag,
        "since": aware(since, "since"),
        "until": aware(until, "until"),
    }
    return Stream(_lines(office, wanted), media_type="text/csv", headers=attachment("transactions.csv"))


async def _lines(office: Office, wanted: dict[str, Any]) -> AsyncIterator[bytes]:
    """Page after page, so that the memory never holds it all."""
    columns = Transaction.__struct_fields__
    yield csv_text(columns, [])
    before: int | None = None
    while True:
        found = await office.queries.transactions(**wanted, before=before, limit=EXPORT_STEP)
        yield csv_text(columns, await transaction_rows(office, found.items), heading=False)
        if not isinstance(found.next, int):
            return
        before = found.next


@get(
    "/transactions/{transaction_id:int}",
    opt=READS,
    operation_id="get_transaction",
    summary="One transaction",
)
async def get_transaction(transaction_id: TransactionId, office: NamedDependency[Office]) -> Transaction:
    return (await transaction_rows(office, [await transaction_known(office, transaction_id)]))[0]


@get(
    "/transactions/{transaction_id:int}/meter-values",
    opt=READS,
    operation_id="get_meter_values",
    summary="What was measured, as series for a chart and as rows, with marks for what happened",
)
async def get_meter_values(transaction_id: TransactionId, office: NamedDependency[Office]) -> MeterValues:
    return await measured(office, await transaction_known(office, transaction_id))


@get(
    "/transactions/{transaction_id:int}/meter-values.csv",
    opt=READS,
    operation_id="export_meter_values",
    summary="Every sampled value of a transaction as CSV",
    media_type="text/csv",
)
async def export_meter_values(
    transaction_id: TransactionId, office: NamedDependency[Office]
) -> Response[bytes]:
    transaction = await transaction_known(office, transaction_id)
    values = await office.queries.meter_values(transaction, limit=MOST_ROWS)
    text = csv_text(Sample.__struct_fields__, samples_in(each.value for each in values))
    name = f"transaction-{transaction_id}-meter-values.csv"
    return Response(text, media_type="text/csv", headers=attachment(name))


async def transaction_known(office: Office, transaction_id: int) -> TransactionRecord:
    found = await office.queries.transaction(transaction_id)
    if found is None:
        raise not_found(f"There is no transaction {transaction_id}")
    return found


async def transaction_rows(office: Office, records: list[TransactionRecord]) -> list[Transaction]:
    last = await office.queries.last_values([each for each in records if each.stop_received_at is None])
    return [transaction_of(each, last.get(each.transaction_id)) for each in records]


async def measured(office: Office, transaction: TransactionRecord) -> MeterValues:
    """Everything that was measured, with marks."""
    values = await office.queries.meter_values(transaction, limit=MOST_VALUES + 1)
    marks = await _marks(office, transaction)
    return meter_values_of(transaction, values[:MOST_VALUES], marks, len(values) > MOST_VALUES)


async def _marks(office: Office, transaction: TransactionRecord) -> list[Mark]:
    ended_at = transaction.stop_received_at
    until: datetime = office.clock.now() if ended_at is None else ended_at + AFTER
    began_at = min(transaction.started_at or transaction.start_received_at, transaction.start_received_at)
    stretch = (transaction.charge_point_id, began_at - BEFORE, until)
    return marks_of(
        transaction,
        await office.queries.statuses_between(*stretch),
        await office.queries.decisions_between(*stretch),
        await office.queries.connections_between(*stretch),
        ended_at or until,
    )


TRANSACTION_HANDLERS = [
    list_transactions,
    export_transactions,
    get_transaction,
    get_meter_values,
    export_meter_values,
]
