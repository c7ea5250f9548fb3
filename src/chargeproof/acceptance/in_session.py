"""Scenes on a plugged cable that need no hand of their own: what is asked of a station while a session runs.

They come after the nine acts, so that whoever plugged in may leave.
"""

from chargeproof.acceptance.charging_steps import (
    is_plugged,
    leave_idle,
    ready_to_start,
    running,
    start_remotely,
    status_follows,
    stop_remotely,
)
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.unattended import (
    FIRMWARE_ENDS,
    ask_for_update,
    await_installation,
    back_after_restart,
    update_firmware,
)
from chargeproof.acceptance.visit import REMOTE_TAG
from chargeproof.ocpp import (
    AvailabilityType,
    ChangeAvailability,
    ChargePointStatus,
    FirmwareStatus,
    FirmwareStatusNotification,
    Reset,
    ResetType,
    StopTransaction,
)

AVAILABILITY_IN_SESSION = "change availability during a session"
SOFT_RESET_IN_SESSION = "soft reset during a session"
HARD_RESET_IN_SESSION = "hard reset during a session"
UPDATE_IN_SESSION = "update firmware during a session"
SESSION_SCENES = (AVAILABILITY_IN_SESSION, SOFT_RESET_IN_SESSION, HARD_RESET_IN_SESSION, UPDATE_IN_SESSION)

_FETCHED = (FirmwareStatus.DOWNLOADED, FirmwareStatus.INSTALLING, *FIRMWARE_ENDS)


async def _session(stage: Stage) -> None:
    """A remotely started session. Raises CannotError where none can be had."""
    await ready_to_start(stage)
    if await start_remotely(stage, REMOTE_TAG) is None:
        raise CannotError("no transaction started after the remote start")
    await stage.settle()


@scene(AVAILABILITY_IN_SESSION)
async def availability_in_session(stage: Stage) -> None:
    """Inoperative while a session runs: Scheduled, done when the session is over; then Operative again."""
    await _session(stage)
    since = stage.station.mark()
    connector_id = stage.connector_id
    try:
        await stage.station.call(
            ChangeAvailability(connector_id=connector_id, type=AvailabilityType.INOPERATIVE)
        )
        await stage.station.silence(stage.windows["absence"])
        await stop_remotely(stage)
        await status_follows(stage, {ChargePointStatus.UNAVAILABLE}, stage.windows["status"], since)
        await stage.settle()
    finally:
        since = stage.station.mark()
        await stage.station.call(
            ChangeAvailability(connector_id=connector_id, type=AvailabilityType.OPERATIVE)
        )
        usable = set(ChargePointStatus) - {ChargePointStatus.UNAVAILABLE}
        await status_follows(stage, usable, stage.windows["status"], since)


@scene(SOFT_RESET_IN_SESSION)
async def soft_reset_in_session(stage: Stage) -> None:
    """Reset Soft while a session runs."""
    await _reset_in_session(stage, ResetType.SOFT)


@scene(HARD_RESET_IN_SESSION)
async def hard_reset_in_session(stage: Stage) -> None:
    """Reset Hard while a session runs."""
    await _reset_in_session(stage, ResetType.HARD)


async def _reset_in_session(stage: Stage, kind: ResetType) -> None:
    """The stop comes before the restart, or after the boot is accepted."""
    await _session(stage)
    since = stage.station.mark()
    answer = await stage.station.call(Reset(type=kind))
    if answer.accepted:
        await back_after_restart(stage, since)
        await stage.station.wait_for(StopTransaction, within_s=stage.windows["drain"], since=since)
    await leave_idle(stage)


@scene(UPDATE_IN_SESSION)
async def update_in_session(stage: Stage) -> None:
    """An update that is asked for while a session runs, where one can be had; it must not cut the session."""
    try:
        if not is_plugged(stage):
            raise CannotError("no cable is plugged in")
        if not stage.profile.firmware_file:
            raise CannotError("no firmware file was received from the manufacturer")
        await _session(stage)
    except CannotError:
        await leave_idle(stage)  # one may have begun in another way than it should
        await update_firmware(stage)
        return
    since = await ask_for_update(stage)
    if since is not None:
        await _watch_the_session(stage, since)
    if running(stage) is not None:
        await stop_remotely(stage)
    if since is not None:
        await await_installation(stage, since)


async def _watch_the_session(stage: Stage, since: int) -> None:
    """Let it run until the file is there, and long enough after it to see whether it is cut."""
    fetched = await stage.station.wait_for(
        FirmwareStatusNotification,
        lambda message: message.status in _FETCHED,
        within_s=stage.windows["download"],
        since=since,
    )
    if fetched is not None:
        await stage.station.wait_for(StopTransaction, within_s=stage.windows["session"], since=since)
