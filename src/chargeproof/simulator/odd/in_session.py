"""Odd but lawful: what a reset, an update or a ChangeAvailability does while a session runs."""

import asyncio

from chargeproof.ocpp import (
    AvailabilityStatus,
    AvailabilityType,
    ChangeAvailability,
    ChangeAvailabilityConf,
    FirmwareStatus,
    Reason,
    Request,
    StopTransaction,
    UpdateFirmware,
)
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.transactions import Transaction


class _HardAtOnce(SimulatedStation):
    """Does not stop what runs before a hard reset."""

    def stop_for_reset(self, reason: Reason) -> None:
        if reason is not Reason.HARD_RESET:
            super().stop_for_reset(reason)


@odd(note="a hard reset cuts the session; its stop comes after the boot, as of a loss of power (E3.36)")
class HardStopsAfterTheBoot(_HardAtOnce):
    """Tells of the end when it is back."""


@odd(note="a hard reset loses the stop of the session: queued data may be lost (E3.36)")
class HardLosesTheStop(_HardAtOnce):
    """Knows nothing of the session when it is back."""

    def send_stop_after_power_loss(self, transaction: Transaction) -> None:
        return


@odd(note="stops the session for a soft reset, and delivers the StopTransaction after the boot")
class SoftDeliversAfterTheBoot(SimulatedStation):
    """Keeps what it has to say until it is back."""

    holds_back = False

    def stop_for_reset(self, reason: Reason) -> None:
        self.holds_back = reason is Reason.SOFT_RESET
        super().stop_for_reset(reason)

    def start_software(self) -> None:
        self.holds_back = False
        super().start_software()

    def text_of_call(self, text: str, request: Request) -> str | None:
        lost = self.holds_back and isinstance(request, StopTransaction)
        return None if lost else super().text_of_call(text, request)


@odd(note="answers Scheduled also where no session runs at that connector, but at another one of the station")
class ScheduledForTheWholeStation(SimulatedStation):
    """Waits with connector 0 until the last session is over; a connector by itself need not wait."""

    def answer_change_availability(self, request: ChangeAvailability) -> ChangeAvailabilityConf | None:
        answer = super().answer_change_availability(request)
        waits = request.connector_id == 0 and request.type is AvailabilityType.INOPERATIVE
        if waits and self.transactions.any_running():
            return ChangeAvailabilityConf(status=AvailabilityStatus.SCHEDULED)
        return answer


@odd(note="shows Unavailable a moment before it sends the StopTransaction of the session that it waited for")
class UnavailableBeforeTheStop(SimulatedStation):
    """Its statuses are quicker than its queue."""

    def queue_goes_first(self, queued_order: int, notice_order: int) -> bool:
        return False


class _Updates(SimulatedStation):
    """Takes its own way through an update while a session runs."""

    async def update_firmware(self, request: UpdateFirmware) -> None:
        await asyncio.sleep(max(0.0, (request.retrieve_date - self.now()).total_seconds()))
        await self.update_in_session(request)

    async def update_in_session(self, request: UpdateFirmware) -> None:
        """The update from the retrieveDate on."""
        raise NotImplementedError


@odd(note="begins the download only when no session runs any more")
class DownloadsAfterTheSession(_Updates):
    """Wants its line for the session."""

    async def update_in_session(self, request: UpdateFirmware) -> None:
        await self.transactions.all_ended()
        await super(_Updates, self).update_firmware(request)


@odd(note="installs into its second bank while a session runs, and reboots when the session is over")
class InstallsDuringTheSession(_Updates):
    """Has two banks for its software."""

    async def update_in_session(self, request: UpdateFirmware) -> None:
        content = await self.firmware.fetch(request)
        if content is not None:
            self.report_firmware_status(FirmwareStatus.DOWNLOADED)
            self.report_firmware_status(FirmwareStatus.INSTALLING)
            await self.transactions.all_ended()
            await self.install_firmware(request, content)


@odd(note="stays in Unavailable with a cable plugged in after Operative for a moment, then shows Preparing")
class PreparingComesLate(SimulatedStation):
    """Looks for the cable some seconds after it is back in service."""

    def on_availability_set(self, connector_id: int, wanted: AvailabilityType) -> None:
        plugged = connector_id != 0 and self.connectors[connector_id].outlet.plugged
        if not plugged or wanted is AvailabilityType.INOPERATIVE:
            super().on_availability_set(connector_id, wanted)
            return
        loop = asyncio.get_running_loop()
        loop.call_later(8.0, self._look, connector_id)

    def _look(self, connector_id: int) -> None:
        if self.running:
            super().on_availability_set(connector_id, AvailabilityType.OPERATIVE)
