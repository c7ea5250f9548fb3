"""Getting and keeping the connection: dial, boot, heartbeat, pings, statuses (S§4.2, S§4.6, S§4.9)."""

import asyncio
from typing import Any

from chargeproof.ocpp import (
    AvailabilityType,
    BootNotificationConf,
    ChargePointStatus,
    HeartbeatConf,
    RegistrationStatus,
    Request,
    StatusNotification,
)
from chargeproof.simulator.bell import Bell
from chargeproof.simulator.connector import Connector, steps
from chargeproof.simulator.link import CallFailed, NotConnected, StationLink
from chargeproof.simulator.messages import Messages
from chargeproof.simulator.ports import DialRefused, PingingWire, Wire

SUBPROTOCOLS = ("ocpp1.6",)
PROTOCOL_ERROR = 1002

# An interval counts as over when no more than this is left of it: floating point.
HEARTBEAT_EARLY_S = 0.001


class Connecting(Messages):
    """From the first dial to the exchange of messages."""

    # The socket

    async def keep_connected(self) -> None:
        """Dial, talk until the line breaks, and dial again after a growing pause."""
        timing = self.model.timing
        pause_s = timing.reconnect_min_s
        while True:
            try:
                wire = await self.open_agreed_socket()
            except (OSError, DialRefused):
                await asyncio.sleep(self.reconnect_pause_s(pause_s))
                pause_s = min(pause_s * timing.reconnect_factor, timing.reconnect_max_s)
                continue
            pause_s = timing.reconnect_min_s
            await self.talk(wire)
            await asyncio.sleep(self.reconnect_pause_s(pause_s))

    async def open_socket(self) -> Wire:
        """One attempt to connect. Raises what a dial raises."""
        return await self.dial(self.charge_point_id, self.subprotocols())

    async def open_agreed_socket(self) -> Wire:
        """RFC 6455 section 4.1: a connection in a sub-protocol that was not offered is failed."""
        wire = await self.open_socket()
        if not self.agrees_to(getattr(wire, "subprotocol", None)):
            await wire.close(PROTOCOL_ERROR)
            raise ConnectionAbortedError("the central system chose a sub-protocol that was not offered")
        return wire

    def agrees_to(self, subprotocol: str | None) -> bool:
        """Whether that choice of the central system will do; None: it chose nothing."""
        offered = [one.lower() for one in self.subprotocols()]
        return subprotocol is None or subprotocol.lower() in offered

    def subprotocols(self) -> tuple[str, ...]:
        return SUBPROTOCOLS

    def reconnect_pause_s(self, pause_s: float) -> float:
        """A random part, so that many stations do not come back at once (J§5.3)."""
        return pause_s * self.random.uniform(0.8, 1.0)

    async def talk(self, wire: Wire) -> None:
        """One connection, from the open socket to its end."""
        link = StationLink(self.as_station(), wire, call_timeout_s=self.model.timing.message_timeout_s)
        self.link = link
        opened = self.spawn(self.on_opened(), "open")
        try:
            await link.run()
        finally:
            opened.cancel()
            await wire.close()

    def on_link_closed(self, link: StationLink) -> None:
        """Told at once when the socket is gone, before anything else happens."""
        if self.link is link:
            self.link = None
            self.on_disconnected()

    async def on_opened(self) -> None:
        """After a boot the station registers; after a plain reconnect it does not (J§5.4)."""
        if self.registration is RegistrationStatus.ACCEPTED:
            self.on_connected()
        else:
            await self.register()

    # Boot

    async def register(self) -> None:
        """BootNotification until one is accepted; nothing else is sent before (S§4.2)."""
        while self.link is not None:
            wait_s = await self.boot_once()
            if wait_s is None:
                return
            await self.boot_bell.heard(wait_s)

    async def boot_once(self) -> float | None:
        """One BootNotification. Seconds until the next one; None if it was accepted."""
        try:
            confirmation = await self.call(self.build_boot_notification())
        except NotConnected:
            return None
        except CallFailed:
            return self.model.timing.boot_retry_s
        return self.on_boot_answered(confirmation)

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.registration = confirmation.status
        self.synchronize_clock(confirmation.current_time)
        if confirmation.status is not RegistrationStatus.ACCEPTED:
            # 0 leaves the interval to the station, which must not flood (S§4.2).
            return confirmation.interval or self.model.timing.boot_retry_s
        if confirmation.interval > 0:
            self.configuration.store("HeartbeatInterval", str(confirmation.interval))
        self.on_connected()
        return None

    def boot_again(self) -> None:
        """A triggered BootNotification while none was accepted."""
        self.boot_bell.ring()

    def on_connected(self) -> None:
        """The connection is there and the station is accepted: after a boot, and after each reconnect."""
        for connector_id in self.statuses_to_report():
            self.report_status(connector_id)
        self.heartbeat_bell.ring()
        self.wake_sender()

    def on_disconnected(self) -> None:
        self.outbox.drop_statuses()

    # Statuses

    def statuses_to_report(self) -> list[int]:
        return self.statuses_after_reconnect() if self.reported else self.statuses_after_boot()

    def statuses_after_boot(self) -> list[int]:
        """0 and every connector (E3.22)."""
        return [0, *self.connectors]

    def statuses_after_reconnect(self) -> list[int]:
        """Those that are not what the central system was told last."""
        return [one for one, shown in self.shown.items() if self.reported.get(one) != shown]

    def refresh(self, connector_id: int) -> None:
        """Bring the status to what it has to be now, by the steps of S§4.9, and report each step."""
        connector = self.connectors[connector_id]
        for status in self.steps_to(connector):
            connector.status = status
            self.show_status(connector_id)
        self.show_status(connector_id)

    def steps_to(self, connector: Connector) -> list[ChargePointStatus]:
        """The statuses to go through to the one that is due."""
        return steps(connector.status, self.as_station().status_due(connector))

    def show_status(self, connector_id: int) -> None:
        """Report status and error code if one of them is new."""
        now = (self.status_of(connector_id), self.error_of(connector_id))
        if self.shown.get(connector_id) != now:
            self.shown[connector_id] = now
            self.on_status_changed(connector_id)

    def on_status_changed(self, connector_id: int) -> None:
        if self.online:
            self.report_status(connector_id)

    def report_status(self, connector_id: int) -> None:
        self.outbox.post(self.build_status_notification(connector_id))

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        """ChangeAvailability has changed a connector, or the station itself, now."""
        if connector_id == 0:
            self.show_status(0)
            return
        connector = self.connectors[connector_id]
        if wanted is AvailabilityType.INOPERATIVE:
            connector.stop_waiting_for_plug()
        elif connector.status is ChargePointStatus.UNAVAILABLE:
            # S§4.9 knows no step from there to Finishing: a cable that is still in makes Preparing (H2).
            connector.finishing = False
        self.refresh(connector_id)

    def on_fault_changed(self, connector_id: int) -> None:
        """Something broke or was repaired."""
        if connector_id == 0:
            self.show_status(0)
        else:
            self.power.recalculate(connector_id)
            self.refresh(connector_id)

    def on_notice_delivered(self, request: Request[Any], confirmation: Any) -> None:
        if isinstance(request, StatusNotification):
            self.reported[request.connector_id] = (request.status, request.error_code)
        if isinstance(confirmation, HeartbeatConf):
            self.synchronize_clock(confirmation.current_time)

    # Heartbeats and pings

    async def run_heartbeats(self) -> None:
        mark_s = float("-inf")
        while True:
            wait_s = self.heartbeat_wait_s(mark_s)
            if await self.heartbeat_bell.heard(wait_s):
                continue
            skips = self.model.heartbeat_skipped_when_busy
            if skips and (self.heartbeat_wait_s(mark_s) or 0.0) > HEARTBEAT_EARLY_S:
                continue  # another message went out in the meantime, and the interval counts from there
            mark_s = self.clock.monotonic()
            if self.online and self.heartbeat_due():
                await self.send_heartbeat()

    def heartbeat_wait_s(self, last_heartbeat_s: float) -> float | None:
        """Seconds until the interval is over; None while there is nothing to wait for."""
        interval_s = self.heartbeat_interval_s()
        if not self.online or interval_s <= 0:
            return None
        return max(0.0, self.heartbeat_counts_from_s(last_heartbeat_s) + interval_s - self.clock.monotonic())

    def heartbeat_interval_s(self) -> float:
        return self.configuration.integer("HeartbeatInterval")

    def heartbeat_counts_from_s(self, last_heartbeat_s: float) -> float:
        """The monotonic clock from which the interval is counted (S§4.6: another message may stand for it)."""
        if self.model.heartbeat_skipped_when_busy:
            return max(self.last_call_s, last_heartbeat_s)
        return last_heartbeat_s if last_heartbeat_s > float("-inf") else self.clock.monotonic()

    def heartbeat_due(self) -> bool:
        """Asked when the interval is over."""
        interval_s = self.heartbeat_interval_s()
        silent_s = self.clock.monotonic() - self.last_call_s
        return not self.model.heartbeat_skipped_when_busy or silent_s >= interval_s - HEARTBEAT_EARLY_S

    async def send_heartbeat(self) -> None:
        try:
            confirmation = await self.call(self.build_heartbeat())
        except CallFailed:
            return
        self.synchronize_clock(confirmation.current_time)

    async def run_pings(self) -> None:
        """WebSocket pings at WebSocketPingInterval; 0 is off (J§6)."""
        while True:
            interval_s = self.configuration.integer("WebSocketPingInterval")
            if await self.ping_bell.heard(interval_s if interval_s > 0 else None):
                continue
            wire: object = self.link.wire if self.link is not None else None
            if isinstance(wire, PingingWire):
                wire.ping()

    def configuration_changed(self, key: str) -> None:
        """A key has another value, which takes effect at once unless it waits for a reboot."""
        rings: dict[str, Bell] = {
            "HeartbeatInterval": self.heartbeat_bell,
            "WebSocketPingInterval": self.ping_bell,
        }
        if key in rings:
            rings[key].ring()
        elif key in {"MeterValueSampleInterval", "ClockAlignedDataInterval"}:
            self.sampling.interval_changed()
