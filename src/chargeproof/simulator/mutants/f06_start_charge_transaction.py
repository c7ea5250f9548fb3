"""Mutants of function 6: Start charge transaction."""

import asyncio
from typing import Any

import msgspec

from chargeproof.ocpp import (
    AuthorizationStatus,
    ChargePointStatus,
    ChargingProfile,
    ErrorCode,
    IdTagInfo,
    MeterValues,
    Reason,
    RemoteStartStopStatus,
    RemoteStartTransaction,
    RemoteStartTransactionConf,
    Request,
    StartTransaction,
    StatusNotification,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.link import Refused, edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

ACCEPTED = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
SHOWS_CHARGING = frozenset(
    {ChargePointStatus.CHARGING, ChargePointStatus.SUSPENDED_EV, ChargePointStatus.SUSPENDED_EVSE}
)

# ── 6.1a: a remote start starts ──────────────────────────────────────────────────────────────────────


@mutant(fails="6.1a", because="the remote start was accepted, but no transaction started")
class RemoteAcceptsNeverStarts(SimulatedStation):
    """Accepts remote starts and does nothing."""

    async def start_remotely(self, connector: Connector, request: RemoteStartTransaction) -> None:
        return


@mutant(fails="6.1a", because="RemoteStartTransaction was answered with Rejected")
class RemoteStartRejected(SimulatedStation):
    """Rejects remote starts although the connector is free and the cable is in."""

    def answer_remote_start_transaction(self, request: RemoteStartTransaction) -> RemoteStartTransactionConf:
        return RemoteStartTransactionConf(status=RemoteStartStopStatus.REJECTED)


@mutant(fails="6.1a", because="RemoteStartTransaction was not answered")
class RemoteStartUnanswered(SimulatedStation):
    """Starts nothing on a remote start, and does not answer it either."""

    def answer_remote_start_transaction(self, request: RemoteStartTransaction) -> None:
        return None


@mutant(fails="6.1a", because="RemoteStartTransaction was answered with CALLERROR NotSupported")
class RemoteStartNotSupported(SimulatedStation):
    """Answers remote starts with a CALLERROR."""

    def answer_remote_start_transaction(self, request: RemoteStartTransaction) -> RemoteStartTransactionConf:
        raise Refused(ErrorCode.NOT_SUPPORTED, "no remote start here")


@mutant(fails="6.1a", because="the remote start was accepted, but no transaction started")
class RemoteStartWorksOnce(SimulatedStation):
    """Carries out the first remote start on a plugged cable; accepts all later ones without starting."""

    _started_once = False

    async def start_remotely(self, connector: Connector, request: RemoteStartTransaction) -> None:
        if connector.outlet.plugged and self._started_once:
            return
        self._started_once = self._started_once or connector.outlet.plugged
        await super().start_remotely(connector, request)


@mutant(fails="6.1a", because="the remote start was accepted, but no transaction started")
class RemoteStartTakesMinutes(SimulatedStation):
    """Begins the transaction only 70 seconds after it accepted the remote start."""

    async def start_remotely(self, connector: Connector, request: RemoteStartTransaction) -> None:
        await asyncio.sleep(70)
        if connector.transaction is None:
            await super().start_remotely(connector, request)


@mutant(fails="6.1a", because="the transaction has another idTag than ours")
class RemoteStartWithOwnTag(SimulatedStation):
    """Gives an idTag of its own in the StartTransaction after a remote start."""

    def build_start_transaction(self, transaction: Transaction) -> StartTransaction:
        start = super().build_start_transaction(transaction)
        return msgspec.structs.replace(start, id_tag="REMOTE") if transaction.remote else start


@mutant(fails="6.1a", because="the transaction is at another connector")
class RemoteStartAtOtherConnector(SimulatedStation):
    """Confuses its connectors when it is started remotely for the first time."""

    _confused = True

    async def start_remotely(self, connector: Connector, request: RemoteStartTransaction) -> None:
        if not connector.outlet.plugged or not self._confused:
            await super().start_remotely(connector, request)
            return
        self._confused = False
        last = self.connectors[max(self.connectors)]
        self.begin_transaction(last, request.id_tag, ACCEPTED, remote=True)


# ── 6.1b: the transactionId that we gave ─────────────────────────────────────────────────────────────


class _OwnTransactionId(SimulatedStation):
    """Answers to the transactionId that it was given, and names another one itself."""

    own_id = 0

    def transaction_id_to_send(self, key: int) -> int:
        return self.own_id + key if self.own_id > 0 else self.own_id


@mutant(fails="6.1b", because="MeterValues names another transactionId than it was given")
class UsesOwnTransactionId(_OwnTransactionId):
    """Numbers its transactions itself in MeterValues and StopTransaction."""

    own_id = 7000


@mutant(fails="6.1b", because="MeterValues names another transactionId than it was given")
class UsesMinusOneForTransactionId(_OwnTransactionId):
    """Names the transactionId -1 in MeterValues and StopTransaction, as if no start had been delivered."""

    own_id = -1


@mutant(fails=("6.1b", "8.2a"), because="MeterValues names another transactionId than it was given")
class MeterValuesNameAnotherTransaction(SimulatedStation):
    """Gives a wrong transactionId in MeterValues alone, where 8.2a too asks for the right one."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, MeterValues) or request.transaction_id is None:
            return text

        def edit(payload: dict[str, Any]) -> None:
            payload["transactionId"] += 500

        return edited_payload(text, edit)


# ── 6.1c, 6.2b: statuses ─────────────────────────────────────────────────────────────────────────────


class _KeepsStatusesBack(SimulatedStation):
    """Leaves some status changes untold."""

    def keeps_back(self, connector: Connector, status: ChargePointStatus) -> bool:
        raise NotImplementedError

    def on_status_changed(self, connector_id: int) -> None:
        if connector_id != 0 and self.keeps_back(self.connectors[connector_id], self.status_of(connector_id)):
            return
        super().on_status_changed(connector_id)


@mutant(fails="6.1c", because="no StatusNotification shows charging")
class NoSnAfterStart(_KeepsStatusesBack):
    """Never tells that it charges."""

    def keeps_back(self, connector: Connector, status: ChargePointStatus) -> bool:
        return status in SHOWS_CHARGING


@mutant(fails="6.1c", because="no StatusNotification shows charging")
class NoSnAfterRemoteStart(_KeepsStatusesBack):
    """Does not tell that it charges when the start was remote."""

    def keeps_back(self, connector: Connector, status: ChargePointStatus) -> bool:
        remote = connector.transaction is not None and connector.transaction.remote
        return remote and status in SHOWS_CHARGING


@mutant(fails="6.2b", because="no StatusNotification shows charging")
class NoSnAfterLocalStart(_KeepsStatusesBack):
    """Does not tell that it charges when a card started it."""

    def keeps_back(self, connector: Connector, status: ChargePointStatus) -> bool:
        local = connector.transaction is not None and not connector.transaction.remote
        return local and status in SHOWS_CHARGING


@mutant(fails="6.1c", because="no StatusNotification shows charging")
class ChargingShownOnAnotherConnector(SimulatedStation):
    """Tells Charging of its last connector whichever charges."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, StatusNotification) or request.status not in SHOWS_CHARGING:
            return text
        return edited_payload(text, lambda payload: payload.update(connectorId=max(self.connectors)))


@mutant(fails="6.1c", because="no StatusNotification shows charging")
class ChargingShownLate(SimulatedStation):
    """Tells that it charges 40 seconds after the remote start."""

    def on_status_changed(self, connector_id: int) -> None:
        connector = self.connectors.get(connector_id)
        transaction = connector.transaction if connector is not None else None
        if transaction is None or not transaction.remote:
            super().on_status_changed(connector_id)
            return
        asyncio.get_running_loop().call_later(40, self._tell_later, connector_id)

    def _tell_later(self, connector_id: int) -> None:
        if self.online:
            self.report_status(connector_id)


@mutant(fails="6.1c", because="S§4.9 knows no step from Finishing to Charging")
class ChargesOutOfFinishing(SimulatedStation):
    """Goes by way of Finishing into Charging."""

    def steps_to(self, connector: Connector) -> list[ChargePointStatus]:
        steps = super().steps_to(connector)
        if steps[-1:] == [ChargePointStatus.CHARGING]:
            return [ChargePointStatus.FINISHING, ChargePointStatus.CHARGING]
        return steps


# ── 6.2a: Authorize comes first ──────────────────────────────────────────────────────────────────────


@mutant(fails="6.2a", because="without Authorize before it, and neither cache nor list knew the card")
class StartWithoutAuthorize(SimulatedStation):
    """Asks nobody: every card may charge, but for those that it knows to be refused."""

    async def authorize(self, id_tag: str) -> IdTagInfo:
        return self.authorization.known(id_tag) or ACCEPTED


@mutant(fails="6.2a", because="without Authorize before it, and neither cache nor list knew the card")
class AuthorizeAfterStart(SimulatedStation):
    """Starts with any card, asks for the authorization afterwards, and stops if it is refused."""

    async def on_card_to_start(self, connector: Connector, id_tag: str) -> None:
        self.on_identified(connector, id_tag, ACCEPTED)
        await asyncio.sleep(1)
        info = await self.authorize(id_tag)
        if not self.may_begin_with(info):
            self.end_transaction(connector, Reason.DE_AUTHORIZED)


@mutant(fails="6.2a", because="another idTag was authorized than that of the card")
class AuthorizeForAnotherTag(SimulatedStation):
    """Asks for the number of the card with its bytes reversed, and starts with that."""

    async def on_card_to_start(self, connector: Connector, id_tag: str) -> None:
        await super().on_card_to_start(connector, id_tag[::-1] if self.online else id_tag)


@mutant(fails="6.2a", because="the transaction has another idTag than was authorized")
class StartWithAnotherTagThanAuthorized(SimulatedStation):
    """Authorizes the card and gives another idTag in the StartTransaction."""

    def build_start_transaction(self, transaction: Transaction) -> StartTransaction:
        start = super().build_start_transaction(transaction)
        return start if transaction.remote else msgspec.structs.replace(start, id_tag="CARD")


@mutant(fails="6.2a", because="the station asked for no authorization")
class CardReaderDead(SimulatedStation):
    """Does not notice cards."""

    async def on_card(self, connector: Connector, id_tag: str) -> None:
        return


# ── 6.2b: an approved card starts ────────────────────────────────────────────────────────────────────


@mutant(fails="6.2b", because="Authorize was answered with Accepted, but no transaction started")
class AuthorizeThenNothing(SimulatedStation):
    """Asks for the authorization of a card, gets it and does nothing."""

    async def on_card_to_start(self, connector: Connector, id_tag: str) -> None:
        if not self.online:
            await super().on_card_to_start(connector, id_tag)
            return
        await self.authorize_shown(connector, id_tag)
        self.refresh(connector.connector_id)


@mutant(fails="6.2b", because="Authorize was answered with Accepted, but no transaction started")
class LocalStartTakesMinutes(SimulatedStation):
    """Begins the transaction 70 seconds after the card was approved."""

    def on_identified(
        self,
        connector: Connector,
        id_tag: str,
        info: IdTagInfo,
        *,
        charging_profile: ChargingProfile | None = None,
        remote: bool = False,
    ) -> None:
        if remote or not self.online:
            super().on_identified(connector, id_tag, info, charging_profile=charging_profile, remote=remote)
            return
        self.spawn(self._begin_later(connector, id_tag, info), "late start")

    async def _begin_later(self, connector: Connector, id_tag: str, info: IdTagInfo) -> None:
        vehicle = connector.outlet.vehicle
        await asyncio.sleep(70)
        if connector.transaction is None and vehicle is not None and connector.outlet.vehicle is vehicle:
            self.begin_transaction(connector, id_tag, info)


# ── 6.3a: a refused card starts nothing ──────────────────────────────────────────────────────────────


class _StartsDespite(SimulatedStation):
    """Starts although the card was answered with one of these."""

    ignored: tuple[AuthorizationStatus, ...] = ()

    def may_begin_with(self, info: IdTagInfo) -> bool:
        return info.status in self.ignored or super().may_begin_with(info)


@mutant(fails="6.3a", because="the card was answered Invalid, and yet the station went on")
class StartsDespiteInvalid(_StartsDespite):
    """Starts with a card that is Invalid."""

    ignored = (AuthorizationStatus.INVALID,)


@mutant(fails="6.3a", because="the card was answered Blocked, and yet the station went on")
class StartsDespiteBlocked(_StartsDespite):
    """Starts with a card that is Blocked."""

    ignored = (AuthorizationStatus.BLOCKED,)


@mutant(fails="6.3a", because="the card was answered Expired, and yet the station went on")
class StartsDespiteExpired(_StartsDespite):
    """Starts with a card that is Expired."""

    ignored = (AuthorizationStatus.EXPIRED,)


@mutant(fails="6.3a", because="the card was answered Invalid, and yet the station went on")
class StartsTenSecondsAfterRefusal(SimulatedStation):
    """Forgets after ten seconds that the card was refused, and starts."""

    def on_card_refused(self, connector: Connector, info: IdTagInfo) -> None:
        super().on_card_refused(connector, info)
        asyncio.get_running_loop().call_later(10, self._begin, connector)

    def _begin(self, connector: Connector) -> None:
        if connector.transaction is None and connector.outlet.plugged:
            self.begin_transaction(connector, "REJECT-1", ACCEPTED)


@mutant(fails="6.3a", because="the card was answered Invalid, and yet the station went on")
class ChargesDespiteRefusalUntold(SimulatedStation):
    """Lets a refused card charge for a while without StartTransaction: just the status shows it."""

    def on_card_refused(self, connector: Connector, info: IdTagInfo) -> None:
        super().on_card_refused(connector, info)
        for status in (ChargePointStatus.CHARGING, ChargePointStatus.FINISHING):
            connector.status = status
            self.show_status(connector.connector_id)


@mutant(fails="6.3a", because="a transaction started although nobody approved the card")
class UnknownCardStartsUnasked(SimulatedStation):
    """Takes every card that begins with R for a service card: it starts without being asked for."""

    async def authorize(self, id_tag: str) -> IdTagInfo:
        return ACCEPTED if id_tag.startswith("R") else await super().authorize(id_tag)
