"""Mutants of function 3: Change availability (its commands; the statuses are in the file beside it)."""

import asyncio

from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
    ErrorCode,
)
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

INOPERATIVE, OPERATIVE = AvailabilityType.INOPERATIVE, AvailabilityType.OPERATIVE


class _SilentChange(SimulatedStation):
    """Changes the availability and does not report some of the new statuses."""

    command: ChangeAvailability | None = None

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        self.command = request
        try:
            return super().answer_change_availability(request)
        finally:
            self.command = None

    def report_status(self, connector_id: int) -> None:
        if self.command is None or self.reports(self.command, connector_id):
            super().report_status(connector_id)

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        """Whether it reports what this command made of that connector."""
        return True


# ── 3.1a: Operative ──────────────────────────────────────────────────────────────────────────────────


@mutant(fails="3.1a", because="connector 1 did not become Available")
class OperativeStaysUnavailable(_SilentChange):
    """Accepts Operative, and its connectors stay Unavailable for all that it reports."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        return command.type is INOPERATIVE


@mutant(fails="3.1a", because="ChangeAvailability Operative of connector 1 was answered with Rejected")
class OperativeRejected(SimulatedStation):
    """Makes its connectors operative and answers Rejected."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answered = super().answer_change_availability(request)
        if request.type is INOPERATIVE:
            return answered
        return ChangeAvailabilityConf(status=AvailabilityStatus.REJECTED)


@mutant(fails="3.1a", because="ChangeAvailability Operative of connector 1 was answered with CALLERROR")
class OperativeNotSupported(SimulatedStation):
    """Makes its connectors operative and answers with a CALLERROR."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answered = super().answer_change_availability(request)
        if request.type is INOPERATIVE:
            return answered
        raise Refused(ErrorCode.NOT_SUPPORTED, "operative again, but who asked?")


@mutant(fails="3.1a", because="ChangeAvailability Operative of connector 1 was not answered")
class OperativeUnanswered(SimulatedStation):
    """Makes its connectors operative and does not answer."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answered = super().answer_change_availability(request)
        return answered if request.type is INOPERATIVE else None


@mutant(fails="3.1a", because="was scheduled though no transaction runs")
class OperativeScheduledWhileIdle(SimulatedStation):
    """Answers Operative with Scheduled although no transaction runs, and does it at once."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answered = super().answer_change_availability(request)
        if request.type is INOPERATIVE:
            return answered
        return ChangeAvailabilityConf(status=AvailabilityStatus.SCHEDULED)


@mutant(fails="3.1a", because="connector 1 did not become Available")
class OperativeShownTooLate(_SilentChange):
    """Reports 40 s later that connector 1 was made operative by itself."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        if command.type is INOPERATIVE or command.connector_id != 1:
            return True
        asyncio.get_running_loop().call_later(40.0, self.report_status, connector_id)
        return False


@mutant(
    fails="3.1a", because="ChangeAvailability Operative of connector 2: connector 2 did not become Available"
)
class OperativeSilentOnConnector2(_SilentChange):
    """Reports nothing when connector 2 is made operative by itself."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        return command.type is INOPERATIVE or command.connector_id != 2


# ── 3.2a: Inoperative ────────────────────────────────────────────────────────────────────────────────


@mutant(fails="3.2a", because="connector 1 did not become Unavailable")
class InoperativeAcceptsNoChange(SimulatedStation):
    """Accepts Inoperative and does nothing."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        if request.type is INOPERATIVE:
            return ChangeAvailabilityConf(status=AvailabilityStatus.ACCEPTED)
        return super().answer_change_availability(request)


@mutant(fails="3.2a", because="ChangeAvailability Inoperative of connector 1 was answered with Rejected")
class InoperativeRejected(SimulatedStation):
    """Rejects Inoperative."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        if request.type is INOPERATIVE:
            return ChangeAvailabilityConf(status=AvailabilityStatus.REJECTED)
        return super().answer_change_availability(request)


@mutant(fails="3.2a", because="ChangeAvailability Inoperative of connector 1 was not answered")
class InoperativeUnanswered(SimulatedStation):
    """Takes its connectors out of service and does not answer."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answered = super().answer_change_availability(request)
        return None if request.type is INOPERATIVE else answered


@mutant(fails="3.2a", because="was scheduled though no transaction runs")
class InoperativeScheduledWhileIdle(SimulatedStation):
    """Schedules Inoperative although no transaction runs, so that the change never comes."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        if request.type is INOPERATIVE:
            return ChangeAvailabilityConf(status=AvailabilityStatus.SCHEDULED)
        return super().answer_change_availability(request)


@mutant(fails="3.2a", because="connector 1 did not stay Unavailable")
class InoperativeForAMoment(SimulatedStation):
    """Goes back into service by itself as soon as Unavailable was reported."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answered = super().answer_change_availability(request)
        if request.type is INOPERATIVE:
            concerned = {request.connector_id} if request.connector_id else {0, *self.connectors}
            self.availability.set(concerned, OPERATIVE)
        return answered


@mutant(
    fails="3.2a",
    because="ChangeAvailability Inoperative of connector 2: connector 2 did not become Unavailable",
)
class InoperativeShowsConnector1Instead(_SilentChange):
    """Reports connector 1 when connector 2 is taken out of service."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        if command.type is INOPERATIVE and command.connector_id == 2 and connector_id == 2:
            self.outbox.post(self.build_status_notification(1))
            return False
        return True


# ── 3.3a: every connector shows it ───────────────────────────────────────────────────────────────────


@mutant(fails="3.3a", because="connector 1 did not become Unavailable", name="sn_only_connector_0")
class SnOnlyConnector0(_SilentChange):
    """Reports connector 0 alone when the whole station was commanded."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        return command.connector_id != 0 or connector_id == 0


@mutant(fails="3.3a", because="connector 0 did not become Unavailable")
class SnNotOnConnector0(_SilentChange):
    """Reports its connectors when the whole station was commanded, but not connector 0."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        return command.connector_id != 0 or connector_id != 0


@mutant(fails="3.3a", because="connector 2 did not become Unavailable")
class SnNotOnTheLastConnector(_SilentChange):
    """Forgets the last connector when the whole station was commanded."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        return command.connector_id != 0 or connector_id != len(self.connectors)


@mutant(
    fails="3.3a", because="ChangeAvailability Operative of connector 0: connector 1 did not become Available"
)
class SnOnlyConnector0WhenOperative(_SilentChange):
    """Reports connector 0 alone when the whole station went back into service."""

    def reports(self, command: ChangeAvailability, connector_id: int) -> bool:
        whole_station = command.connector_id == 0 and command.type is OPERATIVE
        return not whole_station or connector_id == 0
