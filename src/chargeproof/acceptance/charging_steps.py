"""What the scenes of the visit are made of: a cable, a start, samples, a stop, and leaving nothing running."""

from collections.abc import Collection

from chargeproof.acceptance.authorization_in_record import in_force
from chargeproof.acceptance.configuration_keys import METER_INTERVAL_KEY as INTERVAL_KEY
from chargeproof.acceptance.periodic_values import has_periodic_values
from chargeproof.acceptance.ports import Answer
from chargeproof.acceptance.preparation import restart_if_asked
from chargeproof.acceptance.stage import ON_THE_CABLE, CannotError, Stage
from chargeproof.acceptance.statuses_in_record import CHARGES, HAS_ENDED, NEEDS_A_CABLE, OCCUPIED
from chargeproof.acceptance.transactions_in_record import is_forgotten, running_at, transactions_in
from chargeproof.acceptance.unattended import back_after_restart
from chargeproof.ocpp import (
    AuthorizationStatus,
    ChargePointStatus,
    MessageTrigger,
    MeterValues,
    RemoteStartTransaction,
    RemoteStopTransaction,
    Reset,
    ResetType,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    TriggerMessage,
)
from chargeproof.trace import Exchange

END_WHAT_RUNS = "end what still runs"
LONGEST_TIME_OUT_S = 180.0

Start = Exchange[StartTransaction]

# ── the cable ────────────────────────────────────────────────────────────────────────────────────────


def is_plugged(stage: Stage) -> bool:
    """Whether a cable is in: as hands last left it; where no hand was asked, as the status shows it."""
    acts = [
        span
        for span in stage.station.record().acts()
        if span.act in ("plug_in", "unplug")
        and span.was_done
        and span.parameters.get("connector_id") == stage.connector_id
    ]
    if acts:
        return acts[-1].act == "plug_in"
    status = stage.station.status_of(stage.connector_id)
    return status is not None and (status in NEEDS_A_CABLE or status.casefold() == OCCUPIED)


async def cable_goes_in(stage: Stage) -> None:
    """Plug in and see what the status makes of it."""
    since = stage.station.mark()
    await stage.plug_in()
    await status_follows(stage, {*ON_THE_CABLE, "Occupied"}, stage.windows["status"], since)


async def ready_to_start(stage: Stage) -> None:
    """See to it that nothing runs and that the cable is in, with a hand only where it is needed."""
    if running(stage) is not None:
        await leave_idle(stage)
    if not is_plugged(stage):
        await cable_goes_in(stage)
    elif stage.replugs and stage.station.status_of(stage.connector_id) == ChargePointStatus.FINISHING:
        await stage.unplug(sentence="Unplug the cable: the station wants it out after a session.")
        await cable_goes_in(stage)


def time_out_s(stage: Stage) -> float:
    """How long to wait for the ConnectionTimeOut that is in force."""
    value = stage.value_of("ConnectionTimeOut") or ""
    seconds = float(value) if value.isdecimal() and int(value) > 0 else stage.windows["connection_time_out"]
    return min(seconds, LONGEST_TIME_OUT_S) + stage.windows["time_out_tolerance"]


# ── beginning ────────────────────────────────────────────────────────────────────────────────────────


async def remote_start(stage: Stage, id_tag: str) -> Answer:
    """RemoteStartTransaction with the connector; the tag is answered Accepted from now on."""
    stage.station.answer_card_with(id_tag, AuthorizationStatus.ACCEPTED)
    return await stage.station.call(RemoteStartTransaction(id_tag=id_tag, connector_id=stage.connector_id))


async def start_remotely(stage: Stage, id_tag: str) -> Start | None:
    """RemoteStart on the plugged cable; where that is refused in Finishing, once more after replugging."""
    since = stage.station.mark()
    answer = await remote_start(stage, id_tag)
    if not answer.accepted and stage.station.status_of(stage.connector_id) == ChargePointStatus.FINISHING:
        stage.replugs = True
        await stage.unplug(sentence="The station refuses a start now: unplug, then plug in again.")
        await cable_goes_in(stage)
        since = stage.station.mark()
        answer = await remote_start(stage, id_tag)
    if not answer.accepted:
        return None
    return await start_follows(stage, since)


async def start_with_card(stage: Stage, id_tag: str, sentence: str) -> Start | None:
    """A card is presented to start."""
    since = stage.station.mark()
    await stage.present_card(id_tag, sentence=sentence)
    return await start_follows(stage, since)


async def start_follows(stage: Stage, since: int) -> Start | None:
    """Wait for StartTransaction, and for the status that shows it."""
    start = await stage.station.wait_for(
        StartTransaction,
        lambda begun: begun.connector_id == stage.connector_id,
        within_s=stage.windows["start"],
        since=since,
    )
    if start is not None:
        await status_follows(stage, CHARGES, stage.windows["status"], since)
    return start


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────


async def measure_every(stage: Stage, *intervals_s: float) -> float:
    """Set the first of these meter intervals that the station takes; returns the one that is in force."""
    for interval_s in intervals_s:
        value = str(int(interval_s))
        answer = await stage.set_key(INTERVAL_KEY, value)
        await restart_if_asked(stage, [answer])
        await stage.read_keys([INTERVAL_KEY])
        if answer.status in ("Accepted", "RebootRequired"):
            break
    found = stage.value_of(INTERVAL_KEY) or ""
    return float(found) if found.isdecimal() and int(found) > 0 else intervals_s[0]


async def measure_at_first(stage: Stage) -> float:
    """The shorter interval; where the station does not take it, the longer one."""
    first, second = stage.windows["meter_interval"], stage.windows["second_meter_interval"]
    return await measure_every(stage, first, second)


async def measure_differently(stage: Stage) -> float:
    """Another interval than the newest transaction had."""
    second = stage.windows["second_meter_interval"]
    record = stage.station.record()
    begun = transactions_in(record)
    had = in_force(record, INTERVAL_KEY, begun[-1].start.n) if begun else None
    last = had.value if had is not None else stage.value_of(INTERVAL_KEY)
    others = [second, 1.5 * second, 2 * second]
    return await measure_every(stage, *(s for s in others if str(int(s)) != last))


async def count_meter_values(stage: Stage, start: Start, interval_s: float, times: int) -> None:
    """Wait for so many intervals' samples of the transaction; ask for one where none comes by itself."""
    since, newest, counted = start.n, None, 0
    while counted < times:
        sample = await stage.station.wait_for(
            MeterValues,
            lambda values: values.connector_id == stage.connector_id and has_periodic_values(values),
            within_s=interval_s + 2 * stage.windows["meter_tolerance"],
            since=since,
        )
        if sample is None:
            break
        since = sample.n
        if newest is None or sample.mono - newest > interval_s / 2:
            counted, newest = counted + 1, sample.mono
    if counted == 0:
        since = stage.station.mark()
        await stage.station.call(
            TriggerMessage(requested_message=MessageTrigger.METER_VALUES, connector_id=stage.connector_id)
        )
        await stage.station.wait_for(MeterValues, within_s=stage.windows["message"], since=since)
    await stage.settle()


# ── ending ───────────────────────────────────────────────────────────────────────────────────────────


async def stop_remotely(stage: Stage) -> None:
    """RemoteStopTransaction by the id that we gave, and what follows. Raises CannotError if nothing runs."""
    start = running(stage)
    if start is None or start.confirmation is None:
        raise CannotError("the remotely started transaction was over before it could be stopped")
    since = stage.station.mark()
    answer = await stage.station.call(RemoteStopTransaction(transaction_id=start.confirmation.transaction_id))
    if answer.accepted:
        await stop_follows(stage, since)
    await leave_idle(stage)


async def stop_follows(stage: Stage, since: int) -> None:
    """Wait for StopTransaction, and for the status that shows it."""
    await stage.station.wait_for(StopTransaction, within_s=stage.windows["stop"], since=since)
    await status_follows(stage, HAS_ENDED, stage.windows["status"], since)


async def status_follows(
    stage: Stage, statuses: Collection[str], within_s: float, since: int
) -> Exchange[StatusNotification] | None:
    """Wait for one of these statuses of the visit's connector."""
    return await stage.station.wait_for(
        StatusNotification,
        lambda status: status.connector_id == stage.connector_id and status.status in statuses,
        within_s=within_s,
        since=since,
    )


def running(stage: Stage) -> Start | None:
    """The start of the newest transaction that was not stopped yet, nor forgotten over a restart."""
    record, now = stage.station.record(), stage.station.mark() + 1
    transaction = running_at(record, now)
    if transaction is None:
        return None
    charges = stage.station.status_of(stage.connector_id) in CHARGES
    return transaction.start if charges or not is_forgotten(record, transaction, now) else None


def stops_since(stage: Stage, since: int) -> int:
    """How many transactions were stopped by messages after that entry."""
    found = transactions_in(stage.station.record())
    return sum(each.stop is not None and each.stop.n > since for each in found)


async def leave_idle(stage: Stage) -> None:
    """See to it that no transaction is left running, by gentler means first; the next scene needs that."""
    await stage.settle()
    if running(stage) is None:
        return
    async with stage.step(END_WHAT_RUNS):
        for end in (_end_remotely, _end_by_unplugging, end_by_reset):
            since = stage.station.mark()
            try:
                await end(stage)
            except CannotError:
                continue
            await stage.station.wait_for(StopTransaction, within_s=stage.windows["settle"], since=since)
            if running(stage) is None:
                return


async def _end_remotely(stage: Stage) -> None:
    start = running(stage)
    if start is None or start.confirmation is None or start.confirmation.transaction_id is None:
        raise CannotError("the transaction has no id of ours")
    await stage.station.call(RemoteStopTransaction(transaction_id=start.confirmation.transaction_id))


async def _end_by_unplugging(stage: Stage) -> None:
    await stage.unplug(sentence="The session still runs: unplug the cable at the vehicle.")


async def end_by_reset(stage: Stage) -> None:
    """Reset Hard, and wait until the station is back."""
    since = stage.station.mark()
    answer = await stage.station.call(Reset(type=ResetType.HARD))
    if answer.accepted:
        await back_after_restart(stage, since)
