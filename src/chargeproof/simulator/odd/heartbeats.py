"""Odd but lawful: how stations beat."""

import asyncio

from msgspec.structs import replace

from chargeproof.ocpp import (
    BootNotificationConf,
    ChangeConfiguration,
    ChangeConfigurationConf,
    DataTransfer,
    MessageTrigger,
    TriggerMessage,
)
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful


@odd(
    note="heartbeats although other messages flow; they MAY be skipped (S§4.6)",
    model=lawful(heartbeat_skipped_when_busy=False),
)
class HeartbeatsAlthoughBusy(SimulatedStation):
    """Beats by its own clock alone."""


@odd(note="no Heartbeat, as other messages come more often than the interval (S§4.6)")
class OtherMessagesForHeartbeats(SimulatedStation):
    """Reports connector 0 every 15 s."""

    def start_software(self) -> None:
        super().start_software()
        self.spawn(self.report_for_ever(), "statuses for ever")

    async def report_for_ever(self) -> None:
        while True:
            await asyncio.sleep(15.0)
            if self.online:
                self.report_status(0)


@odd(note="a DataTransfer every 12 s stands for the heartbeats (S§4.6)")
class VendorMessagesForHeartbeats(SimulatedStation):
    """Tells its builder how it is."""

    def start_software(self) -> None:
        super().start_software()
        self.spawn(self.tell_for_ever(), "vendor messages")

    async def tell_for_ever(self) -> None:
        while True:
            await asyncio.sleep(12.0)
            if self.online:
                self.outbox.post(DataTransfer(vendor_id="com.example", message_id="alive", data="{}"))


@odd(note="counts the interval from its answers too; any PDU stands for a Heartbeat (S§4.6)")
class HeartbeatCountsFromAnswers(SimulatedStation):
    """Takes every frame that it sends for a sign of life."""

    def on_text_sent(self, text: str) -> None:
        super().on_text_sent(text)
        self.last_call_s = self.clock.monotonic()


@odd(note="beats a tenth early, so that no interval is ever exceeded")
class HeartbeatsEarly(SimulatedStation):
    """Allows for the way that the message has to go."""

    def heartbeat_interval_s(self) -> float:
        return 0.9 * super().heartbeat_interval_s()


@odd(note="beats up to three seconds late; a timer that is not exact")
class HeartbeatsUnsteady(SimulatedStation):
    """Has a coarse clock."""

    def heartbeat_interval_s(self) -> float:
        interval_s = super().heartbeat_interval_s()
        return interval_s + self.last_call_s % 3.0 if interval_s > 0 and self.last_call_s > 0 else interval_s


@odd(note="sends a triggered Heartbeat 12 s after the confirmation; S§5.17 gives no time")
class TriggeredHeartbeatTakesItsTime(SimulatedStation):
    """Has other things to do first."""

    def send_triggered(self, request: TriggerMessage) -> None:
        if request.requested_message is MessageTrigger.HEARTBEAT:
            asyncio.get_running_loop().call_later(12.0, self.outbox.post, self.build_heartbeat())
        else:
            super().send_triggered(request)


@odd(
    note="shows an hour as HeartbeatInterval, the most that the document allows, whatever the boot brought",
    model=lawful().with_key("HeartbeatInterval", value="3600"),
)
class HeartbeatEveryHour(SimulatedStation):
    """Keeps its key as it is until somebody sets it, and beats as the BootNotification.conf says."""

    boot_interval_s: float | None = None

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.boot_interval_s = float(confirmation.interval)
        return super().on_boot_answered(replace(confirmation, interval=0))

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == "HeartbeatInterval" and request.value != self.configuration.text(request.key):
            self.boot_interval_s = None
        return super().answer_change_configuration(request)

    def heartbeat_interval_s(self) -> float:
        return super().heartbeat_interval_s() if self.boot_interval_s is None else self.boot_interval_s
