"""Heartbeats of a record: which interval was in force when, which came by themselves, how long a silence was.

An interval is set by an accepted BootNotification (S§4.2) and by an accepted ChangeConfiguration of
HeartbeatInterval (S§9.1.10). It counts from the last thing that the station sent (S§4.6).
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.quantifiers import ours, theirs
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    BootNotification,
    ChangeConfiguration,
    Heartbeat,
    MessageTrigger,
    RegistrationStatus,
    TriggerMessage,
)
from chargeproof.trace import ConnectionOpened, Entry, Exchange, Frame, Pong, Trace

KEY = "HeartbeatInterval"
Source = Literal["boot", "change"]


@dataclass(frozen=True, slots=True)
class Silence:
    """A time in which the station sent nothing: from its last frame to the next one, or to a pong."""

    begun: Frame
    ended: Entry

    @property
    def seconds(self) -> float:
        return self.ended.mono - self.begun.mono


@dataclass(slots=True)
class Regime:
    """A stretch over one connection in which one heartbeat interval, in seconds, was in force."""

    source: Source
    setting: Exchange[Any]
    connection: int
    interval_s: float
    before_s: float | None
    frames: list[Frame] = field(default_factory=list)
    heartbeats: list[Exchange[Heartbeat]] = field(default_factory=list)
    life: Entry | None = None

    def silences(self) -> list[Silence]:
        """The times between the station's frames, the last one up to what proves that it still lived."""
        ends: list[Entry] = [*self.frames[1:]]
        if self.frames and self.life is not None and self.life.mono > self.frames[-1].mono:
            ends.append(self.life)
        return [Silence(begun, ended) for begun, ended in zip(self.frames, ends, strict=False)]

    def spacings(self) -> list[float]:
        """Seconds from each heartbeat that came by itself to the next, where nothing else was sent between."""
        sent = [frame.n for frame in self.frames]
        return [
            later.mono - earlier.mono
            for earlier, later in pairwise(self.heartbeats)
            if bisect_left(sent, later.n) - bisect_right(sent, earlier.n) == 0
        ]


def triggered_heartbeats(trace: Trace) -> dict[int, Exchange[TriggerMessage]]:
    """The heartbeats that a TriggerMessage of ours asked for, by entry number."""
    window = window_s(trace, "triggered_heartbeat")
    found: dict[int, Exchange[TriggerMessage]] = {}
    heartbeats = theirs(trace, Heartbeat)
    for trigger in ours(trace, TriggerMessage):
        if trigger.request.requested_message != MessageTrigger.HEARTBEAT or trigger.status != "Accepted":
            continue
        for heartbeat in heartbeats:
            if trigger.n < heartbeat.n and 0 <= heartbeat.mono - trigger.mono <= window:
                found.setdefault(heartbeat.n, trigger)
                break
    return found


def interval_of(change: Exchange[ChangeConfiguration]) -> float | None:
    """The seconds that a ChangeConfiguration of HeartbeatInterval asks for, where it is one and is a number."""
    value: Any = change.request.value
    if not same_key(change.request.key, KEY) or value is None or not value.strip().isdecimal():
        return None
    return float(value) or None


def regimes(trace: Trace) -> list[Regime]:
    """The stretches of the record with a known interval, in order."""
    settings = _settings(trace)
    triggered = triggered_heartbeats(trace)
    automatic = {h.n: h for h in theirs(trace, Heartbeat) if h.n not in triggered}
    found: list[Regime] = []
    current: Regime | None = None
    for entry in trace.entries:
        if entry.n in settings:
            before_s = current.interval_s if current is not None else None
            source, setting, interval_s = settings[entry.n]
            if current is not None:  # the answer that ends a regime also ends a silence in it
                _take(current, entry, automatic)
            connection = setting.call.connection
            current = Regime(source, setting, connection, interval_s, before_s)
            if source == "boot":
                current.frames.append(setting.call)
            found.append(current)
        elif isinstance(entry, ConnectionOpened) and current is not None:
            current = Regime(
                current.source, current.setting, entry.connection, current.interval_s, current.before_s
            )
            found.append(current)
        if current is not None:
            _take(current, entry, automatic)
    return found


def _take(regime: Regime, entry: Entry, automatic: dict[int, Exchange[Heartbeat]]) -> None:
    if not isinstance(entry, Frame | Pong) or entry.connection != regime.connection:
        return
    if isinstance(entry, Pong):
        regime.life = entry
    elif entry.sender == "charge_point":
        regime.frames.append(entry)
        if entry.n in automatic:
            regime.heartbeats.append(automatic[entry.n])


def _settings(trace: Trace) -> dict[int, tuple[Source, Exchange[Any], float]]:
    """What set an interval, by the entry number from which it is in force."""
    found: dict[int, tuple[Source, Exchange[Any], float]] = {}
    for boot in theirs(trace, BootNotification):
        interval = getattr(boot.confirmation, "interval", None)
        if (
            boot.answer is not None
            and boot.status == RegistrationStatus.ACCEPTED
            and interval
            and interval > 0
        ):
            found[boot.answer.n] = ("boot", boot, float(interval))
    for change in ours(trace, ChangeConfiguration):
        interval_s = interval_of(change)
        taken = str(change.status).casefold() == "accepted"  # the spelling is 5.1a's matter
        if change.answer is not None and taken and interval_s is not None:
            found[change.answer.n] = ("change", change, interval_s)
    return found
