"""Deviants of transactions: ids, repetitions, starts and stops that are none."""

import asyncio
from typing import Any

from chargeproof.ocpp import (
    ChargePointStatus,
    Confirmation,
    MeterValues,
    Reason,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    RemoteStartTransactionConf,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
    Request,
    StartTransaction,
    StopTransaction,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.deviants.edits import EditsCalls
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.queue import OfflineQueue, QueuedMessage
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction


@deviant("L-16")
class NamesTransactionZero(EditsCalls):
    """Names transaction 0 in its meter values."""

    kind = MeterValues

    def change(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] = 0


@deviant("L-16")
class StopsAnIdOfItsOwn(EditsCalls):
    """Counts transactions by itself and stops them under its own number."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] = 700_000 + int(payload["meterStop"])


@deviant("L-16")
class StopsTransactionMinusOne(EditsCalls):
    """Stops transaction -1 although it was given another id."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] = -1


@near_miss("L-16")
class ValuesWithoutTransaction(EditsCalls):
    """Leaves the transaction out of its meter values."""

    kind = MeterValues

    def change(self, payload: dict[str, Any]) -> None:
        payload.pop("transactionId", None)


class _RefusesStarts(SimulatedStation):
    """Rejects a remote start in one status."""

    refused_in: ChargePointStatus

    def answer_remote_start_transaction(
        self, request: RemoteStartTransaction
    ) -> RemoteStartTransactionConf | None:
        if self.status_of(request.connector_id or 1) is self.refused_in:
            return RemoteStartTransactionConf(status=RemoteStartStopStatus.REJECTED)
        return super().answer_remote_start_transaction(request)


@deviant("L-22")
class RefusesAStartInFinishing(_RefusesStarts):
    """Rejects a remote start while it shows Finishing."""

    refused_in = ChargePointStatus.FINISHING


@near_miss("L-22")
class RefusesAStartWithoutCable(_RefusesStarts):
    """Rejects a remote start while no cable is plugged in."""

    refused_in = ChargePointStatus.AVAILABLE


@deviant("L-22")
class TellsOfTheStartAtTheEnd(SimulatedStation):
    """Sends StartTransaction together with StopTransaction, when all is over."""

    def send_start_transaction(self, transaction: Transaction) -> None:
        pass

    def send_sampled_values(self, transaction: Transaction) -> None:
        pass

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        super().send_start_transaction(transaction)
        super().send_stop_transaction(transaction, reason, id_tag)


class _SendsAgain(OfflineQueue):
    """Sends each message of one kind once more after it was answered."""

    def _delivered(self, message: QueuedMessage, confirmation: Confirmation) -> None:
        if message.kind == "StopTransaction" and not message.attempts:
            message.attempts += 1
            message.unique_id = self.station.next_unique_id()
            message.not_before_s = self.station.clock.monotonic() + 5
            self.station.wake_sender()
            return
        super()._delivered(message, confirmation)


@deviant("L-27")
class StopsTwice(SimulatedStation):
    """Sends each StopTransaction twice, although it was answered."""

    def make_parts(self) -> None:
        super().make_parts()
        self.queue = _SendsAgain(self)


@near_miss("L-27")
class LosesAnAnswer(SimulatedStation):
    """Loses its socket before the answer to a StopTransaction, and sends it again."""

    lost = False

    def text_of_call(self, text: str, request: Request[Any]) -> str | None:
        if isinstance(request, StopTransaction) and not self.lost:
            self.lost = True
            self.spawn(self._drop(), "drop")
        return text

    async def _drop(self) -> None:
        if self.link is not None:
            await self.link.wire.close()


class _StopsLate(SimulatedStation):
    """Stops some time after it has accepted to."""

    delay_s = 0.0

    async def stop_remotely(self, connector: Connector) -> None:
        await asyncio.sleep(self.delay_s)
        await super().stop_remotely(connector)


@deviant("L-30")
class ChargesOnAfterARemoteStop(SimulatedStation):
    """Accepts a remote stop and goes on."""

    async def stop_remotely(self, connector: Connector) -> None:
        pass


@near_miss("L-30")
class StopsAfterAWhile(_StopsLate):
    """Stops fifty seconds after it has accepted to."""

    delay_s = 50.0


@near_miss("L-30")
class RefusesRemoteStops(SimulatedStation):
    """Rejects a remote stop and goes on."""

    def answer_remote_stop_transaction(
        self, request: RemoteStopTransaction
    ) -> RemoteStopTransactionConf | None:
        return RemoteStopTransactionConf(status=RemoteStartStopStatus.REJECTED)


class _EndsByItself(SimulatedStation):
    """Ends a transaction by itself some time after it was begun remotely."""

    after_s = 0.0
    reason = Reason.OTHER

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        if transaction.remote:
            self.spawn(self._end(self.connectors[transaction.connector_id]), "end")

    async def _end(self, connector: Connector) -> None:
        await asyncio.sleep(self.after_s)
        self.end_transaction(connector, self.reason)


@deviant("L-35")
class EndsASecondAfterTheStart(_EndsByItself):
    """Ends each transaction a second after it was begun remotely, for another reason."""

    after_s = 1.0


@near_miss("L-35")
class EndsHalfAMinuteAfterTheStart(_EndsByItself):
    """Ends each transaction half a minute after it was begun remotely."""

    after_s = 30.0


@near_miss("L-35")
class UnpluggedAtOnce(_EndsByItself):
    """Ends each transaction a second after it was begun remotely, as the cable was pulled."""

    after_s = 1.0
    reason = Reason.EV_DISCONNECTED


@deviant("Q-stop-dated-before-start")
class StopsBeforeItStarts(EditsCalls):
    """Dates the end of a transaction an hour before it came."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        payload["timestamp"] = "2020-01-01T00:00:00Z"


@near_miss("Q-stop-dated-before-start")
class StopsInTheSecondOfItsStart(EditsCalls):
    """Dates the end of a transaction to the moment of its start."""

    kind = StopTransaction
    began: str | None = None

    def text_of_call(self, text: str, request: Request[Any]) -> str | None:
        if isinstance(request, StartTransaction):
            self.began = f"{request.timestamp:%Y-%m-%dT%H:%M:%S.%fZ}"
        return super().text_of_call(text, request)

    def change(self, payload: dict[str, Any]) -> None:
        payload["timestamp"] = self.began or payload["timestamp"]
