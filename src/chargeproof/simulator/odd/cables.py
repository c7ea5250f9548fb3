"""Odd but lawful: cables, time-outs and errors."""

import asyncio

import msgspec

from chargeproof.ocpp import (
    ChargePointErrorCode,
    ChargePointStatus,
    StatusNotification,
)
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.model import FaultModel
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful

PREPARING = ChargePointStatus.PREPARING
FINISHING = ChargePointStatus.FINISHING
AVAILABLE = ChargePointStatus.AVAILABLE


@odd(
    note="stays in Preparing with the cable in and no card: S§9.1.6 binds with a card only",
    model=lawful(plugged_without_card="preparing"),
)
class PluggedStaysPreparing(SimulatedStation):
    """Waits for a card as long as the cable is in."""


@odd(
    note="Preparing becomes Finishing when no card comes in time (S§4.9 B6)",
    model=lawful(plugged_without_card="finishing"),
)
class PluggedBecomesFinishing(SimulatedStation):
    """Gives up waiting for a card."""


@odd(note="Preparing becomes Available when no card comes in time, with the cable in (S§4.9 B1)")
class PluggedBecomesAvailable(SimulatedStation):
    """Takes no notice of a cable after a while."""

    _ignored: frozenset[int] = frozenset()

    def on_plug_timeout(self, connector: Connector) -> None:
        self._ignored |= {connector.connector_id}
        self.refresh(connector.connector_id)

    def on_plugged(self, connector: Connector) -> None:
        super().on_plugged(connector)
        timer = asyncio.get_running_loop().call_later(
            self.connection_timeout_s(), self.on_plug_timeout, connector
        )
        connector.set_timer("plug", timer)

    def on_unplugged(self, connector: Connector) -> None:
        self._ignored -= {connector.connector_id}
        super().on_unplugged(connector)

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        idle = not connector.identifying and connector.identified is None
        if due is PREPARING and idle and connector.connector_id in self._ignored:
            return AVAILABLE
        return due


@odd(note="the time-out is over at the very second of ConnectionTimeOut plus what a message takes")
class TimesOutALittleLate(SimulatedStation):
    """Looks at its timers every ten seconds."""

    def connection_timeout_s(self) -> float:
        return super().connection_timeout_s() + 10.0


@odd(
    note="ConnectionTimeOut fixed to 45 seconds: a read-only key may be rejected",
    model=lawful().with_key("ConnectionTimeOut", value="45", readonly=True),
)
class FixedConnectionTimeOut(SimulatedStation):
    """Cannot be told how long to wait."""


@odd(
    note="ConnectionTimeOut takes effect after a reboot (RebootRequired)",
    model=lawful().with_key("ConnectionTimeOut", reboot=True),
)
class ConnectionTimeOutNeedsAReboot(SimulatedStation):
    """Reads its time-out when it starts."""


@odd(note="a cable shows ten seconds after it was plugged in, when the pilot signal is steady")
class PlugShownAfterTenSeconds(SimulatedStation):
    """Debounces its pilot signal."""

    _steady: frozenset[int] = frozenset()

    def on_plugged(self, connector: Connector) -> None:
        super().on_plugged(connector)
        asyncio.get_running_loop().call_later(10.0, self._is_steady, connector)

    def _is_steady(self, connector: Connector) -> None:
        if self.running and connector.outlet.plugged:
            self._steady |= {connector.connector_id}
            self.refresh(connector.connector_id)

    def on_unplugged(self, connector: Connector) -> None:
        self._steady -= {connector.connector_id}
        super().on_unplugged(connector)

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        idle = not connector.identifying and connector.identified is None
        unsteady = connector.connector_id not in self._steady
        return AVAILABLE if due is PREPARING and idle and unsteady else due


@odd(
    note="goes from Preparing to Available and no Preparing shows that somebody was identified (A2 not taken)"
)
class IdentificationNotShown(SimulatedStation):
    """Shows a cable, and not a card."""

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        return AVAILABLE if due is PREPARING and not connector.outlet.plugged else due


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────


@odd(note="an errorCode with another status than Faulted: a warning (S§4.9)")
class ErrorsAreWarnings(SimulatedStation):
    """Goes on in spite of what was provoked."""

    async def provoke_error(
        self, connector_id: int, error_code: ChargePointErrorCode | None = None, *, blocking: bool = True
    ) -> None:
        await super().provoke_error(connector_id, error_code, blocking=False)


@odd(note="its builder's own words beside the errorCode (vendorErrorCode, vendorId, info; S§6.47)")
class ErrorsWithVendorCode(SimulatedStation):
    """Tells more of an error."""

    def build_status_notification(self, connector_id: int) -> StatusNotification:
        status = super().build_status_notification(connector_id)
        if status.error_code is ChargePointErrorCode.NO_ERROR:
            return status
        return msgspec.structs.replace(
            status, vendor_id="com.example", vendor_error_code="E-4711", info="residual current monitor"
        )


@odd(
    note="an unbalanced supply is an error of connector and station at once",
    model=lawful(faults=FaultModel(connector_error=ChargePointErrorCode.UNDER_VOLTAGE)),
)
class SupplyErrorsAreTheStationsToo(SimulatedStation):
    """Has one supply for all its connectors."""

    def on_fault_changed(self, connector_id: int) -> None:
        super().on_fault_changed(connector_id)
        self.show_status(0)

    def error_of(self, connector_id: int) -> ChargePointErrorCode:
        faults = [outlet.fault for outlet in self.hardware.outlets.values() if outlet.fault is not None]
        if connector_id == 0 and faults:
            return faults[0].error_code
        return super().error_of(connector_id)


@odd(note="shows an error 20 seconds late and its end 30 seconds late: it looks again before it tells")
class ErrorsShownLater(SimulatedStation):
    """Waits whether an error goes away."""

    def on_fault_changed(self, connector_id: int) -> None:
        late_s = 20.0 if self.hardware.outlets[connector_id].fault is not None else 30.0
        asyncio.get_running_loop().call_later(late_s, super().on_fault_changed, connector_id)


@odd(
    note="EVCommunicationError: the pilot was what was opened",
    model=lawful(faults=FaultModel(connector_error=ChargePointErrorCode.EV_COMMUNICATION_ERROR)),
)
class PilotError(SimulatedStation):
    """Names the error by its cause."""


@odd(note="becomes Unavailable after an error until three seconds after the repair (S§4.9 I8)")
class UnavailableAfterError(SimulatedStation):
    """Checks itself after an error."""

    _checking: frozenset[int] = frozenset()

    def on_fault_changed(self, connector_id: int) -> None:
        if self.hardware.outlets[connector_id].fault is None:
            self._checking |= {connector_id}
            asyncio.get_running_loop().call_later(3.0, self._checked, connector_id)
        super().on_fault_changed(connector_id)

    def _checked(self, connector_id: int) -> None:
        self._checking -= {connector_id}
        if self.running:
            self.refresh(connector_id)

    def status_due(self, connector: Connector) -> ChargePointStatus:
        due = super().status_due(connector)
        checking = connector.connector_id in self._checking and due is not ChargePointStatus.FAULTED
        return ChargePointStatus.UNAVAILABLE if checking else due
