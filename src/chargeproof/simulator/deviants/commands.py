"""Deviants that take commands in their own way: triggers, silence, endless repetition."""

import asyncio
from typing import Any

from chargeproof.ocpp import (
    CallReceived,
    ClearCache,
    ClearCacheConf,
    ErrorCode,
    MessageTrigger,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
)
from chargeproof.simulator.deviants.edits import SendsByHand
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.link import Refused
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction

UNKNOWN = '[2,"{}","FirmwareLog",{{}}]'


def _is_for_all_statuses(request: TriggerMessage) -> bool:
    wanted = request.requested_message is MessageTrigger.STATUS_NOTIFICATION
    return wanted and request.connector_id is None


@deviant("L-23")
class ReportsTheStationAlone(SimulatedStation):
    """Takes a TriggerMessage for all statuses and reports connector 0 alone."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if _is_for_all_statuses(request):
            self.outbox.post(self.build_status_notification(0), forced=True)
        else:
            super().send_triggered(request)


@deviant("L-23")
class RefusesToBeAskedForMeterValues(SimulatedStation):
    """Sends no meter values by itself, and rejects a TriggerMessage for them."""

    def send_sampled_values(self, transaction: Transaction) -> None:
        pass

    def answer_trigger_message(self, request: TriggerMessage) -> TriggerMessageConf | None:
        if request.requested_message is MessageTrigger.METER_VALUES:
            return TriggerMessageConf(status=TriggerMessageStatus.REJECTED)
        return super().answer_trigger_message(request)


@near_miss("L-23")
class ReportsTheConnectorsSlowly(SimulatedStation):
    """Takes a TriggerMessage for all statuses and reports the connectors eight seconds after the station."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if not _is_for_all_statuses(request):
            super().send_triggered(request)
            return
        self.outbox.post(self.build_status_notification(0), forced=True)
        self.spawn(self._report_connectors(), "statuses")

    async def _report_connectors(self) -> None:
        for connector_id in self.connectors:
            await asyncio.sleep(8)
            self.outbox.post(self.build_status_notification(connector_id), forced=True)


class _BeatsInItsOwnTime(SimulatedStation):
    """Has an interval between heartbeats of its own."""

    factor = 1.0

    def heartbeat_interval_s(self) -> float:
        return super().heartbeat_interval_s() * self.factor


@deviant("L-24")
class BeatsTooOften(_BeatsInItsOwnTime):
    """Waits a third of the interval that it was told."""

    factor = 0.33


@deviant("L-24")
class IsDeafToOneCommand(SimulatedStation):
    """Leaves ClearCache unanswered and goes on talking."""

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        return None


@deviant("L-24")
class StopsListening(SimulatedStation):
    """Answers nothing any more after its first transaction began, and goes on with its heartbeats."""

    deaf = False

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        self.deaf = True

    def answer(self, event: CallReceived) -> Any:
        return None if self.deaf else super().answer(event)


@near_miss("L-24")
class BeatsALittleLate(_BeatsInItsOwnTime):
    """Waits a tenth longer than the interval that it was told."""

    factor = 1.1


@near_miss("L-24")
class AnswersWithAnError(SimulatedStation):
    """Answers ClearCache with a CALLERROR."""

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        raise Refused(ErrorCode.NOT_SUPPORTED, "this station has no cache")


class _RepeatsAMessage(SendsByHand):
    """Sends a message that no central system knows, with the same content each time."""

    times = 0
    sent = 0

    def on_connected(self) -> None:
        super().on_connected()
        if self.sent < self.times:
            self.spawn(self._repeat(), "repeat")

    async def _repeat(self) -> None:
        while self.sent < self.times:
            self.sent += 1
            await asyncio.sleep(3)
            self.send_by_hand(UNKNOWN.format(f"log-{self.sent}"))


@deviant("L-32")
class RepeatsWhatWasRefused(_RepeatsAMessage):
    """Sends a message again and again, though it is answered with a CALLERROR each time."""

    times = 10


@near_miss("L-32")
class GivesUpAfterTwoAttempts(_RepeatsAMessage):
    """Sends a message that is answered with a CALLERROR once more, and gives up."""

    times = 2
