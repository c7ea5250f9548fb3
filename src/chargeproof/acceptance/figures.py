"""What is measured in a record: spacings, answer times, restarts, counts, the key table."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from chargeproof.acceptance.configuration_keys import is_secret
from chargeproof.acceptance.quantifiers import Moment
from chargeproof.acceptance.redaction import MARK, Redactor
from chargeproof.acceptance.report_figures import (
    AnswerTime,
    ClockOffset,
    Figures,
    FileRow,
    KeyRow,
    MessageCount,
    Reboot,
    Spacing,
    Spread,
)
from chargeproof.acceptance.transactions import Transaction, sample_times, transactions_of
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    BootNotification,
    ChangeConfiguration,
    GetConfiguration,
    Heartbeat,
    MeterValues,
    Reset,
    StartTransaction,
    StatusNotification,
    StopTransaction,
)
from chargeproof.trace import ConnectionClosed, ConnectionOpened, Exchange, FileTransferred, Frame, Trace

_FRESH_S = 60.0


def figures_of(trace: Trace, redactor: Redactor) -> Figures:
    """Every figure of the report."""
    keys = configuration_table(trace, redactor)
    acts = [(span.asked.mono, span.ended.mono) for span in trace.acts() if span.ended is not None]
    first = trace.entries[0].mono if trace.entries else 0.0
    return Figures(
        clock_offset=clock_offset(trace),
        heartbeats=heartbeat_spacings(trace),
        meter_values=meter_spacings(trace),
        answer_times=answer_times(trace),
        reboots=reboots(trace),
        messages=message_counts(trace),
        configuration_count=_listed_keys(trace),
        configuration=keys,
        files=files(trace, redactor),
        entries=len(trace.entries),
        frames=len(trace.of(Frame)),
        connections=len(trace.of(ConnectionOpened)),
        run_s=_rounded(trace.end_mono - first),
        hands_s=_rounded(sum(end - begin for begin, end in acts)),
    )


def spread_of(values: Sequence[float]) -> Spread | None:
    """Count, least, median and greatest; None of nothing."""
    if not values:
        return None
    return Spread(
        count=len(values),
        min=_rounded(min(values)),
        median=_rounded(median(values)),
        max=_rounded(max(values)),
    )


def _rounded(seconds: float) -> float:
    return round(seconds, 3) + 0.0


# ── clock ────────────────────────────────────────────────────────────────────────────────────────────


def clock_offset(trace: Trace) -> ClockOffset | None:
    """The station's clock minus ours, on the first timestamped messages after the first accepted boot.

    Messages that waited in an offline queue are old by right: the newest-dated ones tell the clock.
    """
    if not trace.has_wall_clock:
        return None
    boots = [
        boot
        for boot in trace.exchanges(BootNotification)
        if boot.confirmation is not None and boot.status == "Accepted"
    ]
    moments: list[Moment] = [*boots, *trace.of(ConnectionOpened)[:1]]
    for moment in moments:
        stamped = [
            (offset, exchange.n)
            for exchange in trace.after(moment.n).within(moment.mono, _FRESH_S).sent_by("charge_point")
            if (offset := _offset(exchange)) is not None
        ][:10]
        if stamped:
            newest = max(offset for offset, _ in stamped)
            fresh = [(offset, n) for offset, n in stamped if newest - offset < 5.0]
            middle = median(offset for offset, _ in fresh)
            return ClockOffset(seconds=_rounded(middle), messages=len(fresh), entry=fresh[0][1])
    return None


def _offset(exchange: Exchange[Any]) -> float | None:
    stamped = payload_time(exchange)
    return None if stamped is None else (stamped - exchange.at).total_seconds()


def payload_time(exchange: Exchange[Any]) -> datetime | None:
    """The time that the station put into a message of its own, None where there is none that can be read."""
    message: Any = exchange.reading.message
    if isinstance(message, StatusNotification | StartTransaction | StopTransaction):
        return message.timestamp
    if isinstance(message, MeterValues):
        stamps: list[Any] = [value.timestamp for value in message.meter_value or ()]
        return max((stamp for stamp in stamps if stamp is not None), default=None)
    return None


# ── spacings ─────────────────────────────────────────────────────────────────────────────────────────


def heartbeat_spacings(trace: Trace) -> tuple[Spacing, ...]:
    """Heartbeats by the interval that was in force, from each to the next with nothing said between.

    What is said between may stand in for a heartbeat (S§4.6), or have triggered one.
    """
    if not trace.has_times:
        return ()
    groups: list[tuple[float | None, list[float], list[int]]] = []
    interval: float | None = None
    previous: Exchange[Any] | None = None
    for exchange in trace.exchanges():
        told = _told_interval(exchange)
        if told is not None:
            interval = told
        if not isinstance(exchange.reading.message, Heartbeat):
            previous = None
            continue
        if previous is not None and previous.call.connection == exchange.call.connection:
            if not groups or groups[-1][0] != interval:
                groups.append((interval, [], []))
            groups[-1][1].append(_rounded(exchange.mono - previous.mono))
            groups[-1][2].append(exchange.n)
        previous = exchange
    return tuple(
        Spacing(
            name="Heartbeat",
            by="arrival",
            interval_s=told,
            spread=spread_of(values),
            values=tuple(values),
            entries=tuple(entries),
        )
        for told, values, entries in groups
    )


def _told_interval(exchange: Exchange[Any]) -> float | None:
    message = exchange.reading.message
    if isinstance(message, BootNotification) and exchange.status == "Accepted":
        told = exchange.confirmation.interval
        return float(told) if isinstance(told, int) and told > 0 else None
    if (
        isinstance(message, ChangeConfiguration)
        and message.key == "HeartbeatInterval"
        and exchange.status == "Accepted"
    ):
        return float(message.value) if (message.value or "").strip().isdigit() else None
    return None


def meter_spacings(trace: Trace) -> tuple[Spacing, ...]:
    """Periodic samples of each transaction, by payload time, beside the interval in force at its start."""
    return tuple(
        spacing
        for transaction in transactions_of(trace)
        if (spacing := _meter_spacing(trace, transaction)) is not None
    )


def _meter_spacing(trace: Trace, transaction: Transaction) -> Spacing | None:
    times = sample_times(transaction)
    values = [(later - earlier).total_seconds() for (earlier, _), (later, _) in pairwise(times)]
    if not values:
        return None
    return Spacing(
        name=f"transaction {transaction.id}, connector {transaction.connector_id}",
        by="payload",
        interval_s=_set_before(trace, "MeterValueSampleInterval", transaction),
        spread=spread_of(values),
        values=tuple(_rounded(value) for value in values),
        entries=tuple(n for _, n in times[1:]),
    )


def _set_before(trace: Trace, key: str, transaction: Transaction) -> float | None:
    """The value that we had last set when the transaction began."""
    told = None
    for change in trace.exchanges(ChangeConfiguration):
        if transaction.start is not None and change.n > transaction.start.n:
            break
        value = (change.request.value or "").strip()
        if change.request.key == key and change.status == "Accepted" and value.isdigit():
            told = float(value)
    return told


# ── answers, restarts, counts ────────────────────────────────────────────────────────────────────────


def answer_times(trace: Trace) -> tuple[AnswerTime, ...]:
    """The station's answers to our Calls, by action, in alphabetical order."""
    by_action: dict[str, list[Exchange[Any]]] = {}
    for exchange in trace.sent_by("central_system"):
        by_action.setdefault(exchange.action, []).append(exchange)
    return tuple(
        AnswerTime(
            action=action,
            sent=len(exchanges),
            answered=sum(exchange.answer is not None for exchange in exchanges),
            errors=sum(exchange.error is not None for exchange in exchanges),
            spread=spread_of([e.answer_time_s for e in exchanges if e.answer_time_s is not None])
            if trace.has_times
            else None,
        )
        for action, exchanges in sorted(by_action.items())
    )


def reboots(trace: Trace) -> tuple[Reboot, ...]:
    """Restarts after an accepted Reset or a cut of the mains, up to their BootNotification."""
    causes = [
        (reset.n, reset.mono, f"Reset {reset.request.type}")
        for reset in trace.exchanges(Reset)
        if reset.status == "Accepted"
    ]
    causes += [
        (act.asked.n, (act.ended or act.asked).mono, "mains cut")
        for act in trace.acts("reboot")
        if act.was_done
    ]
    found = []
    for n, mono, cause in sorted(causes):
        stretch = trace.after(n).within(mono, window_s(trace, "reset"))
        closed = next(iter(stretch.of(ConnectionClosed)), None)
        since = closed.n if closed is not None else n
        looked_for = closed is not None or not trace.shows_connections
        boot = next(iter(stretch.after(since).exchanges(BootNotification)), None) if looked_for else None
        found.append(
            Reboot(
                cause=cause,
                seconds=None if boot is None or not trace.has_times else _rounded(boot.mono - mono),
                entry=n,
                boot_entry=None if boot is None else boot.n,
            )
        )
    return tuple(found)


def message_counts(trace: Trace) -> tuple[MessageCount, ...]:
    """Calls by action, in alphabetical order."""
    counts: dict[str, list[int]] = {}
    for exchange in trace.exchanges():
        counts.setdefault(exchange.action, [0, 0])[exchange.sender == "central_system"] += 1
    return tuple(
        MessageCount(action=action, from_station=station, from_central_system=ours)
        for action, (station, ours) in sorted(counts.items())
    )


# ── configuration and files ──────────────────────────────────────────────────────────────────────────


def configuration_table(trace: Trace, redactor: Redactor) -> tuple[KeyRow, ...]:
    """Each key as it was first given in answer to a GetConfiguration, in that order."""
    rows: dict[str, KeyRow] = {}
    for exchange in trace.exchanges(GetConfiguration):
        for item in getattr(exchange.confirmation, "configuration_key", None) or ():
            if item.key and item.key not in rows:
                hidden = is_secret(item.key) and bool(item.value)
                value = MARK if hidden else None if item.value is None else redactor.text(item.value)
                n = exchange.answer.n if exchange.answer is not None else exchange.n
                rows[item.key] = KeyRow(
                    key=item.key,
                    value=value,
                    readonly=item.readonly,
                    entry=n,
                    redacted=hidden or value != item.value,
                )
    return tuple(rows.values())


def _listed_keys(trace: Trace) -> int | None:
    """How many keys the first GetConfiguration without keys listed; None where none was answered."""
    for exchange in trace.exchanges(GetConfiguration, where=lambda request: not request.key):
        if exchange.confirmation is not None:
            return len(exchange.confirmation.configuration_key or ())
    return None


def files(trace: Trace, redactor: Redactor) -> tuple[FileRow, ...]:
    """Files that were moved, in order."""
    return tuple(_file_rows(trace.of(FileTransferred), redactor))


def _file_rows(entries: Iterable[FileTransferred], redactor: Redactor) -> Iterable[FileRow]:
    for entry in entries:
        if entry.event not in ("download", "upload", "refused"):
            continue
        spans = entry.began_at is not None and entry.ended_at is not None
        yield FileRow(
            event=entry.event,
            name=redactor.text(entry.name),
            scheme=entry.scheme,
            size=entry.size,
            sha256=entry.sha256,
            complete=entry.complete,
            seconds=_rounded((entry.ended_at - entry.began_at).total_seconds())  # type: ignore[operator]
            if spans
            else None,
            entry=entry.n,
        )
