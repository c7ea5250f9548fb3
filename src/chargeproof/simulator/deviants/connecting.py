"""Deviants of the handshake, of sockets and of BootNotification."""

import asyncio
from types import MappingProxyType
from typing import Any

from chargeproof.ocpp import (
    BootNotificationConf,
    MessageTrigger,
    RegistrationStatus,
    TriggerMessage,
    TriggerMessageConf,
    TriggerMessageStatus,
)
from chargeproof.simulator.deviants.edits import SetsFields
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.parts import BOOTS
from chargeproof.simulator.ports import ShapedDial, Wire
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction
from chargeproof.simulator.variants import lawful

SLOW_START = lawful(timing={"boot_s": 420.0, "hard_reset_s": 420.0, "soft_reset_s": 420.0})


@deviant("L-01")
class NamesNoSubprotocol(SimulatedStation):
    """Names no sub-protocol when it connects."""

    def subprotocols(self) -> tuple[str, ...]:
        return ()


@near_miss("L-01")
class NamesTwoSubprotocols(SimulatedStation):
    """Names OCPP 2.0.1 first, and then OCPP 1.6."""

    def subprotocols(self) -> tuple[str, ...]:
        return ("ocpp2.0.1", "ocpp1.6")


class _ShapesHeaders(SimulatedStation):
    connection = ""

    async def open_socket(self) -> Wire:
        headers = {"Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
        if self.connection:
            headers["Connection"] = self.connection
        dial = self.dial.with_headers(headers) if isinstance(self.dial, ShapedDial) else self.dial
        return await dial(self.charge_point_id, self.subprotocols())


@deviant("L-02")
class LacksConnectionUpgrade(_ShapesHeaders):
    """Asks for a WebSocket without the header Connection: Upgrade."""


@deviant("L-02")
class KeepsAliveInsteadOfUpgrading(_ShapesHeaders):
    """Sends Connection: keep-alive where Upgrade belongs."""

    connection = "keep-alive"


@near_miss("L-02")
class UpgradesAndKeepsAlive(_ShapesHeaders):
    """Sends Connection: keep-alive, upgrade, in small letters."""

    connection = "keep-alive, upgrade"


class _SkipsBoot(SimulatedStation):
    """Behaves as if a boot had been accepted."""

    def take_for_accepted(self) -> float | None:
        return self.on_boot_answered(
            BootNotificationConf(
                status=RegistrationStatus.ACCEPTED,
                current_time=self.now(),
                interval=int(self.heartbeat_interval_s()),
            )
        )


@deviant("L-04")
class NoBootAfterARestart(_SkipsBoot):
    """Sends no BootNotification after a restart."""

    async def boot_once(self) -> float | None:
        if int(self.memory.get(BOOTS, 0)) == 1:
            return await super().boot_once()
        return self.take_for_accepted()


@deviant("L-04")
class BootsWhenAskedOnly(_SkipsBoot):
    """Sends no BootNotification unless it is asked for one."""

    asked = False

    async def boot_once(self) -> float | None:
        return await super().boot_once() if self.asked else self.take_for_accepted()

    def answer_trigger_message(self, request: TriggerMessage) -> TriggerMessageConf | None:
        if request.requested_message is not MessageTrigger.BOOT_NOTIFICATION or self.asked:
            return super().answer_trigger_message(request)
        self.asked = True
        self.spawn(self.register(), "boot")
        return TriggerMessageConf(status=TriggerMessageStatus.ACCEPTED)


class DropsTheSocketOnce(SimulatedStation):
    """Closes its socket once, after its first transaction began."""

    dropped = False

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        if not self.dropped:
            self.dropped = True
            self.spawn(self._drop(), "drop")

    async def _drop(self) -> None:
        await asyncio.sleep(10)
        if self.link is not None:
            await self.link.wire.close()


@near_miss("L-04")
class ReconnectsWithoutBoot(DropsTheSocketOnce):
    """Loses its socket in the middle of a transaction and goes on without another BootNotification (J§5.4)."""


class _WaitsToBeAsked(SimulatedStation):
    """Sends its first BootNotification when it is asked for it, a minute after it has connected."""

    asked = False

    async def register(self) -> None:
        if self.asked:
            await super().register()

    def answer_trigger_message(self, request: TriggerMessage) -> TriggerMessageConf | None:
        if self.asked:
            return super().answer_trigger_message(request)
        self.asked = True
        return self.when_asked(request)

    def when_asked(self, request: TriggerMessage) -> TriggerMessageConf | None:
        """What the first TriggerMessage does."""
        return super().answer_trigger_message(request)


@deviant("L-05")
class BreaksWhenCommandedEarly(_WaitsToBeAsked):
    """Drops the socket without an answer when a command comes before its BootNotification."""

    def when_asked(self, request: TriggerMessage) -> TriggerMessageConf | None:
        if self.link is not None:
            self.spawn(self.link.wire.close(1001), "break")
        return None


@near_miss("L-05")
class AnswersWhenCommandedEarly(_WaitsToBeAsked):
    """Is commanded before its BootNotification, answers and boots."""

    def when_asked(self, request: TriggerMessage) -> TriggerMessageConf | None:
        self.spawn(self.register(), "boot")
        return super().when_asked(request)


@deviant("L-06")
class IccidIsASignalStrength(SetsFields):
    """Gives its signal strength as iccid."""

    fields = MappingProxyType({"iccid": "-67"})


@deviant("L-06")
class VendorIsEmpty(SetsFields):
    """Gives an empty vendor."""

    fields = MappingProxyType({"chargePointVendor": ""})


@deviant("L-06")
class ImsiIsNull(SetsFields):
    """Gives null as imsi."""

    def change(self, payload: dict[str, Any]) -> None:
        payload["imsi"] = None


@near_miss("L-06")
class SaysNoMoreThanItKnows(SetsFields):
    """Leaves out all that it does not know, and fills its iccid up with F as some modems do."""

    fields = MappingProxyType(
        {"iccid": "8931041010654378930F", "imsi": None, "meterType": None, "meterSerialNumber": None}
    )


@deviant("L-25")
class OpensASecondSocket(SimulatedStation):
    """Opens a second socket while the first is still open, after its first transaction began."""

    second: Wire | None = None

    def send_start_transaction(self, transaction: Transaction) -> None:
        super().send_start_transaction(transaction)
        if self.second is None:
            self.spawn(self._open(), "second socket")

    async def _open(self) -> None:
        await asyncio.sleep(10)
        self.second = await self.open_socket()


@deviant("L-25")
class TriesAnotherVersion(SimulatedStation):
    """Offers nothing but OCPP 2.0.1 at first."""

    tried = False

    def subprotocols(self) -> tuple[str, ...]:
        first, self.tried = not self.tried, True
        return ("ocpp2.0.1",) if first else super().subprotocols()


@deviant("L-25")
class StaysAway(DropsTheSocketOnce):
    """Takes ten minutes to connect again."""

    def reconnect_pause_s(self, pause_s: float) -> float:
        return 600.0 if self.dropped else super().reconnect_pause_s(pause_s)


@near_miss("L-25", model=SLOW_START)
class TakesSevenMinutesToStart(DropsTheSocketOnce):
    """Takes seven minutes to start, and connects again at once when its socket is gone."""
