"""Before and after the functions: a known state to begin with, and the station left as it was found."""

from chargeproof.acceptance.configuration_keys import is_never_written
from chargeproof.acceptance.ports import Answer
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.unattended import clear_cache, read_all_keys
from chargeproof.ocpp import (
    AuthorizationData,
    AuthorizationStatus,
    AvailabilityType,
    ChangeAvailability,
    ClearChargingProfile,
    GetConfiguration,
    IdTagInfo,
    RemoteStopTransaction,
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
    for transaction_id, _ in await stage.station.running_transactions():
        since = stage.station.mark()
        answer = await stage.station.call(RemoteStopTransaction(transaction_id=transaction_id))
        if answer.accepted:
            await stage.station.wait_for(StopTransaction, within_s=stage.windows["stop"], since=since)
    if stage.has_profile("SmartCharging"):
        await stage.station.call(ClearChargingProfile())
    await set_local_list(stage, None)
    await clear_cache(stage)
    await stage.station.call(ChangeAvailability(connector_id=0, type=AvailabilityType.OPERATIVE))
    await stage.settle()


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
    for key, value in wanted.items():
        if key in stage.configuration and stage.value_of(key) != value:
            await stage.set_key(key, value)
    await _ask_for_measurands(stage)
    if stage.profile.local_list and stage.profile.valid_card:
        await set_local_list(stage, stage.profile.valid_card)


async def _ask_for_measurands(stage: Stage) -> None:
    """All wanted measurands at once; where that is refused, each by itself, then those that were accepted."""
    key = "MeterValuesSampledData"
    answer = await stage.set_key(key, ",".join(WANTED_MEASURANDS))
    if answer.status not in ("Accepted", "RebootRequired"):
        accepted = [each for each in WANTED_MEASURANDS if (await stage.set_key(key, each)).accepted]
        if len(accepted) > 1:
            await stage.set_key(key, ",".join(accepted))
    await stage.read_keys([key])


async def meter_every(stage: Stage, interval_s: float) -> None:
    """Set MeterValueSampleInterval and read it back."""
    await stage.set_key("MeterValueSampleInterval", str(int(interval_s)))
    await stage.read_keys(["MeterValueSampleInterval"])


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
        for key, value in stage.originals.items():
            if not is_never_written(key, stage.profile.keys_left_alone):
                await stage.set_key(key, value)
        await stage.read_named(list(stage.originals))
        if stage.has_profile("SmartCharging"):
            await stage.station.call(ClearChargingProfile())
        await set_local_list(stage, None)
        await stage.station.call(ChangeAvailability(connector_id=0, type=AvailabilityType.OPERATIVE))
        await sanity(stage)


async def sanity(stage: Stage) -> None:
    """One small exchange that proves the connection alive, so that a silence before it counts."""
    async with stage.step(SANITY):
        await stage.station.call(GetConfiguration(key=["HeartbeatInterval"]))
