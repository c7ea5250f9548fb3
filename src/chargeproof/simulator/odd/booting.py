"""Odd but lawful: how stations boot, connect and say who they are."""

import asyncio
from datetime import datetime

from msgspec.structs import replace

from chargeproof.ocpp import BootNotificationConf, RegistrationStatus, Request, StatusNotification
from chargeproof.simulator.link import StationLink, edited_payload
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.ports import Wire
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful

FIVE_MINUTES = {"hard_reset_s": 300.0, "soft_reset_s": 300.0}


@odd(note="boots take five minutes; no clause limits them", model=lawful(timing=FIVE_MINUTES))
class BootsForFiveMinutes(SimulatedStation):
    """Takes long to start."""


@odd(
    note="a soft reset takes longer than a hard one; no clause orders them",
    model=lawful(timing={"hard_reset_s": 4.0, "soft_reset_s": 150.0}),
)
class SoftResetSlowerThanHard(SimulatedStation):
    """Ends its work in peace at a soft reset."""


@odd(note="comes ten minutes after power", model=lawful(timing={"boot_s": 600.0}))
class ComesLate(SimulatedStation):
    """Has a slow modem."""


@odd(
    note="its clock is nine hours off until the BootNotification.conf tells the time (S§4.2)",
    model=lawful(offset_s=-9 * 3600.0),
)
class ClockOffUntilBoot(SimulatedStation):
    """Has no battery for its clock."""


@odd(
    note="an ICCID of 19 digits (ITU-T E.118)",
    model=lawful(iccid="8931041010654378930"),
    name="iccid_of_19_digits",
)
class IccidOf19Digits(SimulatedStation):
    """Leaves the check digit out."""


@odd(note="an ICCID with the filler F as modems give it", model=lawful(iccid="8931041010654378930F"))
class IccidWithFiller(SimulatedStation):
    """Gives the ICCID as its modem does."""


@odd(
    note="no modem, so no ICCID (the document's own remark)",
    model=lawful(network="LAN", iccid=None, imsi=None),
)
class ConnectedByLan(SimulatedStation):
    """Hangs at a cable."""


@odd(
    note="a BootNotification with the fewest fields that the document asks for",
    model=lawful(charge_box_serial_number=None, imsi=None, meter_type=None, meter_serial_number=None),
)
class SaysNoMoreThanAsked(SimulatedStation):
    """Leaves out what is optional in specification and document."""


@odd(note="StatusNotification without timestamp, which is optional (S§6.47)")
class StatusWithoutTimestamp(SimulatedStation):
    """Leaves the time of a status to the central system."""

    def build_status_notification(self, connector_id: int) -> StatusNotification:
        return replace(super().build_status_notification(connector_id), timestamp=None)


@odd(note="breaks the connection three times after each boot and sends no BootNotification then (J§5.4)")
class ReconnectsAfterBoot(SimulatedStation):
    """Has a shaky start."""

    breaks_left = 0

    def start_software(self) -> None:
        self.breaks_left = 3
        super().start_software()

    def on_connected(self) -> None:
        super().on_connected()
        if self.breaks_left:
            self.breaks_left -= 1
            self.spawn(self.break_off(), "break off")

    async def break_off(self) -> None:
        await asyncio.sleep(2.0)
        if self.link is not None:
            await self.link.wire.close()


@odd(note="opens a connection and drops it before the one over which it boots")
class FirstConnectionIsInVain(SimulatedStation):
    """Tries its line first."""

    tried = False

    def start_software(self) -> None:
        self.tried = False
        super().start_software()

    async def talk(self, wire: Wire) -> None:
        if self.tried:
            await super().talk(wire)
        else:
            self.tried = True
            await wire.close()


@odd(note="the statuses after a boot come in any order and with gaps; E3.22 gives no time")
class StatusesAfterBootInNoOrder(SimulatedStation):
    """Reports the last connector first, and connector 0 last."""

    async def trickle(self) -> None:
        for connector_id in [*reversed(self.connectors), 0]:
            self.report_status(connector_id)
            await asyncio.sleep(14.0)

    def on_connected(self) -> None:
        if self.reported:
            super().on_connected()
            return
        self.spawn(self.trickle(), "statuses")
        self.heartbeat_bell.ring()
        self.wake_sender()


@odd(note="sends each StatusNotification twice; nothing forbids it")
class StatusesTwice(SimulatedStation):
    """Wants to be sure."""

    def report_status(self, connector_id: int) -> None:
        super().report_status(connector_id)
        super().report_status(connector_id)


@odd(note="reports every connector whenever one of them changes")
class StatusesOfAllEachTime(SimulatedStation):
    """Keeps no account of what it told."""

    def report_status(self, connector_id: int) -> None:
        for each in dict.fromkeys((connector_id, 0, *self.connectors)):
            super().report_status(each)


@odd(note="the first Heartbeat goes out before the statuses of a boot")
class HeartbeatBeforeStatuses(SimulatedStation):
    """Sets its clock first."""

    def on_connected(self) -> None:
        self.outbox.post(self.build_heartbeat())
        super().on_connected()


@odd(
    note="repeats the BootNotification after it was accepted, with the same content; discouraged, not forbidden"
)
class BootTwice(SimulatedStation):
    """Sends a second BootNotification over the same connection."""

    repeated = False

    def start_software(self) -> None:
        self.repeated = False
        super().start_software()

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        if confirmation.status is RegistrationStatus.ACCEPTED and not self.repeated:
            self.repeated = True
            return 1.0
        return super().on_boot_answered(confirmation)


@odd(note="writes its messages with blanks and line breaks between; JSON allows it")
class WritesWithBlanks(SimulatedStation):
    """Has a talkative JSON library."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        return "\n " + edited_payload(text, lambda payload: None).replace('":', '" : ') + " \n"


@odd(note="its clock stays eight seconds fast; no clause says how exact it is", model=lawful(offset_s=8.0))
class ClockSecondsFast(SimulatedStation):
    """Takes its own clock for good enough."""

    def synchronize_clock(self, current_time: datetime) -> None:
        return


@odd(note="drops its connection every seven minutes and sends no BootNotification when it is back (J§5.4)")
class ReconnectsAllTheTime(SimulatedStation):
    """Sits behind a router that forgets."""

    def on_connected(self) -> None:
        super().on_connected()
        self.spawn(self.drop(self.link), "drop")

    async def drop(self, link: StationLink | None) -> None:
        await asyncio.sleep(420.0)
        if link is not None and self.link is link:
            await link.wire.close()
