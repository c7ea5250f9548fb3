"""The visit: nine acts at the parking place, in the order in which each serves every check that it can.

Beside reboots it takes less than 20 minutes: the longest waits are the meter intervals (3 × 30 s, 2 × 60 s),
the time-outs (2 × 45 s), the refusals (3 × 20 s) and the outage (3 × 30 s and the time to come back).
"""

from chargeproof.acceptance.charging_steps import (
    END_WHAT_RUNS,
    Start,
    cable_goes_in,
    count_meter_values,
    end_by_reset,
    is_plugged,
    leave_idle,
    measure_at_first,
    measure_differently,
    ready_to_start,
    remote_start,
    running,
    start_remotely,
    start_with_card,
    status_follows,
    stop_follows,
    stop_remotely,
    stops_since,
    time_out_s,
)
from chargeproof.acceptance.outages_in_record import unreachables
from chargeproof.acceptance.preparation import set_local_list
from chargeproof.acceptance.stage import CannotError, Stage, scene
from chargeproof.acceptance.statuses_in_record import CHARGES
from chargeproof.acceptance.windows import TIMES
from chargeproof.ocpp import (
    AuthorizationStatus,
    Authorize,
    ChargePointErrorCode,
    ChargePointStatus,
    ClearCache,
    MeterValues,
    StatusNotification,
    StopTransaction,
)

START_WITHOUT_CABLE = "identified, but no cable"
PLUG_IN = "plug in, show no card"
WAIT_FOR_TIME_OUT = "wait for the connection time-out"
REMOTE_SESSION = "remote start on the plugged cable"
REMOTE_STOP = "remote stop"
LOCAL_START = "a valid card starts"
LOCAL_STOP = "the same card stops"
SECOND_INTERVAL = "a session at another meter interval"
UNKNOWN_CARD = "an unknown card is presented"
UNPLUG = "unplug at the vehicle while charging"
OUTAGE = "charge while the central system is out of reach"
FAULT = "an error is provoked and repaired"

REMOTE_TAG = "CHARGEPROOF-REMOTE"
_REFUSALS = (AuthorizationStatus.INVALID, AuthorizationStatus.BLOCKED, AuthorizationStatus.EXPIRED)


@scene(START_WITHOUT_CABLE)
async def start_without_cable(stage: Stage) -> None:
    """Before act 1: identified without a cable. A remote start needs no hand; a card where that is rejected."""
    if is_plugged(stage):
        raise CannotError(f"a cable is already plugged into connector {stage.connector_id}")
    since = stage.station.mark()
    answer = await remote_start(stage, REMOTE_TAG)
    if not answer.accepted:
        card = _valid_card(stage)
        stage.station.answer_card_with(card, AuthorizationStatus.ACCEPTED)
        since = stage.station.mark()
        await stage.present_card(card, sentence="Present the valid card. Plug nothing in.")
    shown = await status_follows(stage, {ChargePointStatus.PREPARING}, stage.windows["status"], since)
    since = stage.station.mark() if shown is None else shown.n
    await status_follows(stage, {ChargePointStatus.AVAILABLE}, time_out_s(stage), since)
    await stage.settle()
    if stage.station.status_of(stage.connector_id) != ChargePointStatus.AVAILABLE:
        # Whoever is still identified would turn the next act, a plugged cable, into a start.
        async with stage.step(END_WHAT_RUNS):
            await end_by_reset(stage)


@scene(PLUG_IN)
async def plug_in(stage: Stage) -> None:
    """Act 1: the cable is plugged in, no card is shown."""
    await cable_goes_in(stage)


@scene(WAIT_FOR_TIME_OUT)
async def wait_for_time_out(stage: Stage) -> None:
    """Act 2: nobody identifies; what the station makes of it within the ConnectionTimeOut is recorded."""
    await plug_in(stage)
    ends = {ChargePointStatus.AVAILABLE, ChargePointStatus.FINISHING, ChargePointStatus.FAULTED}
    await status_follows(stage, ends, time_out_s(stage), stage.station.mark())
    await stage.settle()


@scene(REMOTE_SESSION)
async def remote_session(stage: Stage) -> None:
    """Act 3: a remote start on the plugged cable, and three meter intervals of charging."""
    await ready_to_start(stage)
    interval_s = await measure_at_first(stage)
    start = await start_remotely(stage, REMOTE_TAG)
    if start is None:
        raise CannotError("no transaction started after the remote start")
    await count_meter_values(stage, start, interval_s, TIMES["meter_values"])


@scene(REMOTE_STOP)
async def remote_stop(stage: Stage) -> None:
    """Act 3, its end: RemoteStopTransaction by the id that we gave."""
    await remote_session(stage)
    await stop_remotely(stage)


@scene(LOCAL_START)
async def local_start(stage: Stage) -> None:
    """Act 4: a valid card starts a transaction, when neither cache nor list can answer. Another interval."""
    valid = _valid_card(stage)
    await ready_to_start(stage)
    interval_s = await measure_differently(stage)
    await stage.station.call(ClearCache())
    stage.station.answer_card_with(valid, AuthorizationStatus.ACCEPTED)
    start = await start_with_card(stage, valid, f"Present the valid card at connector {stage.connector_id}.")
    if start is None:
        await stage.unplug(sentence="Unplug the cable; then it is plugged in again and the card presented.")
        await cable_goes_in(stage)
        await stage.station.call(ClearCache())
        start = await start_with_card(stage, valid, "Present the valid card again.")
        stage.replugs = start is not None
    if start is None:
        await leave_idle(stage)
        raise CannotError("no transaction started after the valid card")
    await count_meter_values(stage, start, interval_s, 2)


@scene(LOCAL_STOP)
async def local_stop(stage: Stage) -> None:
    """Act 5: the same card stops it."""
    await local_start(stage)
    since = stage.station.mark()
    await stage.present_card(
        _valid_card(stage),
        sentence="Present the same card again.",
        shown_by=lambda message: message.action in ("StopTransaction", "Authorize"),
    )
    await stop_follows(stage, since)
    await leave_idle(stage)


@scene(SECOND_INTERVAL)
async def second_interval(stage: Stage) -> None:
    """A session at another meter interval: acts 4 and 5, or without hands a second remote start."""
    try:
        await local_stop(stage)
    except CannotError:
        await ready_to_start(stage)
        interval_s = await measure_differently(stage)
        start = await start_remotely(stage, REMOTE_TAG)
        if start is None:
            raise
        await count_meter_values(stage, start, interval_s, 2)
        await stop_remotely(stage)


@scene(UNKNOWN_CARD)
async def unknown_card(stage: Stage) -> None:
    """Act 6: a card that is answered Invalid, then Blocked, then Expired; nothing may start."""
    card = stage.profile.unknown_card
    if not card:
        raise CannotError("no card to be refused was named (unknown_card of the profile)")
    for refusal in _REFUSALS:
        await ready_to_start(stage)
        # A cache that remembers the last refusal would keep the station from asking again.
        await stage.station.call(ClearCache())
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
    await ready_to_start(stage)
    await stage.set_key("StopTransactionOnEVSideDisconnect", "true")
    await stage.read_keys(["StopTransactionOnEVSideDisconnect"])
    start = await start_remotely(stage, REMOTE_TAG)
    if start is None:
        raise CannotError("no transaction started after the remote start")
    await stage.settle()
    since = stage.station.mark()
    try:
        await stage.unplug()
        await stop_follows(stage, since)
        await stage.settle()
    finally:
        await leave_idle(stage)


@scene(OUTAGE)
async def outage(stage: Stage) -> None:
    """Act 8: a session runs when the line breaks, is stopped in the outage, and another one lies within it.

    Without hands it runs on through the outage: that still shows whether its meter values are kept.
    """
    await ready_to_start(stage)
    card = stage.profile.valid_card or REMOTE_TAG
    interval_s = await measure_at_first(stage)
    start = await _start_with_a_card_of_before(stage, card) or await start_remotely(stage, card)
    if stage.profile.local_list and stage.profile.valid_card:
        await set_local_list(stage, card)
    await stage.settle()
    since = stage.station.mark()
    reasons: list[str] = []
    async with stage.step("out of reach"):
        stage.station.cut_network()
        try:
            swipes = await _charge_unseen(stage, card, interval_s, runs_already=start is not None)
        except CannotError as error:
            swipes = 0
            reasons.append(str(error))
        finally:
            stage.station.restore_network()
    if not await stage.station.wait_until_ready(within_s=stage.windows["reconnect"]):
        raise CannotError(f"the station did not come back within {stage.windows['reconnect']:g} s")
    await _let_it_deliver(stage, since, interval_s, swipes)
    await leave_idle(stage)
    await _end_what_nobody_knows(stage)
    if reasons:
        raise CannotError(*reasons)


async def _start_with_a_card_of_before(stage: Stage, card: str) -> Start | None:
    """The cache knew the card of acts 4 and 5; after ClearCache the station has to ask again (function 15)."""
    if not stage.profile.valid_card or LOCAL_STOP not in stage.played:
        return None
    if stage.value_of("LocalPreAuthorize") == "false":
        await stage.set_key("LocalPreAuthorize", "true")  # else no cache answers, cleared or not
    await stage.station.call(ClearCache())
    try:
        return await start_with_card(stage, card, "Present the valid card: a session must start.")
    except CannotError:
        return None


async def _end_what_nobody_knows(stage: Stage) -> None:
    """A session whose start was lost runs on, and no command knows its id."""
    if stage.station.status_of(stage.connector_id) in CHARGES:
        await stage.settle()
    if stage.station.status_of(stage.connector_id) in CHARGES:
        async with stage.step(END_WHAT_RUNS):
            await end_by_reset(stage)


async def _charge_unseen(stage: Stage, card: str, interval_s: float, *, runs_already: bool) -> int:
    """What happens while nobody can hear the station; the prompts cannot go away by themselves here.

    Returns how many stops are due afterwards.
    """

    async def swipe(sentence: str) -> None:
        await stage.present_card(card, sentence=sentence, shown_by=lambda message: False)
        await stage.settle()

    if runs_already:
        await stage.station.silence(
            interval_s * stage.windows["outage_meter_intervals"] + stage.windows["settle"]
        )
    if not stage.profile.valid_card:
        raise CannotError("no card to be accepted was named (valid_card of the profile)")
    if runs_already:
        await swipe("The line is cut. Present the valid card: the session that runs must stop.")
        if stage.replugs:
            await stage.unplug(sentence="Unplug the cable; nothing can be heard of it.")
            await stage.plug_in()
    await swipe("Present the valid card again: a session must start without the central system.")
    await stage.station.silence(interval_s + stage.windows["settle"])
    await swipe("Present the valid card once more: that session must stop.")
    if stage.replugs:
        await stage.unplug(sentence="Unplug the cable; nothing can be heard of it.")
        await stage.plug_in()
    await swipe("Present it a last time: a session must start, which runs on when the line is back.")
    return 1 + runs_already


async def _let_it_deliver(stage: Stage, since: int, interval_s: float, stops: int) -> None:
    """Send nothing until the stops and meter values that are due came, or the window ``drain`` is over."""
    drain_s = stage.windows["drain"]
    while stops_since(stage, since) < stops:
        if await stage.station.wait_for(StopTransaction, within_s=drain_s) is None:
            return
    if stops:
        while await stage.station.wait_for(StopTransaction, within_s=stage.windows["message"]) is not None:
            pass
        # What is new has to wait for the queue: the samples of the session that runs on.
        await stage.station.wait_for(MeterValues, within_s=interval_s)
    else:
        await stage.station.silence(2 * interval_s)
    due = stage.windows["outage_meter_intervals"] + min(stops, 1)
    if _samples_of_the_outage(stage, since) < due:
        await stage.station.silence(drain_s)


def _samples_of_the_outage(stage: Stage, since: int) -> int:
    """How many meter values came that are dated within it; all that came where no clock offset is known."""
    record = stage.station.record()
    outage = next(reversed(unreachables(record)), None)
    came = record.after(since).exchanges(MeterValues)
    if outage is None or outage.offset_s is None:
        return len(came)
    return sum(outage.dated_within(values) for values in came)


@scene(FAULT)
async def fault(stage: Stage) -> None:
    """Act 9: an error is provoked and repaired."""
    if running(stage) is not None:
        await leave_idle(stage)
    since = stage.station.mark()
    await stage.provoke_error()
    await stage.station.wait_for(
        StatusNotification,
        lambda status: (
            status.connector_id in (0, stage.connector_id)
            and status.error_code != ChargePointErrorCode.NO_ERROR
        ),
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


def _valid_card(stage: Stage) -> str:
    if not stage.profile.valid_card:
        raise CannotError("no card to be accepted was named (valid_card of the profile)")
    return stage.profile.valid_card
