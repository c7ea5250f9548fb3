"""Odd but lawful: what stations do while they cannot reach the central system, and afterwards."""

import asyncio
from itertools import groupby

import msgspec

from chargeproof.ocpp import IdTagInfo, Reason, RegistrationStatus, Request, StatusNotification
from chargeproof.simulator.authorization import INVALID
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.parts import ConfT
from chargeproof.simulator.queue import QueuedMessage
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful, lawful_without

NO_LIST = msgspec.structs.replace(
    lawful_without(
        "AuthorizationCacheEnabled",
        "LocalAuthListEnabled",
        "LocalAuthListMaxLength",
        "SendLocalListMaxLength",
    ),
    feature_profiles=("Core", "FirmwareManagement", "RemoteTrigger", "SmartCharging"),
)


@odd(note="messages that belong to no transaction overtake the queue (S§3.7)")
class NoticesOvertakeTheQueue(SimulatedStation):
    """Sends its statuses first."""

    def queue_goes_first(self, queued_order: int, notice_order: int) -> bool:
        return False


@odd(note="transaction messages overtake all the others")
class QueueOvertakesNotices(SimulatedStation):
    """Sends its transactions first."""

    def queue_goes_first(self, queued_order: int, notice_order: int) -> bool:
        return True


@odd(note="one message of the queue every four seconds: “as soon as possible” over a slow line")
class DrainsSlowly(SimulatedStation):
    """Has a slow line."""

    async def call_as(self, unique_id: str, request: Request[ConfT]) -> ConfT:
        head = self.queue.head()
        if head is not None and head.unique_id == unique_id:
            await asyncio.sleep(4.0)
        return await super().call_as(unique_id, request)


@odd(
    note="begins nothing offline: no cache, no list, AllowOfflineTxForUnknownId false (S§3.5)", model=NO_LIST
)
class BeginsNothingOffline(SimulatedStation):
    """Knows no card without us."""


@odd(
    note="begins offline with any card: AllowOfflineTxForUnknownId true (S§3.5)",
    model=NO_LIST.with_key("AllowOfflineTxForUnknownId", value="true"),
)
class BeginsOfflineWithAnyCard(SimulatedStation):
    """Sells electricity on trust."""


@odd(
    note="LocalAuthorizeOffline fixed to false: no session begins offline (S§9.1.12)",
    model=lawful().with_key("LocalAuthorizeOffline", value="false", readonly=True),
)
class NoLocalAuthorizationOffline(SimulatedStation):
    """Begins nothing without us."""

    def authorize_offline(self, id_tag: str) -> IdTagInfo:
        return INVALID


@odd(
    note="comes back up to four minutes after the line is there again: its pauses grow (J§5.3)",
    model=lawful(timing={"reconnect_min_s": 30.0, "reconnect_factor": 2.0, "reconnect_max_s": 240.0}),
)
class ComesBackLate(SimulatedStation):
    """Backs off."""


@odd(note="several meterValues of the outage in one MeterValues (S§6.31: one or more)")
class MeterValuesInOneMessage(SimulatedStation):
    """Packs what waited."""

    def on_connected(self) -> None:
        packed: list[QueuedMessage] = []
        for (_, kind), group in groupby(self.queue.messages, key=lambda each: (each.key, each.kind)):
            first, *rest = group
            if kind == "MeterValues":
                for other in rest:
                    first.payload["meterValue"] = [*first.payload["meterValue"], *other.payload["meterValue"]]
                packed.append(first)
            else:
                packed += [first, *rest]
        self.queue.messages = packed
        super().on_connected()


@odd(note="reports every status after it came back, changed or not")
class ReportsAllAfterReconnect(SimulatedStation):
    """Makes sure."""

    def statuses_after_reconnect(self) -> list[int]:
        return [0, *self.connectors]


@odd(note="sends a Heartbeat first of all after it came back (S§4.6: to set the clock)")
class HeartbeatFirstAfterReconnect(SimulatedStation):
    """Sets its clock."""

    def on_connected(self) -> None:
        if self.reported:
            self.outbox.post(self.build_heartbeat())
        super().on_connected()


@odd(note="loses the line once more while it delivers, and sends what was not answered again")
class LosesTheLineWhileDelivering(SimulatedStation):
    """Has a bad line."""

    _dropped = False

    def on_connected(self) -> None:
        super().on_connected()
        if len(self.queue) > 2 and not self._dropped:
            self._dropped = True
            asyncio.get_running_loop().call_later(0.0, self._drop)

    def _drop(self) -> None:
        if self.link is not None:
            self.spawn(self.link.wire.close(), "lose the line again")


@odd(
    note="restarts when the line is down for 40 seconds: a watchdog; what ran is stopped with the reason Reboot"
)
class RestartsWithoutTheLine(SimulatedStation):
    def on_disconnected(self) -> None:
        super().on_disconnected()
        self.spawn(self._watch(), "watchdog")

    async def _watch(self) -> None:
        await asyncio.sleep(40)
        if not self.online:
            self.stop_for_reset(Reason.REBOOT)
            self.restart(after_s=self.model.timing.soft_reset_s)


@odd(
    note="registers anew over each connection; J§5.4 asks for it only where its content changed, S§4.2 allows it"
)
class BootsOnEveryConnection(SimulatedStation):
    async def on_opened(self) -> None:
        self.registration = None
        await self.register()


@odd(
    note="tells the statuses of an outage afterwards, each with its own date; S§3.7 asks it of transactions only"
)
class TellsStatusesOfTheOutage(SimulatedStation):
    def start_software(self) -> None:
        self._untold: list[StatusNotification] = []
        super().start_software()

    def on_status_changed(self, connector_id: int) -> None:
        if not self.online and self.registration is RegistrationStatus.ACCEPTED:
            self._untold.append(self.build_status_notification(connector_id))
        super().on_status_changed(connector_id)

    def on_connected(self) -> None:
        untold, self._untold = self._untold, []
        for status in untold:
            self.outbox.post(status)
        super().on_connected()
