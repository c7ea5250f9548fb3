"""Mutants of function 10: Any hardware related notifications or error conditions."""

import asyncio

import msgspec

from chargeproof.ocpp import ChargePointErrorCode, ChargePointStatus, Request, StatusNotification
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

LATE_S = 70.0  # longer than an error or its end is waited for

# ── 10.1a: the error and its end ─────────────────────────────────────────────────────────────────────


@mutant(fails="10.1a", because="the provoked error shows in no StatusNotification")
class FaultSilent(SimulatedStation):
    """Says nothing of an error at a connector."""

    def on_fault_changed(self, connector_id: int) -> None:
        return


@mutant(fails="10.1a", because="no StatusNotification shows the end of the error after the repair")
class FaultNeverEnds(SimulatedStation):
    """Tells an error and not its end."""

    def on_fault_changed(self, connector_id: int) -> None:
        if self.hardware.outlets[connector_id].fault is not None:
            super().on_fault_changed(connector_id)


class _FaultLate(SimulatedStation):
    """Notices some changes late."""

    def is_late(self, connector_id: int) -> bool:
        raise NotImplementedError

    def on_fault_changed(self, connector_id: int) -> None:
        if self.is_late(connector_id):
            loop = asyncio.get_running_loop()
            loop.call_later(LATE_S, super().on_fault_changed, connector_id)
        else:
            super().on_fault_changed(connector_id)


@mutant(fails="10.1a", because="the provoked error shows in no StatusNotification")
class FaultShownLate(_FaultLate):
    """Tells an error 70 seconds after it occurred."""

    def is_late(self, connector_id: int) -> bool:
        return self.hardware.outlets[connector_id].fault is not None


@mutant(fails="10.1a", because="no StatusNotification shows the end of the error after the repair")
class FaultEndShownLate(_FaultLate):
    """Tells the end of an error 70 seconds after the repair."""

    def is_late(self, connector_id: int) -> bool:
        return self.hardware.outlets[connector_id].fault is None


@mutant(fails="10.1a", because="the provoked error shows in no StatusNotification")
class FaultOnWrongConnector(SimulatedStation):
    """Tells the error of its first connector as that of its last."""

    _told = False

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, StatusNotification) or request.connector_id != 1:
            return text
        faulted = request.status is ChargePointStatus.FAULTED
        if not faulted and not self._told:
            return text
        self._told = faulted
        return edited_payload(text, lambda payload: payload.update(connectorId=2))


@mutant(fails="10.1a", because="the provoked error shows in no StatusNotification")
class FaultMerelyUnavailable(SimulatedStation):
    """Shows a connector with an error as Unavailable with NoError."""

    def build_status_notification(self, connector_id: int) -> StatusNotification:
        status = super().build_status_notification(connector_id)
        if status.status is not ChargePointStatus.FAULTED:
            return status
        return msgspec.structs.replace(
            status, status=ChargePointStatus.UNAVAILABLE, error_code=ChargePointErrorCode.NO_ERROR
        )


@mutant(fails="10.1a", because="no StatusNotification shows the end of the error after the repair")
class ErrorCodeStays(SimulatedStation):
    """Leaves Faulted after the repair, but keeps the errorCode for minutes."""

    _last: ChargePointErrorCode | None = None

    def on_fault_changed(self, connector_id: int) -> None:
        if self.hardware.outlets[connector_id].fault is None:
            self._last = self.model.faults.connector_error
            asyncio.get_running_loop().call_later(LATE_S, self._forget, connector_id)
        super().on_fault_changed(connector_id)

    def _forget(self, connector_id: int) -> None:
        self._last = None
        self.show_status(connector_id)

    def error_of(self, connector_id: int) -> ChargePointErrorCode:
        kept = self._last if connector_id == 1 else None
        return kept or super().error_of(connector_id)


# ── 10.2a: connector 0 ───────────────────────────────────────────────────────────────────────────────


class _ToldOnStation(SimulatedStation):
    """While a connector has an error, connector 0 has one too."""

    code: ChargePointErrorCode | None = None
    status: ChargePointStatus = ChargePointStatus.FAULTED

    @property
    def broken(self) -> bool:
        return any(outlet.fault is not None for outlet in self.hardware.outlets.values())

    def on_fault_changed(self, connector_id: int) -> None:
        super().on_fault_changed(connector_id)
        self.show_status(0)

    def error_of(self, connector_id: int) -> ChargePointErrorCode:
        if connector_id == 0 and self.broken:
            return self.code or self.model.faults.connector_error
        return super().error_of(connector_id)

    def status_of(self, connector_id: int) -> ChargePointStatus:
        if connector_id == 0 and self.broken:
            return self.status
        return super().status_of(connector_id)


@mutant(fails="10.2a", because="the error of connector 1 is on connector 0")
class ConnectorErrorOnStationToo(_ToldOnStation):
    """Tells a connector's error on connector 0 too."""


@mutant(fails="10.2a", because="the error of connector 1 is on connector 0", name="connector_fault_on_0")
class ConnectorFaultOn0(_ToldOnStation):
    """Tells a connector's error on connector 0 alone."""

    def on_status_changed(self, connector_id: int) -> None:
        if connector_id == 0 or not self.broken:
            super().on_status_changed(connector_id)


@mutant(fails="10.2a", because="the error of connector 1 is on connector 0")
class ConnectorWarningOnStation(_ToldOnStation):
    """Tells a connector's error on connector 0 too, which stays Available."""

    status = ChargePointStatus.AVAILABLE


@mutant(fails="10.2a", because="a connector's error is on connector 0")
class LockFailureOnStation(_ToldOnStation):
    """Tells a ConnectorLockFailure on connector 0, which has no lock."""

    code = ChargePointErrorCode.CONNECTOR_LOCK_FAILURE


@mutant(fails=("3.4b", "10.2a"), because="Faulted on connector 0 without an errorCode")
class StationFaultedWithoutCode(_ToldOnStation):
    """Becomes Faulted on connector 0 with NoError; 3.4b asks for a code beside every Faulted."""

    code = ChargePointErrorCode.NO_ERROR


@mutant(fails=("3.4a", "10.2a"), because="with a status that only connectors have")
class StationErrorWithConnectorsStatus(_ToldOnStation):
    """Gives connector 0 an error and the status SuspendedEVSE, which 3.4a allows it never."""

    status = ChargePointStatus.SUSPENDED_EVSE
