"""Mutants of function 7: Stop charge transaction."""

import asyncio
from typing import Any

import msgspec

from chargeproof.ocpp import (
    ChargePointStatus,
    ErrorCode,
    Reason,
    RemoteStartStopStatus,
    RemoteStopTransaction,
    RemoteStopTransactionConf,
    Request,
    StopTransaction,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.link import Refused, edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

LATE_S = 70.0  # longer than a StopTransaction is waited for

# ── 7.1a: a remote stop stops ────────────────────────────────────────────────────────────────────────


@mutant(fails="7.1a", because="the remote stop was accepted, but no StopTransaction came")
class RemotestopAcceptsGoesOn(SimulatedStation):
    """Accepts remote stops and goes on charging."""

    async def stop_remotely(self, connector: Connector) -> None:
        return


@mutant(fails="7.1a", because="RemoteStopTransaction was answered with Rejected")
class RemoteStopRejected(SimulatedStation):
    """Rejects remote stops of a transaction that it is running."""

    def answer_remote_stop_transaction(self, request: RemoteStopTransaction) -> RemoteStopTransactionConf:
        return RemoteStopTransactionConf(status=RemoteStartStopStatus.REJECTED)


@mutant(fails="7.1a", because="RemoteStopTransaction was not answered")
class RemoteStopUnanswered(SimulatedStation):
    """Stops on a remote stop, but does not answer it."""

    def answer_remote_stop_transaction(self, request: RemoteStopTransaction) -> None:
        super().answer_remote_stop_transaction(request)


@mutant(fails="7.1a", because="RemoteStopTransaction was answered with CALLERROR NotImplemented")
class RemoteStopNotImplemented(SimulatedStation):
    """Answers remote stops with a CALLERROR."""

    def answer_remote_stop_transaction(self, request: RemoteStopTransaction) -> RemoteStopTransactionConf:
        raise Refused(ErrorCode.NOT_IMPLEMENTED, "no remote stop here")


@mutant(fails="7.1a", because="the remote stop was accepted, but no StopTransaction came")
class RemoteStopTakesMinutes(SimulatedStation):
    """Stops only 70 seconds after it accepted the remote stop."""

    async def stop_remotely(self, connector: Connector) -> None:
        transaction = connector.transaction
        await asyncio.sleep(LATE_S)
        if connector.transaction is transaction:
            await super().stop_remotely(connector)


@mutant(fails="7.1a", because="the remote stop was accepted, but no StopTransaction came")
class RemoteStopEndsWithoutStop(SimulatedStation):
    """Ends the session on a remote stop, shows that in its status and sends no StopTransaction."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if reason is not Reason.REMOTE:
            super().send_stop_transaction(transaction, reason, id_tag)


class _EditsStop(SimulatedStation):
    """Changes its StopTransactions on the wire."""

    def edits(self, stop: StopTransaction) -> bool:
        return stop.reason is Reason.REMOTE

    def edit(self, payload: dict[str, Any]) -> None:
        raise NotImplementedError

    def text_of_call(self, text: str, request: Request) -> str | None:
        if isinstance(request, StopTransaction) and self.edits(request):
            return edited_payload(text, self.edit)
        return text


@mutant(fails="7.1a", because="names another transactionId than was to be stopped", name="stop_id_minus_1")
class StopIdMinus1(_EditsStop):
    """Names the transactionId -1 in the StopTransaction after a remote stop."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] = -1


@mutant(fails="7.1a", because="names another transactionId than was to be stopped")
class StopIdIsConnector(_EditsStop):
    """Names a number of its own as transactionId in the StopTransaction after a remote stop."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] = 99001


@mutant(fails=("7.1a", "8.1a"), because="the StopTransaction lacks meterStop")
class StopWithoutMeterStop(_EditsStop):
    """Leaves meterStop out of the StopTransaction after a remote stop; 8.1a asks for the same field."""

    def edit(self, payload: dict[str, Any]) -> None:
        del payload["meterStop"]


@mutant(fails="7.1a", because="the StopTransaction lacks timestamp")
class StopWithoutTimestamp(_EditsStop):
    """Leaves the timestamp out of the StopTransaction after a remote stop."""

    def edit(self, payload: dict[str, Any]) -> None:
        del payload["timestamp"]


# ── 7.1b: the status that shows it ───────────────────────────────────────────────────────────────────


class _HidesTheEnd(SimulatedStation):
    """After some stops it shows no status until the cable moves, something breaks or it charges again."""

    hides: tuple[Reason, ...] = ()
    hidden: frozenset[int] = frozenset()

    def end_transaction(self, connector: Connector, reason: Reason, id_tag: str | None = None) -> None:
        if reason in self.hides:
            self.hidden |= {connector.connector_id}
        super().end_transaction(connector, reason, id_tag)

    def on_plugged(self, connector: Connector) -> None:
        self.hidden -= {connector.connector_id}
        super().on_plugged(connector)

    def on_unplugged(self, connector: Connector) -> None:
        self.hidden -= {connector.connector_id}
        super().on_unplugged(connector)

    def on_status_changed(self, connector_id: int) -> None:
        if self.status_of(connector_id) in (ChargePointStatus.FAULTED, ChargePointStatus.CHARGING):
            self.hidden -= {connector_id}
        if connector_id not in self.hidden:
            super().on_status_changed(connector_id)


@mutant(fails="7.1b", because="no StatusNotification shows the end")
class StuckInCharging(_HidesTheEnd):
    """Shows no status after a transaction was stopped, whoever stopped it, while the cable stays in."""

    hides = (Reason.REMOTE, Reason.LOCAL)


@mutant(fails="7.1b", because="no StatusNotification shows the end")
class StuckAfterRemoteStop(_HidesTheEnd):
    """Shows no status after a remote stop."""

    hides = (Reason.REMOTE,)


@mutant(fails="7.1b", because="no StatusNotification shows the end")
class SuspendedAfterRemoteStop(SimulatedStation):
    """Shows SuspendedEVSE instead of Finishing after a remote stop."""

    _stopped: frozenset[int] = frozenset()

    async def stop_remotely(self, connector: Connector) -> None:
        self._stopped |= {connector.connector_id}
        await super().stop_remotely(connector)

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        if due is not ChargePointStatus.FINISHING or connector.connector_id not in self._stopped:
            self._stopped -= {connector.connector_id} if connector.transaction is None else set()
            return due
        return ChargePointStatus.SUSPENDED_EVSE


# ── 7.2a: the same card ──────────────────────────────────────────────────────────────────────────────


@mutant(fails="7.2a", because="the card was presented again, but no StopTransaction came")
class LocalStopSilent(SimulatedStation):
    """Ends the session with the card and sends no StopTransaction, unless the line is down."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if reason is not Reason.LOCAL or not self.online:
            super().send_stop_transaction(transaction, reason, id_tag)


@mutant(fails="7.2a", because="the card was presented again, but no StopTransaction came")
class CardDoesNotStop(SimulatedStation):
    """Ignores the card that started the session, unless the line is down."""

    async def on_card_during_transaction(
        self, connector: Connector, transaction: Transaction, id_tag: str
    ) -> None:
        if not self.online:
            await super().on_card_during_transaction(connector, transaction, id_tag)


@mutant(fails="7.2a", because="the card was presented again, but no StopTransaction came")
class LocalStopTakesMinutes(SimulatedStation):
    """Stops 70 seconds after the card was presented, unless the line is down."""

    async def on_card_during_transaction(
        self, connector: Connector, transaction: Transaction, id_tag: str
    ) -> None:
        if self.online:
            await asyncio.sleep(LATE_S)
        await super().on_card_during_transaction(connector, transaction, id_tag)


@mutant(fails="7.2a", because="asked for the very card that had started the transaction")
class AuthorizesTheSameCardAgain(SimulatedStation):
    """Sends Authorize for the card that started the session before it lets it stop."""

    async def on_card_during_transaction(
        self, connector: Connector, transaction: Transaction, id_tag: str
    ) -> None:
        await self.authorize(id_tag)
        await super().on_card_during_transaction(connector, transaction, id_tag)


@mutant(fails="7.2a", because="no StatusNotification shows the end")
class StuckAfterLocalStop(_HidesTheEnd):
    """Shows no status after the card stopped the session."""

    hides = (Reason.LOCAL,)


@mutant(fails="7.2a", because="names another transactionId")
class LocalStopIdMinusOne(_EditsStop):
    """Names the transactionId -1 in the StopTransaction when a card stopped, unless the line was down."""

    _online_stops: frozenset[Any] = frozenset()

    def edits(self, stop: StopTransaction) -> bool:
        return stop.reason is Reason.LOCAL and stop.timestamp in self._online_stops

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if self.online:
            self._online_stops |= {self.now()}
        super().send_stop_transaction(transaction, reason, id_tag)

    def edit(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] = -1


# ── 7.3a: the cable ──────────────────────────────────────────────────────────────────────────────────


@mutant(fails="7.3a", because="the cable was unplugged at the vehicle, but no StopTransaction came")
class UnplugNoStop(SimulatedStation):
    """Goes on in SuspendedEV without the cable although StopTransactionOnEVSideDisconnect is true."""

    def on_unplugged(self, connector: Connector) -> None:
        if connector.transaction is None:
            super().on_unplugged(connector)
            return
        self.power.recalculate(connector.connector_id)
        self.refresh(connector.connector_id)


@mutant(fails="7.3a", because="the cable was unplugged at the vehicle, but no StopTransaction came")
class UnplugEndsWithoutStop(SimulatedStation):
    """Ends the session when the cable is pulled, shows that in its status and sends no StopTransaction."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if reason is not Reason.EV_DISCONNECTED:
            super().send_stop_transaction(transaction, reason, id_tag)


class _UnplugReason(SimulatedStation):
    """Gives another reason than EVDisconnected."""

    given: Reason | None = None

    def build_stop_transaction(
        self, transaction: Transaction, reason: Reason, id_tag: str | None
    ) -> StopTransaction:
        stop = super().build_stop_transaction(transaction, reason, id_tag)
        if reason is Reason.EV_DISCONNECTED:
            return msgspec.structs.replace(stop, reason=self.given)
        return stop


@mutant(fails="7.3a", because="does not tell that the vehicle was disconnected")
class UnplugWithoutReason(_UnplugReason):
    """Gives no reason, which means Local, when the cable is pulled."""


@mutant(fails="7.3a", because="does not tell that the vehicle was disconnected")
class UnplugReasonOther(_UnplugReason):
    """Gives the reason Other when the cable is pulled."""

    given = Reason.OTHER


@mutant(fails="7.3a", because="no StatusNotification shows the end")
class UnplugWithoutStatus(SimulatedStation):
    """Shows no status after the cable was pulled out of a session, until the next one is plugged in."""

    _hidden: frozenset[int] = frozenset()

    def on_unplugged(self, connector: Connector) -> None:
        if connector.transaction is not None:
            self._hidden |= {connector.connector_id}
        super().on_unplugged(connector)

    def on_plugged(self, connector: Connector) -> None:
        self._hidden -= {connector.connector_id}
        super().on_plugged(connector)

    def on_status_changed(self, connector_id: int) -> None:
        if connector_id not in self._hidden:
            super().on_status_changed(connector_id)


@mutant(fails="7.3a", because="the cable was unplugged at the vehicle, but no StopTransaction came")
class UnplugStopTakesMinutes(SimulatedStation):
    """Sends the StopTransaction 70 seconds after the cable was pulled."""

    def send_stop_transaction(self, transaction: Transaction, reason: Reason, id_tag: str | None) -> None:
        if reason is not Reason.EV_DISCONNECTED:
            super().send_stop_transaction(transaction, reason, id_tag)
            return
        stop = self.build_stop_transaction(transaction, reason, id_tag)
        asyncio.get_running_loop().call_later(LATE_S, self._send_late, transaction, stop)

    def _send_late(self, transaction: Transaction, stop: StopTransaction) -> None:
        if self.running:
            self.queue.put(transaction.key, stop)


@mutant(fails="7.3a", because="names another transactionId")
class UnplugStopIdMinusOne(_EditsStop):
    """Names the transactionId -1 in the StopTransaction when the cable was pulled."""

    def edits(self, stop: StopTransaction) -> bool:
        return stop.reason is Reason.EV_DISCONNECTED

    def edit(self, payload: dict[str, Any]) -> None:
        payload["transactionId"] = -1
