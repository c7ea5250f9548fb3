"""Order: what came too early, twice, at the same time, or as an answer to nothing."""

from collections.abc import Iterator
from typing import Any

from chargeproof.acceptance.lints.registry import Sight, by_connection, lint
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    CONNECTOR_TRANSITIONS,
    BootNotification,
    ChargePointStatus,
    Role,
    StartTransaction,
    StopTransaction,
    is_transition,
)
from chargeproof.trace import ConnectionOpened, Exchange, Trace

_GROUP = "sequence"


@lint(
    "Q-transition",
    "A connector changes its status in a way that S§4.9 does not know",
    clause="S§4.9",
    advice="Report the statuses between, or correct the state machine.",
    group=_GROUP,
)
def unknown_transitions(trace: Trace) -> Iterator[Sight]:
    before: dict[Any, Exchange[Any]] = {}
    restarts = [boot.n for boot in trace.exchanges(BootNotification)]
    for status in trace.statuses():
        connector = status.request.connector_id
        earlier = before.get(connector)
        before[connector] = status
        if earlier is None or connector == 0 or any(earlier.n < n < status.n for n in restarts):
            continue
        was, now = earlier.request.status, status.request.status
        known = isinstance(was, ChargePointStatus) and isinstance(now, ChargePointStatus)
        same_socket = earlier.call.connection == status.call.connection
        if known and same_socket and was != now and not is_transition(was, now):
            lawful = ", ".join(sorted(CONNECTOR_TRANSITIONS[was]))
            yield Sight(status.n, f"connector {connector}: {was} → {now}; lawful: {lawful}")


@lint(
    "Q-before-boot",
    "A message before BootNotification was accepted",
    clause="S§4.2",
    advice="Send nothing but BootNotification until it is answered Accepted.",
    group=_GROUP,
)
def before_boot(trace: Trace) -> Iterator[Sight]:
    for exchanges in by_connection(trace).values():
        calls = [e for e in exchanges if e.sender == "charge_point"]
        boots = [e for e in calls if e.action == "BootNotification"]
        accepted = next((e for e in boots if e.status == "Accepted" and e.answer is not None), None)
        for call in calls:
            if not boots or call.action == "BootNotification":
                continue
            if call.n < boots[0].n or accepted is None or call.n < (accepted.answer or accepted.call).n:
                yield Sight(call.n, f"{call.action} before an accepted BootNotification")


@lint(
    "Q-two-calls",
    "A CALL is sent while another one is still unanswered",
    clause="J§4.1.1",
    advice="Wait for the answer or for the time-out before the next CALL.",
    group=_GROUP,
)
def two_calls(trace: Trace) -> Iterator[Sight]:
    previous: Exchange[Any] | None = None
    for call in trace.sent_by("charge_point"):
        if previous is not None and previous.call.connection == call.call.connection:
            pending = previous.answer is not None and previous.answer.n > call.n
            # Unanswered by us: the station must wait for its own time-out, which nobody knows.
            at_once = trace.has_times and call.mono - previous.mono < 1.0
            given_up = previous.answer is None and at_once and trace.shows_connections
            if pending or given_up:
                yield Sight(call.n, f"{call.action} while {previous.action} was not answered")
        previous = call


@lint(
    "Q-stray-answer",
    "An answer to a CALL that was never sent",
    clause="J§4.1.4",
    advice="Answer with the unique id of the CALL, on the socket on which it came.",
    group=_GROUP,
)
def stray_answers(trace: Trace) -> Iterator[Sight]:
    if not trace.shows_connections:  # its CALL may lie before the log, or have gone over another socket
        return
    # A command may have been on its way when the record began at an open socket: one, since one may be.
    was_open = {opened.connection for opened in trace.of(ConnectionOpened) if opened.since is not None}
    for oddity in trace.oddities:
        frame = oddity.frame
        if not oddity.stray_answer or frame.sender != "charge_point":
            continue
        if frame.connection in was_open and frame.mono - trace.entries[0].mono <= window_s(trace, "call"):
            was_open.discard(frame.connection)
            continue
        yield Sight(frame.n, oddity.reason)


@lint(
    "Q-answered-twice",
    "A CALL is answered more than once",
    clause="J§4.1.1",
    advice="Send one CALLRESULT or one CALLERROR for each CALL.",
    group=_GROUP,
)
def answered_twice(trace: Trace) -> Iterator[Sight]:
    for exchange in trace.sent_by("central_system"):
        for extra in exchange.more_answers:
            yield Sight(extra.n, f"{exchange.action} of entry {exchange.n} was already answered")


@lint(
    "Q-id-reused",
    "A unique id is used for two different messages",
    clause="J§4.1.4",
    advice="Use a new id for each message; the same only for the same message sent again.",
    group=_GROUP,
)
def reused_ids(trace: Trace) -> Iterator[Sight]:
    if not trace.shows_connections:  # a new socket may use the ids of the old one
        return
    used: dict[tuple[int, str], Exchange[Any]] = {}
    for call in trace.sent_by("charge_point"):
        key = (call.call.connection, call.unique_id)
        earlier = used.setdefault(key, call)
        if earlier is not call and (earlier.action, earlier.reading.raw) != (call.action, call.reading.raw):
            yield Sight(call.n, f"id “{call.unique_id[:36]}” of entry {earlier.n} again")


@lint(
    "Q-role",
    "The station sends a request that only a central system may send",
    clause="S§4, S§5",
    advice="Send only the requests of S§4.",
    group=_GROUP,
)
def wrong_role(trace: Trace) -> Iterator[Sight]:
    for call in trace.sent_by("charge_point"):
        message = call.reading.message
        may = getattr(type(message), "may_be_sent_by", None)
        if may is not None and not may(Role.CHARGE_POINT):
            yield Sight(call.n, f"{call.action} from the station")


@lint(
    "Q-stop-dated-before-start",
    "A transaction is dated to end before it began",
    clause="S§6.45, S§6.49",
    advice="Take both timestamps from one clock; correct queued ones when the clock is set.",
    group=_GROUP,
)
def ends_before_it_begins(trace: Trace) -> Iterator[Sight]:
    begun = {
        start.confirmation.transaction_id: start.request.timestamp
        for start in trace.exchanges(StartTransaction)
        if start.confirmation is not None
    }
    stops: list[Exchange[Any]] = [*trace.exchanges(StopTransaction)]
    for stop in stops:
        began = begun.get(stop.request.transaction_id)
        if began is not None and stop.request.timestamp is not None and stop.request.timestamp < began:
            yield Sight(stop.n, f"{stop.request.timestamp.isoformat()} is before {began.isoformat()}")
