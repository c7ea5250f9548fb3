"""A fault that one check names is not held against its neighbours, who could not see what they look for."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chargeproof.ocpp import MeterValues, RemoteStartTransactionConf
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


WHERE: dict[type[SimulatedStation], tuple[set[int], list[str]]] = {
    DatedElsewhere: (set(range(1, 17)), ["8.2a"]),
    NamesItsTransactionsItself: ({6, 8, 14}, ["8.2a"]),
    RejectsAndStarts: (set(range(1, 17)), ["6.1a"]),
    StartsTwice: ({6, 8}, ["6.1a"]),
}


@pytest.mark.parametrize("station", WHERE, ids=lambda station: station.__name__)
def test_only_the_check_that_names_the_fault_fails(station: type[SimulatedStation]) -> None:
    functions, wanted = WHERE[station]
    result = run_virtual(
        run_simulated(station, model=load_model("lawful"), functions=tuple(sorted(functions)))
    )
    assert result.station.crashes == []
    failed = [each.check.id for each in result.judgement.checks() if each.verdict.outcome.value == "fail"]
    assert failed == wanted
