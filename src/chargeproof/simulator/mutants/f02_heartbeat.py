"""Mutants of function 2: Heartbeat (automatic)."""

import asyncio
from typing import Any

from chargeproof.ocpp import (
    BootNotificationConf,
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    Confirmation,
    ErrorCode,
    GetConfigurationConf,
    MessageTrigger,
    TriggerMessage,
    TriggerMessageConf,
)
from chargeproof.simulator.link import Refused, edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.parts import BOOTS
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful, lawful_without

KEY = "HeartbeatInterval"
NOBODY_KNOWS_S = 900.0

# ── 2.1a: heartbeats come by themselves ──────────────────────────────────────────────────────────────


@mutant(fails="2.1a", because="no Heartbeat came in")
class HeartbeatNever(SimulatedStation):
    """Sends a Heartbeat only when it is triggered."""

    def heartbeat_due(self) -> bool:
        return False


class _AfterTheBoot(SimulatedStation):
    """Misbehaves with the interval that the boot brought, not with one that is set by its key."""

    set_by_key = False

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.set_by_key = False
        return super().on_boot_answered(confirmation)

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.set_by_key = self.set_by_key or request.key == KEY
        return super().answer_change_configuration(request)


@mutant(fails="2.1a", because="no Heartbeat came in")
class HeartbeatIgnoresTheBootInterval(_AfterTheBoot):
    """Shows the interval of the BootNotification.conf and keeps its own rhythm until the key is set."""

    def heartbeat_interval_s(self) -> float:
        return super().heartbeat_interval_s() if self.set_by_key else NOBODY_KNOWS_S


@mutant(fails="2.1a", because="no Heartbeat came in")
class HeartbeatStopsAfterTwo(_AfterTheBoot):
    """Sends two heartbeats by itself after a boot, and no further one until the key is set."""

    sent = 0

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.sent = 0
        return super().on_boot_answered(confirmation)

    def heartbeat_due(self) -> bool:
        self.sent += 1
        return self.set_by_key or self.sent <= 2


@mutant(fails="2.1a", because="no Heartbeat came in")
class HeartbeatEverySecondTime(_AfterTheBoot):
    """Leaves out every second heartbeat of the interval that the boot brought."""

    turns = 0

    def heartbeat_due(self) -> bool:
        self.turns += 1
        return self.set_by_key or self.turns % 2 == 0


@mutant(fails="2.1a", because="no Heartbeat came in")
class HeartbeatTenSecondsLate(_AfterTheBoot):
    """Waits ten seconds longer than the interval that the boot brought."""

    def heartbeat_interval_s(self) -> float:
        return super().heartbeat_interval_s() + (0.0 if self.set_by_key else 10.0)


@mutant(fails=("2.1a", "2.2a"), because="no Heartbeat came in")
class HeartbeatUnknown(SimulatedStation):
    """Has no heartbeat at all: none comes by itself, and its trigger is not implemented."""

    def heartbeat_due(self) -> bool:
        return False

    def answer_trigger_message(self, request: TriggerMessage) -> TriggerMessageConf | None:
        if request.requested_message is MessageTrigger.HEARTBEAT:
            raise Refused(ErrorCode.NOT_IMPLEMENTED, "there is no Heartbeat here")
        return super().answer_trigger_message(request)


# ── 2.2a: a trigger brings a heartbeat ───────────────────────────────────────────────────────────────


class _TriggeredHeartbeat(SimulatedStation):
    """Does something else than to send a heartbeat when one was triggered."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if request.requested_message is MessageTrigger.HEARTBEAT:
            self.instead(request)
        else:
            super().send_triggered(request)

    def instead(self, request: TriggerMessage) -> None:
        """What it does."""


@mutant(fails="2.2a", because="the TriggerMessage was accepted, and no Heartbeat followed")
class TriggerHeartbeatAcceptsThenSilent(_TriggeredHeartbeat):
    """Accepts the trigger of a Heartbeat and sends none."""


@mutant(fails="2.2a", because="the TriggerMessage was accepted, and no Heartbeat followed")
class TriggerHeartbeatSendsAStatus(_TriggeredHeartbeat):
    """Sends a StatusNotification when a Heartbeat was triggered."""

    def instead(self, request: TriggerMessage) -> None:
        self.outbox.post(self.build_status_notification(0), forced=True)


@mutant(fails="2.2a", because="the TriggerMessage was accepted, and no Heartbeat followed")
class TriggerHeartbeatTooLate(_TriggeredHeartbeat):
    """Sends the triggered Heartbeat 25 s after its confirmation."""

    def instead(self, request: TriggerMessage) -> None:
        asyncio.get_running_loop().call_later(25.0, self.outbox.post, self.build_heartbeat())


@mutant(fails="2.2a", because="the TriggerMessage was accepted, and no Heartbeat followed")
class TriggerHeartbeatBeforeConfirmation(SimulatedStation):
    """Sends the triggered Heartbeat first and confirms the trigger a second later."""

    asked_for = False

    def send_triggered(self, request: TriggerMessage) -> None:
        self.asked_for = request.requested_message is MessageTrigger.HEARTBEAT
        super().send_triggered(request)

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if not (isinstance(confirmation, TriggerMessageConf) and self.asked_for):
            return text
        self.asked_for = False
        if self.link is not None:
            asyncio.get_running_loop().call_later(1.0, self.link.wire.send, text)
        return None


# ── 2.3a: an hour at most, and configurable ──────────────────────────────────────────────────────────


class _ShownDefault(SimulatedStation):
    """Shows another HeartbeatInterval than the one in force, until it is set to something else."""

    default = ""
    is_default = True

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key != KEY:
            return super().answer_change_configuration(request)
        self.is_default = request.value == self.default
        if self.is_default:
            return ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED)
        return super().answer_change_configuration(request)

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if not (isinstance(confirmation, GetConfigurationConf) and self.is_default):
            return text
        return edited_payload(text, self.show_default)

    def show_default(self, payload: dict[str, Any]) -> None:
        for item in payload.get("configurationKey", ()):
            if item["key"] == KEY:
                item["value"] = self.default


@mutant(
    fails="2.3a",
    because="HeartbeatInterval is “86400”, which is not a heartbeat an hour",
    name="heartbeat_default_86400",
)
class HeartbeatDefault86400(_ShownDefault):
    """Has a default of one heartbeat a day."""

    default = "86400"


@mutant(
    fails="2.3a",
    because="HeartbeatInterval is “3601”, which is not a heartbeat an hour",
    name="heartbeat_default_3601",
)
class HeartbeatDefault3601(_ShownDefault):
    """Has a default that is one second longer than an hour."""

    default = "3601"


@mutant(
    fails="2.3a",
    because="HeartbeatInterval is “0”, which is not a heartbeat an hour",
    name="heartbeat_default_0",
)
class HeartbeatDefault0(_ShownDefault):
    """Has heartbeats switched off by default."""

    default = "0"


@mutant(fails="2.3a", because="HeartbeatInterval is “PT15M”, which is not a heartbeat an hour")
class HeartbeatDefaultIsNoNumber(_ShownDefault):
    """Shows its default as an ISO 8601 duration instead of seconds."""

    default = "PT15M"


@mutant(fails="2.3a", because="HeartbeatInterval is read-only", model=lawful().with_key(KEY, readonly=True))
class HeartbeatIntervalReadOnly(SimulatedStation):
    """Lets nobody change HeartbeatInterval, and says so."""


@mutant(fails="2.3a", because="HeartbeatInterval=20 was accepted, but the heartbeats do not follow it")
class IntervalAcceptedNotApplied(SimulatedStation):
    """Stores a new HeartbeatInterval and keeps the spacing that the boot brought."""

    in_force_s = NOBODY_KNOWS_S

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.in_force_s = float(confirmation.interval)
        return super().on_boot_answered(confirmation)

    def heartbeat_interval_s(self) -> float:
        return self.in_force_s


@mutant(fails="2.3a", because="HeartbeatInterval=20 was accepted, but the heartbeats do not follow it")
class IntervalTakenForMinutes(SimulatedStation):
    """Reads a HeartbeatInterval that is set by the central system as minutes."""

    unit_s = 1.0

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.unit_s = 1.0
        return super().on_boot_answered(confirmation)

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.unit_s = 60.0 if request.key == KEY else self.unit_s
        return super().answer_change_configuration(request)

    def heartbeat_interval_s(self) -> float:
        return super().heartbeat_interval_s() * self.unit_s


@mutant(fails="2.3a", because="HeartbeatInterval=20 was accepted, but the heartbeats do not follow it")
class IntervalStopsHeartbeats(SimulatedStation):
    """Sends one heartbeat after HeartbeatInterval was set, and none after that."""

    left = 0
    is_set = False

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.is_set = False
        return super().on_boot_answered(confirmation)

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == KEY:
            self.is_set, self.left = True, 1
        return super().answer_change_configuration(request)

    def heartbeat_due(self) -> bool:
        self.left -= self.is_set
        return not self.is_set or self.left >= 0


@mutant(fails="2.3a", because="HeartbeatInterval=20 was accepted, but the heartbeats do not follow it")
class IntervalOnlyEverFaster(SimulatedStation):
    """Halves every HeartbeatInterval that is set by the central system."""

    factor = 1.0

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.factor = 1.0
        return super().on_boot_answered(confirmation)

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.factor = 0.5 if request.key == KEY else self.factor
        return super().answer_change_configuration(request)

    def heartbeat_interval_s(self) -> float:
        return super().heartbeat_interval_s() * self.factor


@mutant(fails="2.3a", because="HeartbeatInterval=180 was answered with Rejected")
class IntervalRejectedAfterReset(SimulatedStation):
    """Shows HeartbeatInterval as writable and rejects every value once it was reset."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == KEY and int(self.memory.get(BOOTS, 0)) > 1:
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)


@mutant(fails=("2.3a", "5.1a"), because="HeartbeatInterval=20 was accepted, but reads back differently")
class IntervalAcceptedNotStored(SimulatedStation):
    """Accepts a new HeartbeatInterval and keeps the old one. Functions 2 and 5 both change this key."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == KEY:
            return ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED)
        return super().answer_change_configuration(request)


@mutant(fails=("2.3a", "4.1b", "5.1a"), because="HeartbeatInterval is not known", model=lawful_without(KEY))
class IntervalUnknown(SimulatedStation):
    """Has no HeartbeatInterval, which is required (4.1b), measured (2.3a) and edited for real (5.1a)."""

    boot_interval_s = NOBODY_KNOWS_S

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.boot_interval_s = float(confirmation.interval)
        return super().on_boot_answered(confirmation)

    def heartbeat_interval_s(self) -> float:
        return self.boot_interval_s
