"""Function 6: Start charge transaction (both local notification and remote trigger)."""

from chargeproof.acceptance.cards_judged import another_card, not_asked_before, starts_nothing
from chargeproof.acceptance.case import Case
from chargeproof.acceptance.charging_steps import leave_idle
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.quantifiers import absence, every, refusal, scene_not_played, theirs
from chargeproof.acceptance.refusals_in_record import (
    refusals,
)
from chargeproof.acceptance.sessions_in_record import charging_at
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.starts_in_record import (
    LocalStart,
    attempts_with_cards,
    begun_again,
    begun_by,
    ends_too_early,
    remote_starts_to_judge,
    shows_charging_before,
    statuses_after_start,
)
from chargeproof.acceptance.statuses_in_record import CHARGES, shows, unlawful_step
from chargeproof.acceptance.stimuli_in_record import cable_is_in
from chargeproof.acceptance.transactions_in_record import Transaction, same_tag
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, passed, passed_with_remark
from chargeproof.acceptance.visit import (
    LOCAL_START,
    REMOTE_SESSION,
    UNKNOWN_CARD,
    local_start,
    remote_session,
    unknown_card,
)
from chargeproof.acceptance.what_logs_show import each_decided
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    Authorize,
    RemoteStartTransaction,
)
from chargeproof.trace import Exchange, Trace

case = Case(
    6,
    "Start charge transaction (both local notification and remote trigger)",
    criteria={
        "6.1": (
            "After sending RemoteStartTransaction the transaction must start, and a StartTransaction message "
            "(including transactionId) must be received, followed by several StatusNotification messages "
            "(according to OCPP 1.6)"
        ),
        "6.2": (
            "Local StartTransaction should start with an Authorize, which – if approved – must be followed by a "
            "StartTransaction and several StatusNotification messages (according to OCPP 1.6)."
        ),
        "6.3": "If not approved the sequence must stop",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Acts 3, 4 and 6: a remote start, a valid card, an unknown card."""
    await set_keys_for_visit(stage)
    await stage.play_each(remote_session, local_start, unknown_card)
    await leave_idle(stage)


# ── 6.1: remote start ────────────────────────────────────────────────────────────────────────────────


@case.check(
    "6.1a",
    "An accepted RemoteStartTransaction starts a transaction with our idTag at our connector",
    clause="S§5.11",
    octt=("TC_010_CS",),
)
def remote_start_begins_a_transaction(trace: Trace) -> Verdict:
    return each_decided(
        trace,
        remote_starts_to_judge(trace),
        lambda start: _begins(trace, start),
        nothing=_no_remote_start(trace),
    )


def _no_remote_start(trace: Trace) -> Verdict:
    return scene_not_played(trace, REMOTE_SESSION, "no remote start on a plugged cable was sent")


def _begins(trace: Trace, start: Exchange[RemoteStartTransaction]) -> Verdict:
    refused = refusal(trace, start, "Accepted")
    if (
        refused is not None
        and not trace.steps()
        and not cable_is_in(trace, start.request.connector_id, start.n)
    ):
        return inconclusive(f"{refused.reason}, and nothing shows that a cable was in", refused.evidence)
    if refused is not None:
        return refused
    request = start.request
    expected = f"StartTransaction with idTag {request.id_tag} at connector {request.connector_id}"
    begun = begun_by(trace, start)
    if begun is None:
        return _never_began(trace, start, expected)
    evidence = (*start.evidence, *begun.start.evidence)
    seen = f"idTag {begun.start.request.id_tag} at connector {begun.named_connector_id}"
    if not same_tag(begun.start.request.id_tag, request.id_tag):
        return failed("the transaction has another idTag than ours", evidence, expected=expected, seen=seen)
    if request.connector_id not in (None, begun.named_connector_id):
        return failed("the transaction is at another connector", evidence, expected=expected, seen=seen)
    second = begun_again(trace, begun)
    if second is not None:
        return failed(
            "one remote start began two transactions",
            (*evidence, *second.start.evidence),
            expected="one StartTransaction",
            seen=f"another one {second.start.mono - begun.start.mono:.1f} s later",
        )
    after_s = begun.start.mono - start.mono
    return passed(
        f"StartTransaction came {after_s:.1f} s after the remote start, with our idTag and connector",
        evidence,
        figures={"remote_start_to_start_transaction_s": round(after_s, 3)},
    )


def _never_began(trace: Trace, start: Exchange[RemoteStartTransaction], expected: str) -> Verdict:
    """Accepted, but no transaction: a fail unless something lawful kept it from starting."""
    seconds = window_s(trace, "start")
    reason = "the remote start was accepted, but no transaction started"
    if not cable_is_in(trace, start.request.connector_id, start.n):
        return inconclusive(f"{reason}, and nothing shows that a cable was in", start.evidence)
    for asked in theirs(trace.after(start.n).within(start.mono, seconds), Authorize):
        info = getattr(asked.confirmation, "id_tag_info", None)
        if same_tag(asked.request.id_tag, start.request.id_tag) and info and info.status != "Accepted":
            return inconclusive(f"{reason}: we answered its Authorize with {info.status}", asked.evidence)
    gone = absence(trace, start.mono, seconds)
    evidence = (*start.evidence, *gone.evidence)
    if not gone.proved:
        return inconclusive(f"{reason}, but {gone.why}", evidence, expected=expected)
    return failed(reason, evidence, expected=expected, seen=f"nothing within {seconds:g} s")


@case.check(
    "6.1b",
    "The station uses the transactionId that it was given",
    clause="S§4.8",
    octt=("TC_010_CS",),
)
def given_transaction_id_is_used(trace: Trace) -> Verdict:
    begun = _remote_transactions(trace)
    # Where meter values prove it, a StopTransaction with another id is a matter of 7.1a to 7.3a.
    telling = [each for each in begun if each.meter_ids]
    return every(telling or begun, _uses_our_id, nothing=_no_remote_transaction(trace))


def _remote_transactions(trace: Trace) -> list[Transaction]:
    begun = (begun_by(trace, start) for start in remote_starts_to_judge(trace) if start.status == "Accepted")
    told = ((each.twin if each is not None and each.is_a_shadow else each) for each in begun)
    return [transaction for transaction in told if transaction is not None]


def _no_remote_transaction(trace: Trace) -> Verdict:
    started = remote_starts_to_judge(trace)
    if not started:
        return _no_remote_start(trace)
    return inconclusive("no remote start began a transaction (6.1a)", [each.n for each in started])


def _uses_our_id(transaction: Transaction) -> Verdict:
    """By the meter values where they name an id; by the StopTransaction where they do not (7.1a judges that)."""
    given = transaction.transaction_id
    start = transaction.start.evidence
    if given is None:
        return inconclusive("no transactionId was given in a StartTransaction.conf", start)
    for values in transaction.meter_values:
        named = values.request.transaction_id
        if named not in (None, given):
            return _another_id(given, named, "MeterValues", (*start, *values.evidence))
    proof = [each for each in transaction.meter_values if each.request.transaction_id == given]
    if proof:
        return passed(f"its meter values name transactionId {given}", (*start, *proof[0].evidence))
    if transaction.stop is None:
        return inconclusive("no message of the station names the transaction", start)
    evidence = (*start, *transaction.stop.evidence)
    named = transaction.stop.request.transaction_id
    if named != given:
        return _another_id(given, named, "StopTransaction", evidence)
    return passed(f"its StopTransaction names transactionId {given}", evidence)


def _another_id(given: int, named: int | None, action: str, evidence: tuple[int, ...]) -> Verdict:
    return failed(
        f"the station's {action} names another transactionId than it was given",
        evidence,
        expected=f"transactionId {given}",
        seen=f"transactionId {named}",
    )


@case.check(
    "6.1c",
    "StatusNotifications show the way to charging, each step lawful",
    clause="S§4.9, E3.19",
    octt=("TC_010_CS",),
)
def status_follows_remote_start(trace: Trace) -> Verdict:
    starts = [s for s in remote_starts_to_judge(trace) if begun_by(trace, s) is not None]
    fresh = [start for start in starts if not shows_charging_before(trace, start)]
    if starts and not fresh:
        known = [start.n for start in starts]
        return inconclusive("the connector showed charging before the start already (7.1b)", known)
    return every(fresh, lambda start: _status_follows(trace, start), nothing=_no_remote_transaction(trace))


def _status_follows(trace: Trace, start: Exchange[RemoteStartTransaction]) -> Verdict:
    begun = begun_by(trace, start)
    if begun is None:
        return inconclusive("no transaction started (6.1a)", start.evidence)
    stretch = statuses_after_start(trace, begun, start)
    wrong = unlawful_step(trace, begun.connector_id, stretch) or ends_too_early(trace, begun, stretch)
    return wrong or shows(stretch, CHARGES, what="charging", known=(*start.evidence, *begun.start.evidence))


# ── 6.2: local start ─────────────────────────────────────────────────────────────────────────────────


@case.check(
    "6.2a",
    "A local start begins with Authorize for the card that was presented",
    clause="S§4.1",
    octt=("TC_003_CS",),
    hands=True,
)
def local_start_begins_with_authorize(trace: Trace) -> Verdict:
    return each_decided(
        trace,
        attempts_with_cards(trace),
        lambda start: _authorizes(trace, start),
        nothing=scene_not_played(trace, LOCAL_START, "no card was presented to start a transaction"),
    )


def _authorizes(trace: Trace, start: LocalStart) -> Verdict:
    expected = f"Authorize for {start.id_tag}, before StartTransaction"
    begun = start.transaction
    asked = start.authorize
    if asked is None and begun is None:
        gone = absence(trace, start.mono, window_s(trace, "start"))
        reason = "the card was presented, and the station asked for no authorization"
        known = (*start.evidence, *gone.evidence)
        why = gone.why or start.kept_out(trace)
        if why:
            return inconclusive(f"{reason}, but {why}", known, expected=expected)
        return failed(reason, known, expected=expected, seen="nothing")
    if begun is not None and (asked is None or asked.n > begun.start.n):
        return not_asked_before(trace, start, expected, late=asked is not None)
    if asked is None:
        return inconclusive("the station asked for no authorization", start.evidence)
    tag = asked.request.id_tag
    if begun is not None and not same_tag(tag, begun.start.request.id_tag):
        return failed(
            "the transaction has another idTag than was authorized",
            start.evidence,
            expected=f"StartTransaction with idTag {tag}",
            seen=f"idTag {begun.start.request.id_tag}",
        )
    if not same_tag(tag, start.id_tag):
        return another_card(trace, start, str(tag))
    return passed(f"Authorize for {tag} came first", start.evidence)


@case.check(
    "6.2b",
    "After an approved Authorize come StartTransaction and StatusNotifications",
    clause="S§4.1, S§4.8, S§4.9",
    octt=("TC_003_CS",),
    hands=True,
)
def approved_card_starts(trace: Trace) -> Verdict:
    attempts = attempts_with_cards(trace)
    # A station in Finishing may want the cable replugged first, and let an earlier card pass.
    judged = [each for each in attempts if each.transaction is not None or each.went_on(trace)]
    return each_decided(
        trace,
        judged or attempts[-1:],
        lambda start: _starts(trace, start),
        nothing=scene_not_played(trace, LOCAL_START, "no card was presented to start a transaction"),
    )


def _starts(trace: Trace, start: LocalStart) -> Verdict:
    begun = start.transaction
    if begun is None:
        return _approved_in_vain(trace, start)
    named = begun.named_connector_id
    if named != begun.connector_id and not _remote_starts_name_another(trace):
        return failed(
            "the transaction is at another connector",
            start.evidence,
            expected=f"StartTransaction at connector {begun.connector_id}",
            seen=f"connector {named}, and meter values of connector {begun.connector_id}",
        )
    stretch = statuses_after_start(trace, begun, start)
    verdict = shows(stretch, CHARGES, what="charging", known=start.evidence)
    if verdict.outcome is Outcome.FAIL and _remote_starts_lack_status(trace):
        remark = "no StatusNotification shows charging, as after a remote start (6.1c)"
        return passed_with_remark("StartTransaction followed", start.evidence, remark=remark)
    if verdict.outcome is Outcome.PASS and start.authorize is None:
        return verdict.with_remark("no Authorize came before it (6.2a)")
    return verdict


def _approved_in_vain(trace: Trace, start: LocalStart) -> Verdict:
    info = getattr(getattr(start.authorize, "confirmation", None), "id_tag_info", None)
    if start.authorize is None or info is None or info.status != "Accepted":
        return inconclusive("no Authorize was answered with Accepted", start.evidence)
    going_on = charging_at(trace, start.n, start.connector_id)
    if going_on:
        reason = "a session was going on at the connector, so that the card could start none"
        return inconclusive(reason, (*start.evidence, *going_on))
    seconds = window_s(trace, "start")
    gone = absence(trace, start.authorize.mono, seconds)
    reason = "Authorize was answered with Accepted, but no transaction started"
    known = (*start.evidence, *gone.evidence)
    if not gone.proved:
        return inconclusive(f"{reason}, but {gone.why}", known, expected="StartTransaction")
    return failed(reason, known, expected="StartTransaction", seen=f"nothing within {seconds:g} s")


def _remote_starts_name_another(trace: Trace) -> bool:
    begun = (begun_by(trace, start) for start in remote_starts_to_judge(trace))
    return any(each is not None and each.named_connector_id != each.connector_id for each in begun)


def _remote_starts_lack_status(trace: Trace) -> bool:
    """Whether remote starts show the same lack: then 6.1c is the check that condemns it."""
    starts = [s for s in remote_starts_to_judge(trace) if begun_by(trace, s) is not None]
    return bool(starts) and all(_status_follows(trace, s).outcome is Outcome.FAIL for s in starts)


# ── 6.3: a card that is refused ──────────────────────────────────────────────────────────────────────


@case.check(
    "6.3a",
    "A card that is not approved starts nothing",
    clause="S§4.1",
    octt=("TC_023_1_CS", "TC_023_2_CS", "TC_023_3_CS"),
    hands=True,
)
def refused_card_starts_nothing(trace: Trace) -> Verdict:
    return each_decided(
        trace,
        refusals(trace),
        lambda refused: starts_nothing(trace, refused),
        nothing=scene_not_played(trace, UNKNOWN_CARD, "no card was refused"),
    )
