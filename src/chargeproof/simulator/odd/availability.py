"""Odd but lawful: how stations go out of service and come back."""

import asyncio

from chargeproof.ocpp import (
    AvailabilityStatus,
    ChangeAvailability,
    ChangeAvailabilityConf,
    Confirmation,
    Reason,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
)
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful


@odd(note="one connector", model=lawful(connectors=1))
class OneConnector(SimulatedStation):
    """Has a single outlet."""


@odd(note="four connectors", model=lawful(connectors=4))
class FourConnectors(SimulatedStation):
    """Has four outlets."""


@odd(note="reports a new availability 20 s after the confirmation; S§5.2 gives no time")
class AvailabilityShownLater(SimulatedStation):
    """Has a slow display."""

    in_command = False

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        self.in_command = True
        try:
            return super().answer_change_availability(request)
        finally:
            self.in_command = False

    def report_status(self, connector_id: int) -> None:
        if self.in_command:
            asyncio.get_running_loop().call_later(20.0, super().report_status, connector_id)
        else:
            super().report_status(connector_id)


@odd(note="sends the StatusNotification before the ChangeAvailability.conf; the order of the two is free")
class StatusBeforeConfirmation(SimulatedStation):
    """Does first what it confirms then."""

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if isinstance(confirmation, ChangeAvailabilityConf) and self.link is not None:
            asyncio.get_running_loop().call_later(0.5, self.link.wire.send, text)
            return None
        return text


@odd(
    note="rejects ChangeAvailability of connector 0, which the conf allows (S§7.3); the connectors obey one by one"
)
class NoAvailabilityOfTheWholeStation(SimulatedStation):
    """Knows connectors only."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        if request.connector_id == 0:
            return ChangeAvailabilityConf(status=AvailabilityStatus.REJECTED)
        return super().answer_change_availability(request)


@odd(
    note="a soft reset restarts the application and keeps the connection; OCTT_014 calls even the Boot optional"
)
class SoftResetKeepsTheConnection(SimulatedStation):
    """Registers anew over the connection that it has."""

    def answer_reset(self, request: Reset) -> ResetConf | None:
        if request.type is ResetType.HARD:
            return super().answer_reset(request)
        self.stop_for_reset(Reason.SOFT_RESET)
        self.registration = None
        self.reported = {}
        self.spawn(self.register(), "soft reset")
        return ResetConf(status=ResetStatus.ACCEPTED)


@odd(note="begins a reset 25 s after its confirmation", model=lawful(timing={"reset_delay_s": 25.0}))
class ResetsLater(SimulatedStation):
    """Says good-bye to its other tasks first."""


@odd(
    note="resets at once",
    model=lawful(timing={"reset_delay_s": 0.0, "hard_reset_s": 0.5, "soft_reset_s": 0.1}),
)
class ResetsAtOnce(SimulatedStation):
    """Loses no time."""


@odd(
    note="stays away for fifteen minutes after a hard reset: a modem that registers slowly",
    model=lawful(timing={"hard_reset_s": 900.0}),
)
class AwayForFifteenMinutes(SimulatedStation):
    """Comes back late."""
