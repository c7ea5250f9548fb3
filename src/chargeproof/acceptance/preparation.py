"""Before and after the functions: a known state to begin with, and the station left as it was found."""

from collections.abc import Sequence

from chargeproof.acceptance.configuration_keys import MEASURANDS_KEY, is_never_written
from chargeproof.acceptance.ports import Answer
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.unattended import back_after_restart, clear_cache, read_all_keys
from chargeproof.ocpp import (
    AuthorizationData,
    AuthorizationStatus,
    AvailabilityType,
    ChangeAvailability,
    ClearChargingProfile,
    GetConfiguration,
    IdTagInfo,
    RemoteStopTransaction,
    Reset,
    ResetType,
    SendLocalList,
    StopTransaction,
    UpdateType,
)

PREPARATION = "preparation"
RESTORATION = "restoration"
SANITY = "sanity"

# The measurands of criterion 8.2, and the register that shows what was charged.
WANTED_MEASURANDS = ("Voltage", "Current.Import", "Power.Active.Import", "Energy.Active.Import.Register")


@scene(PREPARATION)
async def prepare(stage: Stage) -> None:
    """No transaction, no charging profile, empty list and cache, all operative, the keys that the acts need."""
    await read_all_keys(stage)
    await _stop_what_runs(stage)
    if stage.has_profile("SmartCharging"):
        await stage.station.call(ClearChargingProfile())
    await set_local_list(stage, None)
    await clear_cache(stage)
    await stage.station.call(ChangeAvailability(connector_id=0, type=AvailabilityType.OPERATIVE))
    await stage.settle()


async def _stop_what_runs(stage: Stage) -> None:
    for transaction_id, _ in await stage.station.running_transactions():
        since = stage.station.mark()
        answer = await stage.station.call(RemoteStopTransaction(transaction_id=transaction_id))
        if answer.accepted:
            await stage.station.wait_for(StopTransaction, within_s=stage.windows["stop"], since=since)


@scene("keys for the visit")
async def set_keys_for_visit(stage: Stage) -> None:
    """The configuration under which the nine acts are played; what was found is put back at the end."""
    await read_all_keys(stage)
    wanted = {
        "ConnectionTimeOut": str(int(stage.windows["connection_time_out"])),
        "StopTransactionOnEVSideDisconnect": "true",
        "LocalAuthorizeOffline": "true",
        "ClockAlignedDataInterval": "0",
    }
    answers = [
        await stage.set_key(key, value)
        for key, value in wanted.items()
        if stage.item_of(key) is not None and stage.value_of(key) != value
    ]
    answers.append(await _ask_for_measurands(stage))
    await restart_if_asked(stage, answers)
    await stage.read_named([*wanted, MEASURANDS_KEY])


async def restart_if_asked(stage: Stage, answers: Sequence[Answer]) -> None:
    """A reset where a key was taken but works after a reboot only."""
    if any(answer.status == "RebootRequired" for answer in answers):
        async with stage.step("reboot for the changed keys"):
            since = stage.station.mark()
            answer = await stage.station.call(Reset(type=ResetType.SOFT))
            if answer.accepted:
                await back_after_restart(stage, since)


async def _ask_for_measurands(stage: Stage) -> Answer:
    """All wanted measurands at once; where that is refused, each by itself, then those that were accepted."""
    key = MEASURANDS_KEY
    answer = await stage.set_key(key, ",".join(WANTED_MEASURANDS))
    if answer.status not in ("Accepted", "RebootRequired"):
        accepted = [each for each in WANTED_MEASURANDS if (await stage.set_key(key, each)).accepted]
        for count in range(len(accepted), 1, -1):  # the list may be too long (S§9.1.18)
            answer = await stage.set_key(key, ",".join(accepted[:count]))
            if answer.status in ("Accepted", "RebootRequired"):
                break
    return answer


async def set_local_list(stage: Stage, card: str | None) -> Answer | None:
    """Replace the local list by one card or by nothing, where the station has a list."""
    if not stage.has_profile("LocalAuthListManagement") or stage.value_of("LocalAuthListEnabled") is None:
        return None
    entries = []
    if card is not None:
        accepted = IdTagInfo(status=AuthorizationStatus.ACCEPTED)
        entries.append(AuthorizationData(id_tag=card, id_tag_info=accepted))
    return await stage.station.call(
        SendLocalList(list_version=1, update_type=UpdateType.FULL, local_authorization_list=entries)
    )


async def restore(stage: Stage) -> None:
    """Put back what was changed, and read it back to prove it. Also after an abort: then it is quick."""
    async with stage.step(RESTORATION):
        # An abort may have come while the station was out of reach or restarting.
        await stage.station.wait_until_ready(within_s=stage.windows["after_boot"])
        await _stop_what_runs(stage)
        await stage.undo_all()
        await _put_keys_back(stage)
        if stage.has_profile("SmartCharging"):
            await stage.station.call(ClearChargingProfile())
        await set_local_list(stage, None)
        await stage.station.call(ChangeAvailability(connector_id=0, type=AvailabilityType.OPERATIVE))
        await _stop_what_runs(stage)  # one that was starting when the run was stopped
        await sanity(stage)


async def _put_keys_back(stage: Stage) -> None:
    """Read every key that was written; write and read again those that are not as they were found."""
    await stage.read_named(list(stage.originals))
    changed = {
        key: value
        for key, value in stage.originals.items()
        if stage.value_of(key) != value and not is_never_written(key, stage.profile.keys_left_alone)
    }
    for key, value in changed.items():
        await stage.set_key(key, value)
    await stage.read_named(list(changed))


async def sanity(stage: Stage) -> None:
    """One small exchange that proves the connection alive, so that a silence before it counts."""
    async with stage.step(SANITY):
        await stage.station.call(GetConfiguration(key=["HeartbeatInterval"]))
