"""Signed firmware updates: what was offered, what the station told of them, and which events followed."""

from collections.abc import Callable
from dataclasses import dataclass

from chargeproof.acceptance.quantifiers import absence, every, ours, scene_not_played, theirs
from chargeproof.acceptance.restarts_in_record import boots
from chargeproof.acceptance.security.certificates_in_record import not_known
from chargeproof.acceptance.security.extension import extension_lacking
from chargeproof.acceptance.security.renewals_in_record import OFFERED
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import BootNotification
from chargeproof.ocpp.security import (
    SecurityEventNotification,
    SignedFirmwareStatusNotification,
    SignedUpdateFirmware,
)
from chargeproof.ocpp.security_enums import SecurityEvent, SignedFirmwareStatus
from chargeproof.trace import Exchange, Trace

Told = Exchange[SignedFirmwareStatusNotification]


@dataclass(frozen=True, slots=True)
class Update:
    """One SignedUpdateFirmware, with what the step says was offered, and everything up to the next one."""

    asked: Exchange[SignedUpdateFirmware]
    offered: str
    following: Trace

    @property
    def told(self) -> list[Told]:
        return [
            each
            for each in theirs(self.following, SignedFirmwareStatusNotification)
            if each.request.status != SignedFirmwareStatus.IDLE
        ]

    @property
    def words(self) -> str:
        return (
            ", ".join(str(each.request.status) for each in self.told) or "no SignedFirmwareStatusNotification"
        )

    @property
    def boots(self) -> list[Exchange[BootNotification]]:
        return boots(self.following)

    @property
    def evidence(self) -> tuple[int, ...]:
        return (*self.asked.evidence, *(each.n for each in self.told))


def updates(trace: Trace, step: str) -> list[Update]:
    """Those of the steps of that name, each with the rest of its step."""
    found = []
    for span in trace.steps(step):
        stretch = trace.during(span)
        offered = span.parameters.get(OFFERED)
        for asked in ours(stretch, SignedUpdateFirmware):
            if offered is not None:
                found.append(Update(asked, str(offered), stretch.after(asked.n)))
    return found


def every_update(
    trace: Trace,
    step: str,
    scene: str,
    wanted: tuple[str, ...],
    judge_one: Callable[[Trace, Update], Verdict],
) -> Verdict:
    """Over the updates of a step in which one of these was offered."""
    found = [update for update in updates(trace, step) if update.offered in wanted]
    if not found and (lacking := extension_lacking(trace)) is not None:
        return lacking
    return every(
        found,
        lambda update: not_known(trace, update.asked) or judge_one(trace, update),
        nothing=scene_not_played(trace, scene, "no signed firmware was offered"),
    )


def wrong_request_id(update: Update) -> Verdict | None:
    """A status that does not carry the id of the request (L01.FR.10, 21)."""
    wanted = update.asked.request.request_id
    wrong = next((each for each in update.told if each.request.request_id != wanted), None)
    if wrong is None:
        return None
    said = wrong.request.request_id
    return failed(
        f"{wrong.request.status} was reported {'without a' if said is None else 'with another'} requestId",
        (*update.asked.evidence, wrong.n),
        expected=f"requestId {wanted}",
        seen="no requestId" if said is None else f"requestId {said}",
    )


def event_followed(
    trace: Trace, update: Update, wanted: SecurityEvent, since_mono: float, what: str
) -> Verdict:
    """Whether the event came after the command; its absence is proved a window after that moment."""
    events = theirs(update.following, SecurityEventNotification, lambda event: event.type == wanted)
    if events:
        return passed(f"{wanted} followed {what}", (*update.asked.evidence, *events[0].evidence))
    reason = f"{wanted} did not follow {what}"
    expected = f"SecurityEventNotification {wanted}"
    nothing = absence(trace, since_mono, window_s(trace, "message"), across_reconnects=True)
    known = (*update.evidence, *nothing.evidence)
    if not nothing.proved:
        return inconclusive(f"{reason}, but {nothing.why}", known, expected=expected)
    return failed(reason, known, expected=expected, seen="no such event")
