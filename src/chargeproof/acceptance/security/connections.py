"""Connections in a record: with which profile the station came, and whether it came, went, or stayed."""

from collections.abc import Callable
from dataclasses import dataclass

from chargeproof.acceptance.quantifiers import Moment, absence
from chargeproof.acceptance.stage import CannotError, Stage
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChangeConfiguration
from chargeproof.trace import ConnectionClosed, Exchange, HandshakeSeen, SecuritySeen, StepSpan, Trace

PASSWORD_PROFILES = (1, 2)
TLS_FROM_PROFILE = 2
CERTIFICATE_PROFILE = 3
UNKNOWN_LINE = SecuritySeen()


def accepted(trace: Trace) -> list[HandshakeSeen]:
    """The handshakes of this stretch that became a connection."""
    return [shake for shake in trace.of(HandshakeSeen) if shake.outcome == "accepted"]


def line_at(trace: Trace, n: int | None = None) -> HandshakeSeen | None:
    """The handshake of the newest connection (before entry ``n``)."""
    shakes = [shake for shake in trace.of(HandshakeSeen) if shake.outcome == "accepted"]
    return next((shake for shake in reversed(shakes) if n is None or shake.n < n), None)


def profile_of(shake: HandshakeSeen | None) -> int:
    """The security profile that a handshake amounts to."""
    return (shake.security if shake is not None and shake.security is not None else UNKNOWN_LINE).profile


def profile_now(stage: Stage) -> int:
    return profile_of(line_at(stage.station.record()))


@dataclass(frozen=True)
class Prerequisite:
    """Profiles in which a case arises, and why it does not in the others."""

    profiles: tuple[int, ...]
    why_not: str

    def require(self, stage: Stage) -> None:
        """Raises CannotError at a station that connects in another way."""
        profile = profile_now(stage)
        if profile not in self.profiles:
            raise CannotError(f"security profile {profile} is in use: {self.why_not}")

    def lacking(self, trace: Trace, span: StepSpan | None = None) -> Verdict | None:
        """Not applicable, with the handshake that shows it."""
        shake = line_at(trace, None if span is None else span.began.n)
        if shake is None:
            return inconclusive("the record shows no handshake, so that the security profile is not known")
        profile = profile_of(shake)
        if profile in self.profiles:
            return None
        return not_applicable(f"security profile {profile} is in use: {self.why_not}", (shake.n,))


USES_PASSWORD = Prerequisite(PASSWORD_PROFILES, "the station proves itself by no password")
USES_TLS = Prerequisite((2, 3), "nothing is encrypted")
USES_CERTIFICATE = Prerequisite((CERTIFICATE_PROFILE,), "the station shows no certificate of its own")


def newest(trace: Trace, step: str) -> StepSpan | None:
    """The last time that this step was taken."""
    spans = trace.steps(step)
    return spans[-1] if spans else None


def closed_after(trace: Trace, after: Moment, within_s: float) -> ConnectionClosed | None:
    """The first socket of the station that was closed within a time, by whomever."""
    stretch = trace.after(after.n).within(after.mono, within_s)
    return next(iter(stretch.of(ConnectionClosed)), None)


def ended_by_itself(trace: Trace, change: Exchange[ChangeConfiguration], went_on: str) -> Verdict:
    """Whether the station hung up after a change that asks for it; ``went_on``: the words for one that did not."""
    within_s = window_s(trace, "security_reconnect")
    closed = closed_after(trace, change, within_s)
    if closed is not None and closed.by != "central_system":
        return passed("it disconnected", (*change.evidence, closed.n))
    known = (*change.evidence, *((closed.n,) if closed is not None else ()))
    if closed is not None and closed.mono < change.mono + within_s:
        return inconclusive("our side ended the connection before the station's time was over", known)
    stayed = absence(trace, change.mono, within_s, across_reconnects=True)
    expected = f"it disconnects within {within_s:g} s"
    if not stayed.proved:
        return inconclusive(f"{went_on}, but {stayed.why}", known, expected=expected)
    return failed(went_on, (*known, *stayed.evidence), expected=expected, seen="the connection stayed open")


def first_accepted(
    trace: Trace, n: int, where: Callable[[HandshakeSeen], bool] = lambda shake: True
) -> HandshakeSeen | None:
    """The first connection that came about after entry ``n`` and fits."""
    return next((shake for shake in accepted(trace.after(n)) if where(shake)), None)
