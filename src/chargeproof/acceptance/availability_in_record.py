"""What followed each ChangeAvailability of a record, connector by connector (S§5.2)."""

from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.clock_in_record import has_waited
from chargeproof.acceptance.configuration_in_record import connector_ids
from chargeproof.acceptance.quantifiers import absence, ours
from chargeproof.acceptance.transactions import Transaction, transactions_of
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed, passed_with_remark
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    STATION_STATUSES,
    AvailabilityType,
    ChangeAvailability,
    ChargePointStatus,
    StatusNotification,
    StopTransaction,
)
from chargeproof.trace import Exchange, Trace

_CHARGING = (ChargePointStatus.CHARGING, ChargePointStatus.SUSPENDED_EV, ChargePointStatus.SUSPENDED_EVSE)
_IN_USE = (ChargePointStatus.PREPARING, ChargePointStatus.FINISHING, *_CHARGING)


@dataclass(frozen=True, slots=True)
class Command:
    """One ChangeAvailability. ``before`` holds the last status of each connector that it concerns."""

    exchange: Exchange[ChangeAvailability]
    before: dict[int, str | None]

    @property
    def connector_id(self) -> int:
        return self.exchange.request.connector_id

    @property
    def takes_out(self) -> bool:
        """Whether it asks for Inoperative."""
        return self.exchange.request.type == AvailabilityType.INOPERATIVE

    @property
    def status(self) -> str | None:
        return self.exchange.status

    @property
    def name(self) -> str:
        return f"ChangeAvailability {self.exchange.request.type} of connector {self.connector_id}"

    def owes(self, connector_id: int) -> bool:
        """Whether the command changes that connector: it is not yet in the state that is asked for."""
        before = self.before.get(connector_id)
        return before != "Unavailable" if self.takes_out else before == "Unavailable"

    @property
    def concerned(self) -> list[int]:
        return [connector_id for connector_id in self.before if self.owes(connector_id)]


def availability_commands(trace: Trace, kind: AvailabilityType | None = None) -> list[Command]:
    """The commands of the record (of one kind), in order."""
    found: list[Command] = []
    everything = connector_ids(trace)
    for exchange in ours(trace, ChangeAvailability):
        asked: Any = exchange.request
        if asked.connector_id is None or (kind is not None and asked.type != kind):
            continue
        concerned = list(everything) if asked.connector_id == 0 else [asked.connector_id]
        found.append(Command(exchange, {c: _last_status(trace, c, exchange.n) for c in concerned}))
    return found


def _last_status(trace: Trace, connector_id: int, before_n: int) -> str | None:
    statuses = trace.until(before_n).statuses(connector_id)
    return None if not statuses else str(statuses[-1].request.status)


def change_of(trace: Trace, command: Command, connector_id: int) -> Verdict:
    """Whether a connector took the state that an accepted or scheduled command asks for."""
    if command.status == "Scheduled":
        return _scheduled_change(trace, command, connector_id)
    if command.takes_out and command.before.get(connector_id) in _CHARGING:
        running = [t for t in _running(trace, command) if t.connector_id == connector_id]
        if running and _is_certain(trace, command, running):
            return _not_scheduled(command, running)
    answer = command.exchange.answer or command.exchange.call
    return _change_within(trace, command, connector_id, answer.n, answer.mono)


def _scheduled_change(trace: Trace, command: Command, connector_id: int) -> Verdict:
    """Scheduled is for a running transaction; the change is due when that is over."""
    running = _running(trace, command)
    if not running:
        if any(status in _CHARGING for status in command.before.values()):
            return inconclusive(
                f"{command.name} was scheduled, and the record does not show the running transaction",
                command.exchange.evidence,
            )
        return failed(
            f"{command.name} was scheduled though no transaction runs",
            command.exchange.evidence,
            expected="Accepted",
            seen="Scheduled",
        )
    stops: list[Exchange[StopTransaction]] = [t.stop for t in running if t.stop is not None]
    if len(stops) < len(running):
        return inconclusive(
            f"{command.name} was scheduled, and the transaction did not end in the record",
            command.exchange.evidence,
        )
    own = [t.stop for t in running if t.connector_id == connector_id and t.stop is not None]
    wrong = next((w for stop in own if (w := _not_at_the_end(trace, command, connector_id, stop))), None)
    last = max(stops, key=lambda stop: stop.n)
    return wrong or _change_within(trace, command, connector_id, last.n, last.mono)


def _running(trace: Trace, command: Command) -> list[Transaction]:
    """The transactions that ran, by arrival, at connectors that the command concerns: of each the newest."""
    n = command.exchange.n
    begun = [t for t in transactions_of(trace) if t.start is not None and t.start.n < n]
    newest = {t.connector_id: t for t in begun if t.connector_id in command.before}
    return [t for t in newest.values() if t.stop is None or t.stop.n > n]


def _is_certain(trace: Trace, command: Command, running: list[Transaction]) -> bool:
    """Whether they really ran: an end may have been under way, in a record of others for long or for ever."""
    under_way_s = window_s(trace, "settle")
    stops = [t.stop for t in running if t.stop is not None]
    if any(stop.mono - command.exchange.mono < under_way_s for stop in stops):
        return False
    return bool(trace.steps()) or (
        len(stops) == len(running) and not any(has_waited(trace, stop) for stop in stops)
    )


def _not_scheduled(command: Command, running: list[Transaction]) -> Verdict:
    evidence = [n for t in running for n in (t.start.evidence if t.start is not None else ())]
    return failed(
        f"{command.name} was answered with {command.status} while a transaction ran",
        (*command.exchange.evidence, *evidence),
        expected="Scheduled, and Unavailable when the transaction is over (S§5.2)",
        seen=str(command.status),
    )


def _not_at_the_end(
    trace: Trace, command: Command, connector_id: int, stop: Exchange[StopTransaction]
) -> Verdict | None:
    """A scheduled change that did not wait for the end of the transaction, or brought it about."""
    known = (*command.exchange.evidence, *stop.evidence)
    expected = "the transaction goes on, and Unavailable comes when it is over"
    stretch = trace.between(command.exchange.n, stop.n)
    causes = bool(stretch.acts()) or any(
        call.action in _ENDS_SESSIONS for call in stretch.sent_by("central_system")
    )
    if trace.steps() and not causes:
        seen = f"StopTransaction with reason {stop.request.reason}"
        return failed(f"{command.name} ended the transaction", known, expected=expected, seen=seen)
    early_s = window_s(trace, "settle")
    for status in stretch.statuses(connector_id):
        ahead_s = stop.mono - status.mono
        if status.request.status == ChargePointStatus.UNAVAILABLE and ahead_s > early_s:
            return failed(
                f"{command.name} was scheduled, and connector {connector_id} did not wait for the end of the "
                "transaction",
                (*known, status.n),
                expected=expected,
                seen=f"Unavailable {ahead_s:.0f} s before StopTransaction",
            )
    return None


_ENDS_SESSIONS = ("RemoteStopTransaction", "Reset", "UnlockConnector")


def _change_within(trace: Trace, command: Command, connector_id: int, due_n: int, due_mono: float) -> Verdict:
    """Look from the command on, until the window after the moment when the change is due is over."""
    exchange = command.exchange
    window = window_s(trace, "status")
    next_n = _next_command(trace, exchange.n)
    stretch = trace.between(exchange.n, next_n) if next_n is not None else trace.after(exchange.n)
    seen = stretch.within(exchange.mono, due_mono - exchange.mono + window).statuses(connector_id)
    wanted = "Unavailable" if command.takes_out else "Available"
    reached = next((s for s in seen if _is_reached(trace, command, s)), None)
    if reached is not None:
        return _reached(trace, command, reached, [s for s in seen if s.n > reached.n], due_n)
    known = (*exchange.evidence, *(s.n for s in seen))
    what = ", ".join(str(s.request.status) for s in seen) or f"no StatusNotification within {window:g} s"
    reason = f"{command.name}: connector {connector_id} did not become {wanted}"
    expected = f"StatusNotification {wanted} for connector {connector_id}"
    if any(not _is_known(connector_id, s) for s in seen):
        return inconclusive(f"{reason} in a status that OCPP 1.6 has", known, expected=expected, seen=what)
    if next_n is not None and trace.between(next_n - 1, next_n).entries[0].mono < due_mono + window:
        why = "our next command came before the window was over"
        return inconclusive(f"{reason}, but {why}", known, expected=expected, seen=what)
    nothing = absence(trace, due_mono, window)
    why = "" if nothing.proved else nothing.why
    if command.connector_id != 0 and command.before.get(connector_id) is None and not seen:
        why = "its status before the command is not known"
    if why:
        return inconclusive(f"{reason}, but {why}", known, expected=expected, seen=what)
    return failed(reason, (*known, *nothing.evidence), expected=expected, seen=what)


def too_many(trace: Trace, command: Command) -> Verdict | None:
    """A fail where one connector was to go out of service, and another one went with it."""
    if command.connector_id == 0 or not command.takes_out or not trace.steps():
        return None
    exchange = command.exchange
    next_n = _next_command(trace, exchange.n)
    stretch = trace.between(exchange.n, next_n) if next_n is not None else trace.after(exchange.n)
    for status in stretch.within(exchange.mono, window_s(trace, "status")).statuses():
        connector_id = status.request.connector_id
        if connector_id in (0, command.connector_id) or not isinstance(connector_id, int):
            continue
        before = _last_status(trace, connector_id, exchange.n)
        if status.request.status == ChargePointStatus.UNAVAILABLE and before not in (None, "Unavailable"):
            return failed(
                f"{command.name} took connector {connector_id} out of service too",
                (*exchange.evidence, status.n),
                expected=f"Unavailable for connector {command.connector_id} alone",
                seen=f"connector {connector_id}: {before}, then Unavailable",
            )
    return None


def _is_known(connector_id: int, status: Exchange[StatusNotification]) -> bool:
    """Whether it is one of the nine, for connector 0 one of its three; else 3.4a condemns it."""
    said: Any = status.request.status
    known = STATION_STATUSES if connector_id == 0 else ChargePointStatus
    return isinstance(said, ChargePointStatus) and said in known


def _next_command(trace: Trace, n: int) -> int | None:
    """The next command of ours that changes what statuses mean."""
    ends = ("ChangeAvailability", "Reset")
    return next((c.n for c in trace.after(n).sent_by("central_system") if c.action in ends), None)


def _is_reached(trace: Trace, command: Command, status: Exchange[StatusNotification]) -> bool:
    said = status.request.status
    if command.takes_out:
        return said == ChargePointStatus.UNAVAILABLE
    if said == ChargePointStatus.AVAILABLE:
        return True
    return said in _IN_USE and status.request.connector_id != 0 and _cable_was_in(trace, status)


def _cable_was_in(trace: Trace, status: Exchange[StatusNotification]) -> bool:
    """H2 to H5: a cable that is plugged in makes Preparing or more of the connector at once."""
    connector_id = status.request.connector_id
    before = [
        s.request.status
        for s in trace.until(status.n - 1).statuses(connector_id)
        if s.request.status != ChargePointStatus.UNAVAILABLE
    ]
    return not before or before[-1] in _IN_USE or _plugged_by_hand(trace, status.n)


def _plugged_by_hand(trace: Trace, n: int) -> bool:
    """Whether the acts of the record show a cable in at that entry."""
    acts = [act for act in trace.until(n).acts() if act.act in ("plug_in", "unplug") and act.was_done]
    return bool(acts) and acts[-1].act == "plug_in"


def _reached(
    trace: Trace,
    command: Command,
    reached: Exchange[StatusNotification],
    later: list[Exchange[StatusNotification]],
    due_n: int,
) -> Verdict:
    evidence = (*command.exchange.evidence, reached.n)
    said = str(reached.request.status)
    left = [s for s in later if s.request.status not in (said, ChargePointStatus.FAULTED)]
    if command.takes_out and left:
        return failed(
            f"{command.name}: connector {reached.request.connector_id} did not stay Unavailable",
            (*evidence, left[0].n),
            expected="Unavailable until it is made Operative again",
            seen=f"Unavailable, then {left[0].request.status}",
        )
    if not command.takes_out and any(s.request.status == ChargePointStatus.UNAVAILABLE for s in left):
        return failed(
            f"{command.name}: connector {reached.request.connector_id} did not stay {said}",
            (*evidence, left[0].n),
            expected=f"{said}, until it is made Inoperative again",
            seen=f"{said}, then Unavailable",
        )
    reason = f"{command.name} was followed by {said}"
    if not command.takes_out and said != ChargePointStatus.AVAILABLE:
        if _plugged_by_hand(trace, reached.n):
            return passed(f"{reason}: a cable is plugged in (S§4.9 H2)", evidence)
        return passed_with_remark(
            reason, evidence, remark=f"{said} instead of Available: a cable is plugged in"
        )
    if command.status != "Scheduled" and reached.n < due_n:
        return passed_with_remark(reason, evidence, remark="the status came before the confirmation")
    return passed(reason, evidence)
