"""The visit: nine acts at the parking place, in the order in which each serves every check that it can."""

from collections.abc import Collection

from chargeproof.acceptance.ports import Answer
from chargeproof.acceptance.preparation import meter_every
from chargeproof.acceptance.stage import ON_THE_CABLE, CannotError, Stage, scene
from chargeproof.acceptance.unattended import back_after_restart
from chargeproof.acceptance.windows import TIMES
from chargeproof.ocpp import (
    AuthorizationStatus,
    Authorize,
    ChargePointErrorCode,
    ChargePointStatus,
    ClearCache,
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

START_WITHOUT_CABLE = "identified, but no cable"
PLUG_IN = "plug in, show no card"
WAIT_FOR_TIME_OUT = "wait for the connection time-out"
REMOTE_SESSION = "remote start on the plugged cable"
REMOTE_STOP = "remote stop"
LOCAL_START = "a valid card starts"
LOCAL_STOP = "the same card stops"
UNKNOWN_CARD = "an unknown card is presented"
UNPLUG = "unplug at the vehicle while charging"
OUTAGE = "charge while the central system is out of reach"
FAULT = "an error is provoked and repaired"

REMOTE_TAG = "CHARGEPROOF-REMOTE"
_REFUSALS = (AuthorizationStatus.INVALID, AuthorizationStatus.BLOCKED, AuthorizationStatus.EXPIRED)


@scene(START_WITHOUT_CABLE)
async def start_without_cable(stage: Stage) -> None:
    """Before act 1: identified without a cable. A remote start needs no hand; a card where that is rejected."""
    if stage.station.status_of(stage.connector_id) in ON_THE_CABLE:
        raise CannotError(f"a cable is already plugged into connector {stage.connector_id}")
    stage.station.answer_card_with(REMOTE_TAG, AuthorizationStatus.ACCEPTED)
    since = stage.station.mark()
    answer = await _remote_start(stage, REMOTE_TAG)
    if not answer.accepted:
        stage.station.answer_card_with(stage.profile.valid_card, AuthorizationStatus.ACCEPTED)
        await stage.present_card(
            stage.profile.valid_card, sentence="Present the valid card. Plug nothing in."
        )
    await _status(stage, {ChargePointStatus.PREPARING}, stage.windows["status"], since)
    limit_s = stage.windows["connection_time_out"] + stage.windows["time_out_tolerance"]
    await _status(stage, {ChargePointStatus.AVAILABLE}, limit_s, stage.station.mark())
    await stage.settle()


@scene(PLUG_IN)
async def plug_in(stage: Stage) -> None:
    """Act 1: the cable is plugged in, no card is shown."""
    await _cable_goes_in(stage)


async def _cable_goes_in(stage: Stage) -> None:
    since = stage.station.mark()
    await stage.plug_in()
    await _status(stage, {*ON_THE_CABLE, "Occupied"}, stage.windows["status"], since)


@scene(WAIT_FOR_TIME_OUT)
async def wait_for_time_out(stage: Stage) -> None:
    """Act 2: nobody identifies; what the station makes of it within the ConnectionTimeOut is recorded."""
    await plug_in(stage)
    limit_s = stage.windows["connection_time_out"] + stage.windows["time_out_tolerance"]
    since = stage.station.mark()
    ends = {ChargePointStatus.AVAILABLE, ChargePointStatus.FINISHING, ChargePointStatus.FAULTED}
    await _status(stage, ends, limit_s, since)


async def cable_is_in(stage: Stage) -> None:
    """See to it that the cable is plugged in, with a hand only where the station does not show it already."""
    if stage.station.status_of(stage.connector_id) not in ON_THE_CABLE:
        await _cable_goes_in(stage)


@scene(REMOTE_SESSION)
async def remote_session(stage: Stage) -> None:
    """Act 3: a remote start on the plugged cable, and three meter intervals of charging."""
    await cable_is_in(stage)
    await meter_every(stage, stage.windows["meter_interval"])
    start = await _start_remotely(stage, REMOTE_TAG)
    if start is None:
        raise CannotError("no transaction started after the remote start")
    await _count_meter_values(stage, start, stage.windows["meter_interval"], TIMES["meter_values"])


@scene(REMOTE_STOP)
async def remote_stop(stage: Stage) -> None:
    """Act 3, its end: RemoteStopTransaction by the id that we gave."""
    await remote_session(stage)
    start = _running(stage)
    if start is None:
        raise CannotError("the remotely started transaction was over before it could be stopped")
    since = stage.station.mark()
    answer = await stage.station.call(RemoteStopTransaction(transaction_id=start.confirmation.transaction_id))
    if answer.accepted:
        await _stop_follows(stage, since)
    await leave_idle(stage)


@scene(LOCAL_START)
async def local_start(stage: Stage) -> None:
    """Act 4: a valid card starts a transaction. The meter interval is now the longer one."""
    await cable_is_in(stage)
    await meter_every(stage, stage.windows["second_meter_interval"])
    await stage.station.call(ClearCache())
    valid = stage.profile.valid_card
    stage.station.answer_card_with(valid, AuthorizationStatus.ACCEPTED)
    start = await _start_with_card(stage, valid, f"Present the valid card at connector {stage.connector_id}.")
    if start is None:
        await stage.unplug(sentence="Unplug the cable; then it is plugged in again and the card presented.")
        await _cable_goes_in(stage)
        start = await _start_with_card(stage, valid, "Present the valid card again.")
    if start is None:
        await leave_idle(stage)
        raise CannotError("no transaction started after the valid card")
    await _count_meter_values(stage, start, stage.windows["second_meter_interval"], 2)


@scene(LOCAL_STOP)
async def local_stop(stage: Stage) -> None:
    """Act 5: the same card stops it."""
    await local_start(stage)
    since = stage.station.mark()
    await stage.present_card(
        stage.profile.valid_card,
        sentence="Present the same card again.",
        shown_by=lambda message: message.action in ("StopTransaction", "Authorize"),
    )
    await _stop_follows(stage, since)
    await leave_idle(stage)


@scene(UNKNOWN_CARD)
async def unknown_card(stage: Stage) -> None:
    """Act 6: a card that is answered Invalid, then Blocked, then Expired; nothing may start."""
    await cable_is_in(stage)
    card = stage.profile.unknown_card
    for refusal in _REFUSALS:
        stage.station.answer_card_with(card, refusal)
        since = stage.station.mark()
        await stage.present_card(
            card,
            sentence=f"Present the unknown card (it is answered {refusal}).",
            shown_by=lambda message: message.action == "Authorize",
        )
        await stage.station.wait_for(Authorize, within_s=stage.windows["status"], since=since)
        await stage.station.silence(stage.windows["absence"])
        await leave_idle(stage)


@scene(UNPLUG)
async def unplug(stage: Stage) -> None:
    """Act 7: a remote start, then the cable is unplugged at the vehicle."""
    await cable_is_in(stage)
    await stage.set_key("StopTransactionOnEVSideDisconnect", "true")
    await stage.read_keys(["StopTransactionOnEVSideDisconnect"])
    start = await _start_remotely(stage, REMOTE_TAG)
    if start is None:
        raise CannotError("no transaction started after the remote start")
    await stage.settle()
    since = stage.station.mark()
    await stage.unplug()
    await _stop_follows(stage, since)
    await stage.settle()
    await leave_idle(stage)


@scene(OUTAGE)
async def outage(stage: Stage) -> None:
    """Act 8: a session runs when the line breaks, is stopped in the outage, and another one lies within it."""
    await cable_is_in(stage)
    card = stage.profile.valid_card
    interval_s = stage.windows["meter_interval"]
    await meter_every(stage, interval_s)
    stage.station.answer_card_with(card, AuthorizationStatus.ACCEPTED)
    start = await _start_remotely(stage, card)
    await stage.settle()
    since = stage.station.mark()
    async with stage.step("out of reach"):
        stage.station.cut_network()
        try:
            await _charge_unseen(stage, card, interval_s, runs_already=start is not None)
        finally:
            stage.station.restore_network()
    await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])
    await stage.station.wait_for(StopTransaction, within_s=stage.windows["drain"], since=since)
    await _until_quiet(stage, StopTransaction)
    await leave_idle(stage)


async def _charge_unseen(stage: Stage, card: str, interval_s: float, *, runs_already: bool) -> None:
    """What happens while nobody can hear the station; the prompts cannot go away by themselves here."""

    async def swipe(sentence: str) -> None:
        await stage.present_card(card, sentence=sentence, shown_by=lambda message: False)
        await stage.station.silence(stage.windows["settle"])

    if runs_already:
        await stage.station.silence(
            interval_s * stage.windows["outage_meter_intervals"] + stage.windows["settle"]
        )
        await swipe("The line is cut. Present the valid card: the session that runs must stop.")
    await swipe("Present the valid card again: a session must start without the central system.")
    await stage.station.silence(interval_s + stage.windows["settle"])
    await swipe("Present the valid card once more: that session must stop.")


@scene(FAULT)
async def fault(stage: Stage) -> None:
    """Act 9: an error is provoked and repaired."""
    since = stage.station.mark()
    await stage.provoke_error()
    await stage.station.wait_for(
        StatusNotification,
        lambda status: status.error_code != ChargePointErrorCode.NO_ERROR,
        within_s=stage.windows["fault"],
        since=since,
    )
    await stage.settle()
    since = stage.station.mark()
    await stage.repair()
    await stage.station.wait_for(
        StatusNotification,
        lambda status: status.error_code == ChargePointErrorCode.NO_ERROR,
        within_s=stage.windows["fault"],
        since=since,
    )
    await stage.settle()


async def leave_idle(stage: Stage) -> None:
    """See to it that no transaction is left running, by gentler means first; the next scene needs that."""
    await stage.settle()
    if _running(stage) is None:
        return
    async with stage.step("end what still runs"):
        for end in (_end_remotely, _end_by_unplugging, _end_by_reset):
            since = stage.station.mark()
            try:
                await end(stage)
            except CannotError:
                continue
            await stage.station.wait_for(StopTransaction, within_s=stage.windows["settle"], since=since)
            if _running(stage) is None:
                return


async def _end_remotely(stage: Stage) -> None:
    running = _running(stage)
    if running is None or running.confirmation is None:
        raise CannotError("the transaction has no id of ours")
    await stage.station.call(RemoteStopTransaction(transaction_id=running.confirmation.transaction_id))


async def _end_by_unplugging(stage: Stage) -> None:
    await stage.unplug(sentence="The session still runs: unplug the cable at the vehicle.")


async def _end_by_reset(stage: Stage) -> None:
    since = stage.station.mark()
    answer = await stage.station.call(Reset(type=ResetType.HARD))
    if answer.accepted:
        await back_after_restart(stage, since)


async def _remote_start(stage: Stage, id_tag: str) -> Answer:
    return await stage.station.call(RemoteStartTransaction(id_tag=id_tag, connector_id=stage.connector_id))


async def _start_remotely(stage: Stage, id_tag: str) -> "Exchange[StartTransaction] | None":
    """RemoteStart on the plugged cable; where that is refused in Finishing, once more after replugging."""
    stage.station.answer_card_with(id_tag, AuthorizationStatus.ACCEPTED)
    since = stage.station.mark()
    answer = await _remote_start(stage, id_tag)
    if not answer.accepted and stage.station.status_of(stage.connector_id) == ChargePointStatus.FINISHING:
        await stage.unplug(sentence="The station refuses a start now: unplug, then plug in again.")
        await _cable_goes_in(stage)
        since = stage.station.mark()
        answer = await _remote_start(stage, id_tag)
    if not answer.accepted:
        return None
    return await _start_follows(stage, since)


async def _start_with_card(stage: Stage, id_tag: str, sentence: str) -> "Exchange[StartTransaction] | None":
    since = stage.station.mark()
    await stage.present_card(id_tag, sentence=sentence)
    return await _start_follows(stage, since)


async def _start_follows(stage: Stage, since: int) -> "Exchange[StartTransaction] | None":
    start = await stage.station.wait_for(StartTransaction, within_s=stage.windows["start"], since=since)
    if start is not None:
        charging = {
            ChargePointStatus.CHARGING,
            ChargePointStatus.SUSPENDED_EV,
            ChargePointStatus.SUSPENDED_EVSE,
        }
        await _status(stage, charging, stage.windows["status"], since)
    return start


async def _stop_follows(stage: Stage, since: int) -> None:
    await stage.station.wait_for(StopTransaction, within_s=stage.windows["stop"], since=since)
    await _status(
        stage,
        {ChargePointStatus.FINISHING, ChargePointStatus.AVAILABLE, ChargePointStatus.PREPARING},
        stage.windows["status"],
        since,
    )


async def _status(stage: Stage, statuses: Collection[str], within_s: float, since: int) -> None:
    await stage.station.wait_for(
        StatusNotification,
        lambda status: status.connector_id == stage.connector_id and status.status in statuses,
        within_s=within_s,
        since=since,
    )


async def _count_meter_values(
    stage: Stage, start: "Exchange[StartTransaction]", interval_s: float, times: int
) -> None:
    """Wait for so many intervals' samples of the transaction; ask for one where none comes by itself."""
    since, newest, counted = start.n, None, 0
    while counted < times:
        sample = await stage.station.wait_for(
            MeterValues,
            lambda values: values.connector_id == stage.connector_id,
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


async def _until_quiet(stage: Stage, action: type[StopTransaction]) -> None:
    """Wait until no further message of that kind comes: a queue may drain slowly."""
    while await stage.station.wait_for(action, within_s=stage.windows["message"]) is not None:
        pass


def _running(stage: Stage) -> "Exchange[StartTransaction] | None":
    """The newest StartTransaction at the visit's connector whose id no StopTransaction named yet."""
    record = stage.station.record()
    stopped = {stop.request.transaction_id for stop in record.exchanges(StopTransaction)}
    starts = [
        start
        for start in record.exchanges(StartTransaction)
        if start.confirmation is not None and start.confirmation.transaction_id not in stopped
    ]
    return starts[-1] if starts else None
