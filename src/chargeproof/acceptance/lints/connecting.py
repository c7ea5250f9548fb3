"""Connecting and booting: handshakes, sockets, BootNotification."""

from collections.abc import Iterator
from typing import Any

from chargeproof.acceptance.lints.registry import Sight, Spotted, by_connection, lint
from chargeproof.ocpp import BootNotification, Reset, TriggerMessage, UpdateFirmware
from chargeproof.trace import (
    ConnectionClosed,
    ConnectionOpened,
    Exchange,
    HandshakeSeen,
    Reach,
    Trace,
)

_LONG_AWAY_S = 300.0
_OPTIONAL = (
    "charge_point_serial_number",
    "charge_box_serial_number",
    "firmware_version",
    "iccid",
    "imsi",
    "meter_type",
    "meter_serial_number",
)


@lint(
    "L-01",
    "The WebSocket handshake names no sub-protocol",
    clause="J§3.2",
    advice="Send the header Sec-WebSocket-Protocol: ocpp1.6.",
)
def no_subprotocol(trace: Trace) -> Iterator[Sight]:
    for shake in trace.of(HandshakeSeen):
        if shake.path and not shake.offered and shake.outcome != "reset":
            yield Sight(shake.n, "no Sec-WebSocket-Protocol header")


@lint(
    "L-02",
    "The upgrade request lacks Connection: Upgrade",
    clause="RFC 6455 §4.1 (J§3)",
    advice="Send the headers Connection: Upgrade and Upgrade: websocket; most servers refuse without.",
)
def no_connection_upgrade(trace: Trace) -> Iterator[Sight]:
    for shake in trace.of(HandshakeSeen):
        if "connection: upgrade" in shake.hint.lower():
            yield Sight(shake.n, shake.hint)


@lint(
    "L-04",
    "No BootNotification after a boot, before other messages",
    clause="S§4.2, J§5.4",
    advice="Send BootNotification first after each boot; only a plain reconnect goes without.",
)
def no_boot_notification(trace: Trace) -> Iterator[Sight]:
    if not trace.shows_connections:
        return
    accepted = [boot.n for boot in trace.exchanges(BootNotification) if boot.status == "Accepted"]
    resets = [reset for reset in trace.exchanges(Reset) if reset.status == "Accepted"]
    exchanges = by_connection(trace)
    previous = 0
    for opened in trace.of(ConnectionOpened):
        on_it = exchanges.get(opened.connection, [])
        calls = [e for e in on_it if e.sender == "charge_point"]
        restarted = any(previous < reset.n < opened.n for reset in resets)
        booted_before = any(n < opened.n for n in accepted)
        # One that had to be asked for was not sent by the station itself.
        asked = next((e.n for e in on_it if _asks_for_boot(e)), None)
        boots = any(e.action == "BootNotification" and (asked is None or e.n < asked) for e in calls)
        was_open = opened.since is not None  # how it began is not in this record
        if calls and not boots and (restarted or not booted_before) and not was_open:
            why = "after a reset" if restarted else "and none was accepted before"
            yield Sight(calls[0].n, f"{calls[0].action} comes first on this socket, {why}")
        previous = opened.n


def _asks_for_boot(exchange: Exchange[Any]) -> bool:
    request = exchange.reading.message
    return isinstance(request, TriggerMessage) and request.requested_message == "BootNotification"


@lint(
    "L-05",
    "The socket breaks when a command arrives before BootNotification is answered",
    clause="S§4.2",
    advice="Answer, or ignore, a command that comes early; do not restart.",
)
def breaks_when_commanded_early(trace: Trace) -> Iterator[Sight]:
    exchanges = by_connection(trace)
    for span in trace.connections():
        if span.closed is None or span.closed.by == "central_system":
            continue
        on_it = exchanges.get(span.opened.connection, [])
        booted = next((e.n for e in on_it if e.action == "BootNotification" and e.status == "Accepted"), None)
        early = [e for e in on_it if e.sender == "central_system" and (booted is None or e.n < booted)]
        # A station that answers has not broken; it may even close because we told it to (Reset).
        unanswered = bool(early) and early[0].answer is None
        if unanswered and booted is None and span.closed.mono - early[0].mono <= 60:
            yield Sight(
                early[0].n, f"{early[0].action} was sent, and the socket closed without an accepted boot"
            )


def _is_boot_field(spotted: Spotted) -> bool:
    return spotted.action == "BootNotification" and spotted.rule in ("missing", "null", "too_short")


@lint(
    "L-06",
    "BootNotification fields are empty or absurd",
    clause="S§6.3",
    advice="Fill in vendor and model; leave optional fields out instead of sending blanks or placeholders.",
    covers=_is_boot_field,
)
def absurd_boot_fields(trace: Trace) -> Iterator[Sight]:
    for boot in trace.exchanges(BootNotification):
        for name in ("charge_point_vendor", "charge_point_model", *_OPTIONAL):
            value = getattr(boot.request, name)
            if isinstance(value, str) and (problem := _problem(name, value)):
                yield Sight(boot.n, f"{name} {problem}")


def _problem(name: str, value: str) -> str:
    if not value.strip():
        return "is empty"
    if value.strip().lower() in ("null", "none", "unknown", "n/a", "undefined"):
        return f"is the word “{value}”"
    # ITU-T E.118 and E.212: digits; some modules give the last of an ICCID as the filler F.
    if name in ("iccid", "imsi") and not value.strip().rstrip("Ff").isdigit():
        return f"is “{value}”, which is no number of a SIM card"
    return ""


@lint(
    "L-25",
    "Sockets overlap, stay away for long, or are opened to try other versions",
    clause="J§3, J§5.1",
    advice="Close the old socket before opening a new one; reconnect within seconds, with a random back-off.",
)
def socket_habits(trace: Trace) -> Iterator[Sight]:
    yield from _other_versions(trace)
    yield from _overlaps(trace)
    yield from _long_away(trace)


def _other_versions(trace: Trace) -> Iterator[Sight]:
    for shake in trace.of(HandshakeSeen):
        if shake.offered and "ocpp1.6" not in shake.offered:
            yield Sight(shake.n, f"only {', '.join(shake.offered)} offered")


def _overlaps(trace: Trace) -> Iterator[Sight]:
    if not trace.shows_connections:
        return
    live: int | None = None
    for entry in trace.entries:
        if isinstance(entry, ConnectionOpened):
            if live is not None:
                yield Sight(entry.n, f"socket {entry.connection} opened while {live} was open")
            live = entry.connection
        elif isinstance(entry, ConnectionClosed) and entry.connection == live:
            live = None


def _long_away(trace: Trace) -> Iterator[Sight]:
    """Gaps that neither a restart that we asked for nor an outage of ours explains."""
    free_since: float | None = None
    restarts = _restarts_asked_for(trace)
    for entry in trace.entries:
        if isinstance(entry, ConnectionClosed):
            free_since = None if entry.connection in restarts else entry.mono
        elif isinstance(entry, Reach):
            free_since = entry.mono if entry.reachable and free_since is not None else None
        elif isinstance(entry, ConnectionOpened):
            if free_since is not None and entry.mono - free_since > _LONG_AWAY_S:
                yield Sight(entry.n, f"away for {(entry.mono - free_since) / 60:.0f} min")
            free_since = None


def _restarts_asked_for(trace: Trace) -> set[int]:
    """The sockets on which a Reset was accepted or an UpdateFirmware was answered: to start takes its time."""
    resets: list[Exchange[Any]] = [*trace.exchanges(Reset)]
    updates: list[Exchange[Any]] = [*trace.exchanges(UpdateFirmware)]
    accepted = [reset for reset in resets if reset.status == "Accepted"]
    answered = [update for update in updates if update.confirmation is not None]
    return {exchange.call.connection for exchange in (*accepted, *answered)}
