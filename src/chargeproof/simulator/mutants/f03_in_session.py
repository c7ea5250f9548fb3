"""Mutants of function 3: what a ChangeAvailability does to a running session (S§5.2)."""

from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
    ChargePointStatus,
    Reason,
    StatusNotification,
)
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation


class _InSession(SimulatedStation):
    """Does something else when it is to go out of service while a session runs."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        connector = self.connectors.get(request.connector_id)
        busy = connector is not None and connector.transaction is not None
        if busy and request.type is AvailabilityType.INOPERATIVE:
            return self.instead(request)
        return super().answer_change_availability(request)

    def instead(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        """What it does."""
        raise NotImplementedError


@mutant(fails="3.2a", because="was answered with Rejected")
class InoperativeRejectedInSession(_InSession):
    """Rejects Inoperative while a session runs."""

    def instead(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        return ChangeAvailabilityConf(status=AvailabilityStatus.REJECTED)


@mutant(fails="3.2a", because="was answered with Accepted while a transaction ran")
class InoperativeAcceptedInSession(_InSession):
    """Says Accepted instead of Scheduled, and changes when the session is over."""

    def instead(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        self.availability.change(request)
        return ChangeAvailabilityConf(status=AvailabilityStatus.ACCEPTED)


@mutant(fails="3.2a", because="connector 1 did not become Unavailable")
class ScheduledAndForgotten(_InSession):
    """Says Scheduled and has forgotten it when the session is over."""

    def instead(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        return ChangeAvailabilityConf(status=AvailabilityStatus.SCHEDULED)


@mutant(fails="3.2a", because="ended the transaction")
class ScheduledCutsTheSession(_InSession):
    """Says Scheduled and ends the session for it."""

    def instead(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answer = self.availability.change(request)
        self.end_transaction(self.connectors[request.connector_id], Reason.OTHER)
        return answer


@mutant(fails="3.2a", because="did not wait for the end of the transaction")
class ScheduledShownAtOnce(_InSession):
    """Says Scheduled and shows Unavailable while the session runs."""

    def instead(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        self.outbox.post(
            StatusNotification(
                connector_id=request.connector_id,
                status=ChargePointStatus.UNAVAILABLE,
                error_code=self.error_of(request.connector_id),
                timestamp=self.now(),
            ),
            forced=True,
        )
        return self.availability.change(request)


@mutant(fails="3.2a", because="did not stay Unavailable")
class ScheduledForAMoment(_InSession):
    """Goes out of service when the session is over, and back into service a moment later."""

    fleeting: int | None = None

    def instead(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        self.fleeting = request.connector_id
        return self.availability.change(request)

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        super().on_availability_set(connector_id, wanted)
        if connector_id == self.fleeting and wanted is AvailabilityType.INOPERATIVE:
            self.fleeting = None
            self.spawn(self._back(connector_id), "back into service")

    async def _back(self, connector_id: int) -> None:
        await self.clock.sleep(2.0)
        self.availability.set({connector_id}, AvailabilityType.OPERATIVE)
