"""The record as rows to read: who said what when, with payloads laid out, deviations, and who cites it."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from chargeproof.acceptance.case import label_of
from chargeproof.acceptance.entry_row import EntryRow as EntryRow
from chargeproof.acceptance.forms.plain_text import clock_time, date_time, seconds, shown, shown_line, size
from chargeproof.acceptance.redaction import Redactor, redactor_of
from chargeproof.acceptance.report_schema import Report
from chargeproof.ocpp import Deviation
from chargeproof.trace import (
    ActChanged,
    CommandChanged,
    ConnectionClosed,
    ConnectionOpened,
    Entry,
    Exchange,
    FileTransferred,
    Frame,
    HandshakeSeen,
    Note,
    Pairing,
    PingUnanswered,
    Pong,
    Reach,
    RunBegan,
    RunEnded,
    StepChanged,
    Trace,
    WindowChanged,
    frame_text,
)

ROWS_SHOWN = 4000
PAIRED_NEAR = 100
"""How far back the Call of an answer that just came is looked for."""
_BODY = 20_000


def entry_rows(
    trace: Trace, report: Report | None, *, only: tuple[int, int] | None = None
) -> tuple[list[EntryRow], int]:
    """The rows, and how many entries were left out: of a huge record only what is cited, and around it.

    ``only``: exactly the entries from one number to another instead.
    """
    redactor = redactor_of(trace)
    calls = {exchange.call.n: exchange for exchange in trace.exchanges()}
    answers = {
        answer.n: exchange
        for exchange in trace.exchanges()
        for answer in (*([exchange.answer] if exchange.answer else []), *exchange.more_answers)
    }
    oddities = {oddity.frame.n: oddity.reason for oddity in trace.oddities}
    cited = _citations(report) if report is not None else {}
    kept = _kept(trace, cited) if only is None else list(trace.between(only[0] - 1, only[1]).entries)
    rows = []
    for entry in kept:
        if isinstance(entry, Frame):
            row = _frame_row(entry, calls, answers, oddities, redactor)
        else:
            row = _plain_row(entry, redactor)
        row.cited_by, row.line = cited.get(entry.n, []), entry.line
        rows.append(row)
    return rows, len(trace.entries) - len(rows)


def live_row(entry: Entry, pairing: Pairing, redactor: Redactor) -> EntryRow:
    """The row of an entry that was just taken into a record; ``pairing`` has read it."""
    if not isinstance(entry, Frame):
        return _plain_row(entry, redactor)
    near = pairing.exchanges[-PAIRED_NEAR:]
    calls = {exchange.call.n: exchange for exchange in near}
    answers = {
        answer.n: exchange
        for exchange in near
        for answer in (*([exchange.answer] if exchange.answer else []), *exchange.more_answers)
    }
    oddities = {oddity.frame.n: oddity.reason for oddity in pairing.oddities[-1:]}
    return _frame_row(entry, calls, answers, oddities, redactor)


def _citations(report: Report) -> dict[int, list[str]]:
    cited: dict[int, list[str]] = {}
    for check in report.checks():
        for n in check.evidence:
            cited.setdefault(n, []).append(check.id)
    for lint in report.lints:
        for n in dict.fromkeys(sighting.entry for sighting in lint.sightings):
            cited.setdefault(n, []).append(lint.id)
    return cited


def _kept(trace: Trace, cited: dict[int, list[str]]) -> list[Entry]:
    if len(trace.entries) <= ROWS_SHOWN:
        return list(trace.entries)
    near = {n + step for n in cited for step in range(-3, 4)}
    near.update(entry.n for entry in trace.entries[:200])
    return [entry for entry in trace.entries if entry.n in near][: ROWS_SHOWN * 2]


# ── frames ───────────────────────────────────────────────────────────────────────────────────────────


def _frame_row(
    frame: Frame,
    calls: dict[int, Exchange[Any]],
    answers: dict[int, Exchange[Any]],
    oddities: dict[int, str],
    redactor: Redactor,
) -> EntryRow:
    content = frame_text(frame)
    text = redactor.frame(content if isinstance(content, str) else content.decode("utf-8", "replace"))
    row = EntryRow(n=frame.n, time=clock_time(frame.at), kind="frame", station=frame.sender == "charge_point")
    row.direction = "▲" if row.station else "▼"
    payload, row.body = _laid_out(text)
    deviations: Iterable[Deviation] = ()
    if frame.n in calls:
        exchange = calls[frame.n]
        row.label, deviations = exchange.action, exchange.deviations
        row.answered_by = exchange.answer.n if exchange.answer is not None else None
        row.answer_time = (
            seconds(exchange.answer_time_s) if exchange.answer_time_s is not None else "no answer"
        )
        row.gist = _gist(payload, 3)
    elif frame.n in answers:
        exchange = answers[frame.n]
        first = exchange.answer is frame
        refused = first and exchange.error is not None
        row.label = f"{exchange.action} {'error' if refused else 'answer'}{'' if first else ' again'}"
        deviations = exchange.answer_deviations if first else ()
        row.answers = exchange.n
        row.gist = _gist(payload, 2)
    else:
        row.label = "not a message"
        row.gist = shown_line(text, 160)
    row.label = shown_line(row.label, 60)
    row.deviations = [
        (shown_line(d.where, 80), shown_line(redactor.text(d.message), 200)) for d in deviations
    ]
    if frame.n in oddities:
        row.deviations.append(("frame", shown_line(oddities[frame.n], 200)))
    return row


def _laid_out(text: str) -> tuple[Any, str]:
    """The parsed frame and its text laid out; where it cannot be parsed, None and the text as it is."""
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return None, _shortened(shown(text))
    if not isinstance(parsed, list):
        return None, _shortened(shown(text))
    head = json.dumps(parsed[:-1], ensure_ascii=False)[:-1]
    last = json.dumps(parsed[-1], ensure_ascii=False, indent=2) if parsed else ""
    return parsed, _shortened(shown(f"{head}, {last}]" if len(parsed) > 1 else text))


def _shortened(text: str) -> str:
    return (
        text if len(text) <= _BODY else f"{text[:_BODY]}\n… {len(text) - _BODY} more characters in the record"
    )


def _gist(parsed: Any, place: int) -> str:
    """The payload's plain fields in one short line."""
    payload = parsed[place] if isinstance(parsed, list) and len(parsed) > place else None
    if not isinstance(payload, dict):
        return shown_line(json.dumps(payload, ensure_ascii=False), 120) if payload is not None else ""
    names = sorted(list(payload)[:12], key=lambda name: _WEIGHT.get(name, 50))
    return shown_line(", ".join(_told(name, payload[name]) for name in names) or "{}", 160)


# What tells two messages of one action apart comes first; the clock comes last, it stands beside the row.
_WEIGHT = {
    name: place
    for place, name in enumerate(
        (
            "connectorId",
            "status",
            "key",
            "value",
            "type",
            "requestedMessage",
            "transactionId",
            "idTag",
            "errorCode",
        )
    )
} | {"timestamp": 90, "currentTime": 91}


def _told(name: str, value: Any) -> str:
    if name == "connectorId":
        return f"connector {value}"
    if name in ("status", "errorCode", "type", "requestedMessage"):
        return str(value)
    if isinstance(value, list):
        return f"{value[0]}" if name == "key" and len(value) == 1 else f"{name} [{len(value)}]"
    if isinstance(value, dict):
        inner = value.get("status")
        return f"{name} {inner}" if isinstance(inner, str) else f"{name} {{…}}"
    return f"{name} {value}"


# ── everything else ──────────────────────────────────────────────────────────────────────────────────

Told = tuple[str, str, str]


def _plain_row(entry: Entry, redactor: Redactor) -> EntryRow:
    kind, label, gist = (
        _TOLD[type(entry)](entry) if type(entry) in _TOLD else ("small", type(entry).__name__, "")
    )
    return EntryRow(
        n=entry.n,
        time=clock_time(entry.at),
        kind=kind,
        label=shown_line(label, 80),
        gist=shown_line(redactor.text(gist), 300),
    )


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _handshake(e: HandshakeSeen) -> Told:
    offers = f"offers {', '.join(e.offered)}" if e.offered else "offers no sub-protocol"
    before = f"before the run, {date_time(e.since)}" if e.since is not None else ""
    gist = _joined(e.path, e.remote, offers, e.tls or "no TLS", e.hint, before)
    return "line", f"handshake {e.outcome}", gist


def _opened(e: ConnectionOpened) -> Told:
    before = f"since {date_time(e.since)}" if e.since is not None else ""
    label = f"socket {e.connection} {'opened' if e.since is None else 'was open'}"
    return "line", label, _joined(e.subprotocol or "", e.remote, before)


def _file(e: FileTransferred) -> Told:
    state = "" if e.complete else "not complete"
    return (
        "file",
        f"file {e.event}",
        _joined(e.name, size(e.size) if e.size is not None else "", state, e.detail),
    )


def _act(e: ActChanged) -> Told:
    given = ", ".join(f"{name} {value}" for name, value in e.parameters.items())
    return (
        "hand",
        f"act {e.number}: {e.act.replace('_', ' ')}",
        _joined(f"{e.phase} ({e.by})", e.detail or given),
    )


def _step(e: StepChanged) -> Told:
    name = f"{label_of(e.function)} {e.step}" if e.function is not None else e.step
    return "step", name, _joined(e.phase, e.detail)


def _window(e: WindowChanged) -> Told:
    end = "" if e.phase == "opened" else ", met" if e.met else ", not met"
    return "small", f"window {e.phase}", f"{e.awaited}, at most {e.seconds:g} s{end}"


def _closed(e: ConnectionClosed) -> Told:
    by = e.by.replace("_", " ")
    code = f"code {e.code}" if e.code is not None else "without a close frame"
    return "line", f"socket {e.connection} closed", _joined(f"by the {by}", code, e.reason)


_TOLD: dict[type[Entry], Callable[[Any], Told]] = {
    RunBegan: lambda e: ("step", "run began", f"{e.charge_point_id}, site {e.site}, rules {e.rule_set}"),
    RunEnded: lambda e: ("step", f"run {e.outcome}", e.detail),
    HandshakeSeen: _handshake,
    ConnectionOpened: _opened,
    ConnectionClosed: _closed,
    Pong: lambda e: ("small", "pong", ""),
    PingUnanswered: lambda e: ("small", "ping not answered", ""),
    CommandChanged: lambda e: ("small", f"command {e.action}", _joined(e.state, e.detail)),
    FileTransferred: _file,
    Reach: lambda e: ("line", "in reach again" if e.reachable else "out of reach", "our own act"),
    ActChanged: _act,
    StepChanged: _step,
    WindowChanged: _window,
    Note: lambda e: ("small", f"note {e.name}", json.dumps(e.value, ensure_ascii=False, default=str)),
}
