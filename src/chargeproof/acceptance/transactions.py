"""The transactions of a record, put together from their messages; shared by figures, lints and restoration."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chargeproof.ocpp import MeterValues, StartTransaction, StopTransaction
from chargeproof.trace import Exchange, Trace


@dataclass(slots=True)
class Transaction:
    """One transaction: its first StartTransaction, its first StopTransaction and its MeterValues.

    ``start`` is None where the record only shows its end; ``id`` is the one that the central system gave.
    After a lenient reading any field of their requests can be None.
    """

    id: int | None
    connector_id: int | None
    start: Exchange[Any] | None = None
    stop: Exchange[Any] | None = None
    meter_values: list[Exchange[Any]] = field(default_factory=list)

    @property
    def began_mono(self) -> float | None:
        return None if self.start is None else self.start.mono


def given_id(start: Exchange[Any]) -> int | None:
    """The transaction id in our confirmation, None where none was given."""
    return start.confirmation.transaction_id if start.confirmation is not None else None


def transactions_of(trace: Trace) -> list[Transaction]:
    """The transactions in the order in which their first message arrived; repeated messages count once."""
    found: list[Transaction] = []
    by_id: dict[int, Transaction] = {}
    seen_starts: set[tuple[object, ...]] = set()
    for exchange in trace.sent_by("charge_point"):
        message: Any = exchange.reading.message
        if isinstance(message, StartTransaction):
            same = (message.connector_id, message.id_tag, message.meter_start, message.timestamp)
            transaction_id = given_id(exchange)
            if same in seen_starts or (transaction_id is not None and transaction_id in by_id):
                continue
            seen_starts.add(same)
            transaction = Transaction(transaction_id, message.connector_id, exchange)
            found.append(transaction)
            if transaction_id is not None:
                by_id[transaction_id] = transaction
        elif isinstance(message, StopTransaction) and message.transaction_id is not None:
            known = by_id.get(message.transaction_id)
            if known is None:
                known = by_id[message.transaction_id] = Transaction(message.transaction_id, None)
                found.append(known)
            known.stop = known.stop or exchange
        elif isinstance(message, MeterValues) and message.transaction_id in by_id:
            by_id[message.transaction_id].meter_values.append(exchange)
    return found


def sample_times(transaction: Transaction) -> list[tuple[datetime, int]]:
    """Payload time and entry number of each periodic sample, in the order of payload time, each time once."""
    times: dict[datetime, int] = {}
    for exchange in transaction.meter_values:
        for meter_value in exchange.request.meter_value or ():
            contexts = {sample.context for sample in meter_value.sampled_value or ()}
            if meter_value.timestamp is not None and contexts & {None, "Sample.Periodic"}:
                times.setdefault(meter_value.timestamp, exchange.n)
    return sorted(times.items())
