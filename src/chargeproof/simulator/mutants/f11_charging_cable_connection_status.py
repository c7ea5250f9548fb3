"""Mutants of function 11: Charging cable connection status."""

import asyncio

from chargeproof.ocpp import (
    AuthorizationStatus,
    ChargePointStatus,
    IdTagInfo,
    Request,
    StatusNotification,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

PREPARING = ChargePointStatus.PREPARING


def waits_for_card(connector: Connector) -> bool:
    """A cable is in, and nobody was identified."""
    free = connector.transaction is None and connector.identified is None and not connector.identifying
    return connector.outlet.plugged and free


# ── 11.1a: the cable shows ───────────────────────────────────────────────────────────────────────────


class _NeverTiresOfTheCable(SimulatedStation):
    """Leaves a connector as it is when no card is shown in time, which is lawful."""

    def on_plug_timeout(self, connector: Connector) -> None:
        return


@mutant(fails="11.1a", because="the plugged cable shows in no StatusNotification of its connector")
class PlugSilent(_NeverTiresOfTheCable):
    """Says nothing of a plugged cable until somebody is identified."""

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        return ChargePointStatus.AVAILABLE if due is PREPARING and waits_for_card(connector) else due


@mutant(fails="11.1a", because="the plugged cable shows in no StatusNotification of its connector")
class PlugToldAsAvailable(_NeverTiresOfTheCable):
    """Sends a StatusNotification when a cable is plugged in, and it still says Available."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, StatusNotification) or request.status is not PREPARING:
            return text
        connector = self.connectors.get(request.connector_id)
        if connector is None or not waits_for_card(connector):
            return text
        return edited_payload(text, lambda payload: payload.update(status="Available"))


@mutant(fails="11.1a", because="the plugged cable shows in no StatusNotification of its connector")
class PlugShownOnAnotherConnector(_NeverTiresOfTheCable):
    """Confuses its connectors when it shows a cable that is plugged in while it looks on."""

    plugged_now: frozenset[int] = frozenset()

    def start_software(self) -> None:
        self.plugged_now = frozenset()
        super().start_software()

    def on_plugged(self, connector: Connector) -> None:
        self.plugged_now |= {connector.connector_id}
        super().on_plugged(connector)

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, StatusNotification) or request.status is not PREPARING:
            return text
        connector = self.connectors.get(request.connector_id)
        if connector is None or not waits_for_card(connector) or request.connector_id not in self.plugged_now:
            return text
        return edited_payload(text, lambda payload: payload.update(connectorId=3 - request.connector_id))


@mutant(fails="11.1a", because="the plugged cable shows in no StatusNotification of its connector")
class PlugShownLate(_NeverTiresOfTheCable):
    """Notices a plugged cable 40 seconds late, unless somebody is identified."""

    _late: frozenset[int] = frozenset()

    def on_plugged(self, connector: Connector) -> None:
        self._late |= {connector.connector_id}
        super().on_plugged(connector)
        asyncio.get_running_loop().call_later(40, self._notice, connector)

    def _notice(self, connector: Connector) -> None:
        self._late -= {connector.connector_id}
        if self.running:
            self.refresh(connector.connector_id)

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        unseen = connector.connector_id in self._late and waits_for_card(connector)
        return ChargePointStatus.AVAILABLE if due is PREPARING and unseen else due


# ── 11.2a: Preparing ─────────────────────────────────────────────────────────────────────────────────


class _PluggedIs(SimulatedStation):
    """Shows another status than Preparing on the wire while a cable waits for a card."""

    said = ""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, StatusNotification) or request.status is not PREPARING:
            return text
        connector = self.connectors.get(request.connector_id)
        if connector is None or not waits_for_card(connector):
            return text
        return edited_payload(text, lambda payload: payload.update(status=self.said))


@mutant(
    fails=("3.4a", "11.2a"),
    because="the status of the plugged connector is not Preparing",
    name="plug_occupied_15",
)
class PlugOccupied15(_PluggedIs):
    """Says Occupied, as in OCPP 1.5, when a cable is plugged in; 3.4a knows no such status either."""

    said = "Occupied"


@mutant(fails="11.2a", because="the status of the plugged connector is not Preparing")
class PlugReserved(_PluggedIs):
    """Says Reserved when a cable is plugged in."""

    said = "Reserved"


@mutant(fails="11.2a", because="the status of the plugged connector is not Preparing")
class PlugUnavailable(_PluggedIs):
    """Says Unavailable when a cable is plugged in."""

    said = "Unavailable"


@mutant(fails="11.2a", because="the status of the plugged connector is not Preparing")
class PlugFinishing(SimulatedStation):
    """Says Finishing when a cable is plugged in, as if a session had just ended."""

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        return ChargePointStatus.FINISHING if due is PREPARING and waits_for_card(connector) else due

    def steps_to(self, connector: Connector) -> list[ChargePointStatus]:
        due = self.status_due(connector)
        if due is ChargePointStatus.FINISHING and connector.status is ChargePointStatus.AVAILABLE:
            return [due]
        return super().steps_to(connector)


# ── 11.2b: the connection times out ──────────────────────────────────────────────────────────────────


@mutant(fails="11.2b", because="identified, but no cable came: the connector stays in Preparing")
class TimeoutStuckPreparing(SimulatedStation):
    """Waits for the cable of somebody identified for ever."""

    def on_connection_timeout(self, connector: Connector) -> None:
        return


@mutant(fails="11.2b", because="identified, but no cable came: the connector stays in Preparing")
class ConnectionTimeOutIgnored(SimulatedStation):
    """Waits 90 seconds for a cable whatever ConnectionTimeOut says."""

    def connection_timeout_s(self) -> float:
        return 90.0


@mutant(fails="11.2b", because="identified, but no cable came: the connector stays in Preparing")
class ConnectionTimeOutInMinutes(SimulatedStation):
    """Takes ConnectionTimeOut for minutes."""

    def connection_timeout_s(self) -> float:
        return super().connection_timeout_s() * 60


@mutant(fails="11.2b", because="the identification still started a transaction later")
class TimeoutJustShown(SimulatedStation):
    """Becomes Available after the time-out, and yet starts when the cable comes at last."""

    _outlived: str | None = None

    def on_connection_timeout(self, connector: Connector) -> None:
        self._outlived = connector.identified.id_tag if connector.identified is not None else None
        super().on_connection_timeout(connector)

    def on_plugged(self, connector: Connector) -> None:
        super().on_plugged(connector)
        id_tag, self._outlived = self._outlived, None
        if id_tag is not None and connector.transaction is None:
            self.begin_transaction(connector, id_tag, IdTagInfo(status=AuthorizationStatus.ACCEPTED))


class _TimeoutEndsIn(SimulatedStation):
    """Shows something else than Available after the time-out, until the cable comes."""

    status: ChargePointStatus = ChargePointStatus.UNAVAILABLE
    _timed_out = False

    def on_connection_timeout(self, connector: Connector) -> None:
        self._timed_out = True
        super().on_connection_timeout(connector)

    def on_plugged(self, connector: Connector) -> None:
        self._timed_out = False
        super().on_plugged(connector)

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        return self.status if self._timed_out and due is ChargePointStatus.AVAILABLE else due

    def steps_to(self, connector: Connector) -> list[ChargePointStatus]:
        due = self.status_due(connector)
        return [due] if self._timed_out and connector.status is not due else super().steps_to(connector)

    def start_software(self) -> None:
        self._timed_out = False
        super().start_software()


@mutant(fails="11.2b", because="the connector became Unavailable after 30 s without a cable")
class TimeoutEndsUnavailable(_TimeoutEndsIn):
    """Becomes Unavailable when no cable comes in time."""


@mutant(fails="11.2b", because="the connector became SuspendedEV after 30 s without a cable")
class TimeoutEndsSuspended(_TimeoutEndsIn):
    """Becomes SuspendedEV when no cable comes in time."""

    status = ChargePointStatus.SUSPENDED_EV
