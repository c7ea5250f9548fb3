"""Mutants of function 16: TriggerMessage."""

import asyncio
from typing import Any

from msgspec.structs import replace

from chargeproof.ocpp import (
    ChargePointStatus,
    Confirmation,
    ErrorCode,
    MessageTrigger,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
)
from chargeproof.simulator.link import Refused
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

# ── 16.1a: the trigger is accepted ───────────────────────────────────────────────────────────────────


class _AnsweredOtherwise(SimulatedStation):
    """Does not accept the trigger of a status."""

    def answer_trigger_message(self, request: TriggerMessage) -> TriggerMessageConf | None:
        if request.requested_message is not MessageTrigger.STATUS_NOTIFICATION:
            return super().answer_trigger_message(request)
        return self.instead(request)

    def instead(self, request: TriggerMessage) -> TriggerMessageConf | None:
        """What it answers."""
        return TriggerMessageConf(status=TriggerMessageStatus.NOT_IMPLEMENTED)


@mutant(fails="16.1a", because="for connector 1 was answered with NotImplemented")
class TriggerNotimplemented(_AnsweredOtherwise):
    """Names RemoteTrigger among its profiles and has not implemented the trigger of a status."""


@mutant(fails="16.1a", because="for connector 1 was answered with Rejected")
class TriggerStatusRejected(_AnsweredOtherwise):
    """Rejects the trigger of a status."""

    def instead(self, request: TriggerMessage) -> TriggerMessageConf | None:
        return TriggerMessageConf(status=TriggerMessageStatus.REJECTED)


@mutant(fails="16.1a", because="for connector 1 was answered with CALLERROR NotSupported")
class TriggerStatusNotSupported(_AnsweredOtherwise):
    """Names RemoteTrigger among its profiles and answers the trigger of a status with a CALLERROR."""

    def instead(self, request: TriggerMessage) -> TriggerMessageConf | None:
        raise Refused(ErrorCode.NOT_SUPPORTED, "no triggers here")


@mutant(fails="16.1a", because="for connector 1 was not answered")
class TriggerStatusUnanswered(_AnsweredOtherwise):
    """Sends the triggered status and does not answer the trigger."""

    def instead(self, request: TriggerMessage) -> TriggerMessageConf | None:
        self.send_triggered(request)
        return None


@mutant(fails="16.1a", because="without connectorId was not answered")
class TriggerStatusOfAllUnanswered(_AnsweredOtherwise):
    """Does not answer the trigger of a status that names no connector."""

    def instead(self, request: TriggerMessage) -> TriggerMessageConf | None:
        if request.connector_id is None:
            return None
        return super(_AnsweredOtherwise, self).answer_trigger_message(request)


# ── 16.1b: the confirmation, then true statuses ──────────────────────────────────────────────────────


class _Triggered(SimulatedStation):
    """Does something else than to send the status that was triggered."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if request.requested_message is MessageTrigger.STATUS_NOTIFICATION:
            self.instead(request)
        else:
            super().send_triggered(request)

    def instead(self, request: TriggerMessage) -> None:
        """What it does."""

    def send_status(self, connector_id: int, **changes: Any) -> None:
        """Send a status of that connector with some fields changed."""
        self.outbox.post(replace(self.build_status_notification(connector_id), **changes), forced=True)


@mutant(fails="16.1b", because="was accepted, and no status of connector 1 followed")
class TriggerStatusAcceptsThenSilent(_Triggered):
    """Accepts the trigger of a status and sends none."""


@mutant(fails="16.1b", because="without connectorId was accepted, and no status of connector 1 followed")
class TriggerStatusOfConnector0Alone(_Triggered):
    """Sends the status of connector 0 alone when no connector was named."""

    def instead(self, request: TriggerMessage) -> None:
        self.send_status(request.connector_id or 0)


@mutant(fails="16.1b", because="without connectorId was accepted, and no status of connector 0 followed")
class TriggerStatusWithoutConnector0(_Triggered):
    """Leaves out connector 0 when no connector was named."""

    def instead(self, request: TriggerMessage) -> None:
        for connector_id in self.connectors:
            if request.connector_id in (None, connector_id):
                self.send_status(connector_id)


@mutant(fails="16.1b", because="for connector 1 was accepted, and no status of connector 1 followed")
class TriggerStatusOfAnotherConnector(_Triggered):
    """Sends the status of connector 2 when connector 1 was named."""

    def instead(self, request: TriggerMessage) -> None:
        for connector_id in [2] if request.connector_id else [0, *self.connectors]:
            self.send_status(connector_id)


@mutant(
    fails="16.1b", because="connector 1 reported Finishing after the confirmation, though it was Available"
)
class TriggerStatusLies(_Triggered):
    """Sends a status that the connector does not have."""

    def instead(self, request: TriggerMessage) -> None:
        for connector_id in self.connectors:
            if request.connector_id in (None, connector_id):
                self.send_status(connector_id, status=ChargePointStatus.FINISHING)
        if request.connector_id is None:
            self.send_status(0)


@mutant(fails="16.1b", because="was accepted, and no status of connector 1 followed")
class TriggerStatusTooLate(_Triggered):
    """Sends the triggered status 40 s after its confirmation."""

    def instead(self, request: TriggerMessage) -> None:
        asyncio.get_running_loop().call_later(40.0, SimulatedStation.send_triggered, self, request)


@mutant(fails="16.1b", because="was accepted, and no status of connector 1 followed")
class TriggerStatusBeforeConfirmation(SimulatedStation):
    """Sends the triggered status first and confirms the trigger a second later."""

    asked_for = False

    def send_triggered(self, request: TriggerMessage) -> None:
        self.asked_for = request.requested_message is MessageTrigger.STATUS_NOTIFICATION
        super().send_triggered(request)

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if not (isinstance(confirmation, TriggerMessageConf) and self.asked_for):
            return text
        self.asked_for = False
        if self.link is not None:
            asyncio.get_running_loop().call_later(1.0, self.link.wire.send, text)
        return None
