"""Scenes that need nobody at the station: configuration, availability, resets, heartbeats, files."""

from datetime import timedelta

from chargeproof.acceptance.configuration_keys import CORE_REQUIRED, is_never_written
from chargeproof.acceptance.ports import Answer
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.windows import TIMES
from chargeproof.ocpp import (
    AvailabilityType,
    BootNotification,
    ChangeAvailability,
    ChargePointStatus,
    ClearCache,
    DiagnosticsStatus,
    DiagnosticsStatusNotification,
    FirmwareStatus,
    FirmwareStatusNotification,
    GetDiagnostics,
    Heartbeat,
    MessageTrigger,
    Reset,
    ResetType,
    StatusNotification,
    TriggerMessage,
    UpdateFirmware,
)

READ_ALL_KEYS = "read all configuration keys"
WRITE_BACK_KEYS = "write every configuration key back"
CHANGE_AVAILABILITY = "change availability"
SOFT_RESET = "soft reset"
HARD_RESET = "hard reset"
TRIGGER_STATUS = "trigger StatusNotification after boot"
SILENT_HEARTBEATS = "be silent and count heartbeats"
TRIGGER_HEARTBEAT = "trigger Heartbeat"
CHANGE_HEARTBEAT_INTERVAL = "change the heartbeat interval"
CLEAR_CACHE = "clear the cache"
GET_DIAGNOSTICS = "get diagnostics"
UPDATE_FIRMWARE = "update firmware"

FIRMWARE_ENDS = (
    FirmwareStatus.INSTALLED,
    FirmwareStatus.DOWNLOAD_FAILED,
    FirmwareStatus.INSTALLATION_FAILED,
)
_DIAGNOSTICS_ENDS = (DiagnosticsStatus.UPLOADED, DiagnosticsStatus.UPLOAD_FAILED)


@scene(READ_ALL_KEYS)
async def read_all_keys(stage: Stage) -> None:
    """GetConfiguration without keys, then every key again by its name, in batches that the station allows."""
    await stage.read_keys(None)
    if not stage.configuration:
        await stage.read_keys(list(CORE_REQUIRED))
    await stage.read_named(list(stage.configuration))
    stage.connectors = stage.profile.connectors or _number(stage.value_of("NumberOfConnectors")) or 1


@scene(WRITE_BACK_KEYS)
async def write_back_keys(stage: Stage) -> None:
    """Write the present value to every writable key but the deny-list, read back, and edit one for real."""
    await read_all_keys(stage)
    writable = [
        key
        for key, item in stage.configuration.items()
        if not item.readonly
        and item.value is not None
        and not is_never_written(key, stage.profile.keys_left_alone)
    ]
    await stage.read_named(writable)  # a boot or another system may have changed them since
    for key in writable:
        value = stage.value_of(key)
        if value is not None:
            await stage.set_key(key, value)
    await stage.read_named(writable)
    await _edit_heartbeat_interval(stage)


async def _edit_heartbeat_interval(stage: Stage) -> None:
    found = stage.value_of("HeartbeatInterval")
    edited = "240" if found != "240" else "260"
    await stage.set_key("HeartbeatInterval", edited)
    await stage.read_keys(["HeartbeatInterval"])
    if found is not None:
        await stage.set_key("HeartbeatInterval", found)
        await stage.read_keys(["HeartbeatInterval"])


@scene(CHANGE_AVAILABILITY)
async def change_availability(stage: Stage) -> None:
    """Inoperative and Operative again: each connector by itself, then the whole station as connector 0."""
    await read_all_keys(stage)
    for connector_id in range(1, stage.connectors + 1):
        await _availability(stage, connector_id, AvailabilityType.INOPERATIVE)
        await _availability(stage, connector_id, AvailabilityType.OPERATIVE)
    await _availability(stage, 0, AvailabilityType.INOPERATIVE)
    await _availability(stage, 0, AvailabilityType.OPERATIVE)


async def _availability(stage: Stage, connector_id: int, kind: AvailabilityType) -> None:
    since = stage.station.mark()
    await stage.station.call(ChangeAvailability(connector_id=connector_id, type=kind))
    concerned = range(stage.connectors + 1) if connector_id == 0 else (connector_id,)
    expected = (
        {ChargePointStatus.UNAVAILABLE}
        if kind is AvailabilityType.INOPERATIVE
        else set(ChargePointStatus) - {ChargePointStatus.UNAVAILABLE}
    )
    shown = [
        await stage.station.wait_for(
            StatusNotification,
            lambda status, each=each: status.connector_id == each and status.status in expected,  # type: ignore[misc]
            within_s=stage.windows["status"],
            since=since,
        )
        for each in concerned
    ]
    if any(shown):
        await stage.settle()  # whether it stays so


@scene(SOFT_RESET)
async def soft_reset(stage: Stage) -> None:
    """Reset Soft, and everything until the station has reported all its connectors again."""
    await _reset(stage, ResetType.SOFT)


@scene(HARD_RESET)
async def hard_reset(stage: Stage) -> None:
    """Reset Hard; its BootNotification is answered with a short heartbeat interval, which function 2 measures."""
    stage.station.answer_boot_with(int(stage.windows["boot_heartbeat_interval"]))
    await _reset(stage, ResetType.HARD)


async def _reset(stage: Stage, kind: ResetType) -> None:
    """One connector is out of service over the reset, as Unavailable has to persist (S§5.2)."""
    await _availability(stage, stage.connector_id, AvailabilityType.INOPERATIVE)
    since = stage.station.mark()
    answer = await stage.station.call(Reset(type=kind))
    if answer.accepted or (answer.confirmation is None and not answer.error_code):
        await back_after_restart(stage, since)  # one that does not answer may restart all the same
    await stage.station.wait_until_ready(within_s=stage.windows["after_boot"])
    await _availability(stage, stage.connector_id, AvailabilityType.OPERATIVE)


async def back_after_restart(stage: Stage, since: int) -> None:
    """Wait for the BootNotification after a restart, and for the status of every connector after it."""
    boot = await stage.station.wait_for(BootNotification, within_s=stage.windows["reset"], since=since)
    if boot is None and _is_away(stage):
        more_s = max(0.0, stage.windows["reconnect"] - stage.windows["reset"])
        boot = await stage.station.wait_for(BootNotification, within_s=more_s, since=since)
    if boot is None or not await stage.station.wait_until_ready(within_s=stage.windows["after_boot"]):
        await stage.settle()
        return
    for connector_id in range((stage.connectors or 1) + 1):
        await stage.station.wait_for(
            StatusNotification,
            lambda status, c=connector_id: status.connector_id == c,  # type: ignore[misc]
            within_s=stage.windows["after_boot"],
            since=boot.n,
        )


def _is_away(stage: Stage) -> bool:
    """Whether the newest socket is closed."""
    sockets = stage.station.record().connections()
    return bool(sockets) and sockets[-1].closed is not None


@scene(TRIGGER_STATUS)
async def trigger_status(stage: Stage) -> None:
    """After a boot: TriggerMessage StatusNotification for connector 1, then for the whole station."""
    await hard_reset(stage)
    await stage.settle()
    await _trigger_status(stage, stage.connector_id)
    await _trigger_status(stage, None)


async def _trigger_status(stage: Stage, connector_id: int | None) -> None:
    since = await _triggered(stage, MessageTrigger.STATUS_NOTIFICATION, connector_id)
    if since is None:
        return
    concerned = range(stage.connectors + 1) if connector_id is None else (connector_id,)
    for each in concerned:
        await stage.station.wait_for(
            StatusNotification,
            lambda status, each=each: status.connector_id == each,  # type: ignore[misc]
            within_s=stage.windows["message"],
            since=since,
        )


async def _triggered(stage: Stage, wanted: MessageTrigger, connector_id: int | None = None) -> int | None:
    """Send a TriggerMessage. The entry of its confirmation, after which the message is due; None if refused."""
    since = stage.station.mark()
    answer = await stage.station.call(TriggerMessage(requested_message=wanted, connector_id=connector_id))
    if not answer.accepted:
        return None
    sent = stage.station.record().after(since).exchanges(TriggerMessage)
    return sent[-1].answer.n if sent and sent[-1].answer is not None else since


@scene(SILENT_HEARTBEATS)
async def silent_heartbeats(stage: Stage) -> None:
    """Send nothing until three heartbeats came by themselves, or one is overdue."""
    await hard_reset(stage)
    await _count_heartbeats(stage, stage.windows["boot_heartbeat_interval"], TIMES["heartbeats"])


async def _count_heartbeats(
    stage: Stage, interval_s: float, times: int, *, first_s: float | None = None
) -> None:
    """Wait for so many heartbeats; ``first_s``: the longer interval that the first may still follow.

    Where none is due, as the station sends other messages, the wait goes on for as long as all would take.
    """
    slack_s = 2 * stage.windows["heartbeat_tolerance"]
    since = stage.station.mark()
    counted, waits = 0, times
    within_s = max(interval_s, first_s or 0.0) + slack_s
    while counted < times and waits:
        waits -= 1
        heartbeat = await stage.station.wait_for(Heartbeat, within_s=within_s, since=since)
        within_s = interval_s + slack_s
        if heartbeat is not None:
            since = heartbeat.n
            counted += 1
            waits = max(waits, times - counted)  # another message may have taken the place of one
        elif not stage.station.record().after(since).sent_by("charge_point"):
            return


@scene(TRIGGER_HEARTBEAT)
async def trigger_heartbeat(stage: Stage) -> None:
    """TriggerMessage Heartbeat, right after an automatic one, so that the next automatic one is far off."""
    await silent_heartbeats(stage)
    since = await _triggered(stage, MessageTrigger.HEARTBEAT)
    if since is not None:
        await stage.station.wait_for(Heartbeat, within_s=stage.windows["triggered_heartbeat"], since=since)


@scene(CHANGE_HEARTBEAT_INTERVAL)
async def change_heartbeat_interval(stage: Stage) -> None:
    """Set HeartbeatInterval to another short value, read it back and measure the spacing again."""
    await read_all_keys(stage)
    for name in ("set_heartbeat_interval", "longer_heartbeat_interval", "longest_heartbeat_interval"):
        interval_s = stage.windows[name]
        answer = await stage.set_key("HeartbeatInterval", str(int(interval_s)))
        if answer.status in ("Accepted", "RebootRequired"):
            await stage.read_keys(["HeartbeatInterval"])
            first_s = stage.windows["boot_heartbeat_interval"]
            await _count_heartbeats(stage, interval_s, TIMES["heartbeats"], first_s=first_s)
            return


@scene(CLEAR_CACHE)
async def clear_cache(stage: Stage) -> None:
    """ClearCache."""
    await stage.station.call(ClearCache())


@scene(GET_DIAGNOSTICS)
async def get_diagnostics(stage: Stage) -> None:
    """GetDiagnostics for the last hour, to a place on our own file server."""
    await read_all_keys(stage)
    protocols = stage.value_of("SupportedFileTransferProtocols")
    speaks_ftp = protocols is None or "FTP" in [part.strip().upper() for part in protocols.split(",")]
    location = await stage.station.open_upload("ftp" if speaks_ftp else "http")
    since, now = stage.station.mark(), stage.station.now()
    answer: Answer = await stage.station.call(
        GetDiagnostics(
            location=location,
            retries=1,
            retry_interval=10,
            start_time=now - timedelta(hours=1),
            stop_time=now,
        )
    )
    if answer.confirmation is None or not answer.confirmation.file_name:
        return
    await stage.station.wait_for(
        DiagnosticsStatusNotification,
        lambda message: message.status in _DIAGNOSTICS_ENDS,
        within_s=stage.windows["diagnostics"],
        since=since,
    )
    await stage.settle()


@scene(UPDATE_FIRMWARE)
async def update_firmware(stage: Stage) -> None:
    """UpdateFirmware from our own file server, to the end of the installation and the reboot."""
    since = await ask_for_update(stage)
    if since is not None:
        await await_installation(stage, since)


async def ask_for_update(stage: Stage) -> int | None:
    """UpdateFirmware; the entry before it, or None where it was not taken. Raises CannotError without a file."""
    if not stage.profile.firmware_file:
        raise CannotError("no firmware file was received from the manufacturer")
    await read_all_keys(stage)
    location = await stage.station.offer_firmware(stage.profile.firmware_file)
    since = stage.station.mark()
    retrieve_date = stage.station.now() + timedelta(seconds=stage.windows["retrieve_delay"])
    answer = await stage.station.call(
        UpdateFirmware(location=location, retrieve_date=retrieve_date, retries=1, retry_interval=30)
    )
    return None if answer.confirmation is None else since


async def await_installation(stage: Stage, since: int) -> None:
    """Wait for the end of an update and for the reboot that belongs to it."""
    end = await stage.station.wait_for(
        FirmwareStatusNotification,
        lambda message: message.status in FIRMWARE_ENDS,
        within_s=stage.windows["firmware"],
        since=since,
    )
    if end is not None and end.request.status is FirmwareStatus.INSTALLED:
        await back_after_restart(stage, since)
        await stage.settle()


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and value.strip().isdigit() else None
