"""What followed each Reset of a record: the end of the socket, the boot, and how long one has to wait for it."""

from dataclasses import dataclass

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.quantifiers import Absence, absence, ours
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import BootNotification, Reset
from chargeproof.trace import ConnectionClosed, ConnectionOpened, Exchange, Frame, Trace


@dataclass(frozen=True, slots=True)
class Restart:
    """A Reset that was accepted. ``closed`` and ``boot`` are None where they did not come in time."""

    reset: Exchange[Reset]
    answer: Frame
    closed: ConnectionClosed | None
    boot: Exchange[BootNotification] | None

    @property
    def evidence(self) -> tuple[int, ...]:
        closed = () if self.closed is None else (self.closed.n,)
        boot = () if self.boot is None else self.boot.evidence
        return (*self.reset.evidence, *closed, *boot)


def boots(trace: Trace) -> list[Exchange[BootNotification]]:
    """Every BootNotification of a stretch, also one whose payload is no object."""
    return [boot for boot in trace.sent_by("charge_point") if boot.action == "BootNotification"]


@asked_once
def restarts(trace: Trace) -> list[Restart]:
    """Every accepted Reset with what came of it."""
    accepted = [reset for reset in ours(trace, Reset) if reset.status == "Accepted"]
    return [_restart(trace, reset, reset.answer) for reset in accepted if reset.answer is not None]


def _restart(trace: Trace, reset: Exchange[Reset], answer: Frame) -> Restart:
    following = until_next_reset(trace, reset)
    stretch = following.within(answer.mono, window_s(trace, "reset"))
    closed = next((c for c in stretch.of(ConnectionClosed) if c.connection == answer.connection), None)
    found = boots(following.within(answer.mono, boot_window_s(trace, answer, closed)))
    return Restart(reset, answer, closed, found[0] if found else None)


def late_boot(trace: Trace, restart: Restart) -> Exchange[BootNotification] | None:
    """The BootNotification with which the station came back at last, where that took longer than we waited."""
    if restart.boot is not None or restart.closed is None:
        return None
    back = trace.after(restart.closed.n).of(ConnectionOpened)[:1]
    over_it = (
        call
        for call in until_next_reset(trace, restart.reset).sent_by("charge_point")
        if back and call.call.connection == back[0].connection
    )
    first = next(over_it, None)
    return first if first is not None and first.action == "BootNotification" else None


def until_next_reset(trace: Trace, reset: Exchange[Reset]) -> Trace:
    """What came after a Reset, up to the next one of ours."""
    following = ours(trace.after(reset.n), Reset)
    return trace.between(reset.n, following[0].n) if following else trace.after(reset.n)


def boot_window_s(trace: Trace, answer: Frame, closed: ConnectionClosed | None) -> float:
    """Seconds from the confirmation within which a boot is due: more while the station stays away."""
    window = window_s(trace, "reset")
    if closed is None or trace.after(closed.n).within(answer.mono, window).of(ConnectionOpened):
        return window
    return window_s(trace, "reconnect")


def boot_absence(trace: Trace, restart: Restart) -> Absence:
    """Whether it is proved that no boot followed."""
    seconds = boot_window_s(trace, restart.answer, restart.closed)
    following = ours(trace.after(restart.reset.n), Reset)
    if following and following[0].mono < restart.answer.mono + seconds:
        return Absence(False, f"another Reset was sent before the window of {seconds:g} s was over")
    return absence(trace, restart.answer.mono, seconds, across_reconnects=restart.closed is not None)
