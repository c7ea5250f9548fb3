"""A fault that one check names is not held against its neighbours, who could not see what they look for."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chargeproof.ocpp import (
    MeterValues,
    Reason,
    RemoteStartStopStatus,
    RemoteStartTransactionConf,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
)
from chargeproof.simulator.deviants.edits import EditsAnswers, EditsCalls
from chargeproof.simulator.model import load_model
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction
from chargeproof.testbed.simulated import run_simulated
from chargeproof.testing.virtual_time import run_virtual


class DatedElsewhere(EditsCalls):
    """Its meter values are of the year 2030."""

    kind = MeterValues

    def change(self, payload: dict[str, Any]) -> None:
        for value in payload["meterValue"]:
            value["timestamp"] = f"2030{value['timestamp'][4:]}"


class NamesItsTransactionsItself(EditsCalls):
    """Its meter values name their transaction by a text."""

    kind = MeterValues

    def change(self, payload: dict[str, Any]) -> None:
        if "transactionId" in payload:
            payload["transactionId"] = f"TX-{payload['transactionId']}"


class RejectsAndStarts(EditsAnswers):
    """It answers a remote start with Rejected, and starts."""

    answers = RemoteStartTransactionConf

    def change_answer(self, payload: dict[str, Any]) -> None:
        payload["status"] = "Rejected"


class StartsTwice(SimulatedStation):
    """Each start is told as two transactions, of which one is measured and stopped."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        first = self.build_start_transaction(transaction)
        again = msgspec.structs.replace(first, timestamp=self.now() + timedelta(seconds=2))
        self.queue.put(transaction.key, again)


class StartsTwiceAtTimes(StartsTwice):
    """Every second start is told as two transactions."""

    _count = 0

    def send_start_transaction(self, transaction: Transaction) -> None:
        self._count += 1
        if self._count % 2:
            super().send_start_transaction(transaction)
        else:
            SimulatedStation.send_start_transaction(self, transaction)


class StartsAndStopsTwice(SimulatedStation):
    """Each session is told as two transactions, each with its start and its stop."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        super().send_start_transaction(_twin_of(transaction))

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        super().send_stop_transaction(transaction, reason, id_tag)
        super().send_stop_transaction(_twin_of(transaction), reason, id_tag)

    def answer_remote_stop_transaction(
        self, request: RemoteStopTransaction
    ) -> RemoteStopTransactionConf | None:
        for connector in self.connectors.values():
            if connector.transaction is not None:
                self.spawn(self.stop_remotely(connector), "remote stop")
        return RemoteStopTransactionConf(status=RemoteStartStopStatus.ACCEPTED)


def _twin_of(transaction: Transaction) -> Transaction:
    later = transaction.started_at + timedelta(seconds=1)
    return msgspec.structs.replace(transaction, key=transaction.key + 1000, started_at=later)


ALL = tuple(range(1, 17))
TRIED: list[tuple[type[SimulatedStation], tuple[int, ...], list[str]]] = [
    (DatedElsewhere, ALL, ["8.2a"]),
    (DatedElsewhere, (6, 8, 14), ["8.2a"]),
    (DatedElsewhere, (14,), []),
    (NamesItsTransactionsItself, (6, 8, 14), ["8.2a"]),
    (RejectsAndStarts, ALL, ["6.1a"]),
    (StartsTwice, (6, 8), ["6.1a"]),
    (StartsTwice, ALL, ["6.1a"]),
    (StartsTwice, (14,), ["14.1a"]),
    (StartsTwiceAtTimes, ALL, ["6.1a"]),
    (StartsAndStopsTwice, ALL, ["6.1a"]),
]


@pytest.mark.parametrize(("station", "functions", "wanted"), TRIED)
def test_only_the_check_that_names_the_fault_fails(
    station: type[SimulatedStation], functions: tuple[int, ...], wanted: list[str]
) -> None:
    result = run_virtual(run_simulated(station, model=load_model("lawful"), functions=functions))
    assert result.station.crashes == []
    failed = [each.check.id for each in result.judgement.checks() if each.verdict.outcome.value == "fail"]
    assert failed == wanted
