"""Cards that were refused, and whether the station charged all the same."""

from dataclasses import dataclass
from typing import Any, TypeAlias

from chargeproof.acceptance.quantifiers import theirs
from chargeproof.acceptance.starts_in_record import begun_by, tag_of, unknown_card_of
from chargeproof.acceptance.statuses_in_record import CHARGES, meant
from chargeproof.acceptance.stimuli_in_record import acts_done, in_scene, remote_starts
from chargeproof.acceptance.transactions_in_record import Transaction, same_tag, transactions_in
from chargeproof.acceptance.visit import UNKNOWN_CARD
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import Authorize, StartTransaction, StatusNotification
from chargeproof.trace import ActSpan, Exchange, Trace

REFUSALS = ("Invalid", "Blocked", "Expired")

Sign: TypeAlias = Exchange[StartTransaction] | Exchange[StatusNotification]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A card that was refused, or was to be: from the act, or from our answer where no act is recorded."""

    id_tag: str
    connector_id: int | None
    n: int
    mono: float
    evidence: tuple[int, ...]
    authorize: Exchange[Authorize] | None

    @property
    def status(self) -> str:
        """How we answered; empty where the station did not ask."""
        info = None if self.authorize is None else getattr(self.authorize.confirmation, "id_tag_info", None)
        return "" if info is None else str(info.status)


def refusals(trace: Trace) -> list[Refusal]:
    """Every card that was refused."""
    if not trace.acts():
        return [
            Refusal(str(each.request.id_tag), None, each.n, each.mono, each.evidence, each)
            for each in theirs(trace, Authorize)
            if _answered(each) in REFUSALS
        ]
    return [
        _refusal(trace, act)
        for act in acts_done(trace, "present_card")
        if same_tag(tag_of(act), unknown_card_of(trace)) or in_scene(trace, act.asked.n, UNKNOWN_CARD)
    ]


def _refusal(trace: Trace, act: ActSpan) -> Refusal:
    mono = act.ended.mono if act.ended is not None else act.asked.mono
    end = mono + window_s(trace, "status")
    following = next((a.asked.n for a in trace.after(act.asked.n).acts()), None)
    asked = [
        each
        for each in theirs(trace.after(act.asked.n), Authorize)
        if each.mono <= end and (following is None or each.n < following)
    ]
    authorize = asked[0] if asked else None
    evidence = (*act.evidence, *(authorize.evidence if authorize is not None else ()))
    return Refusal(tag_of(act), act.parameters.get("connector_id"), act.asked.n, mono, evidence, authorize)


def _answered(authorize: Exchange[Authorize]) -> str:
    info: Any = getattr(authorize.confirmation, "id_tag_info", None)
    return "" if info is None else str(info.status)


def sign_of_charging(
    trace: Trace, refused: Refusal, end_mono: float
) -> Exchange[StartTransaction] | Exchange[StatusNotification] | None:
    """The first sign in the window that it charges all the same."""
    following = next((a.asked.n for a in trace.after(refused.n).acts() if a.asked.n > refused.n), None)
    for begun in transactions_in(trace):
        start = begun.start
        concerned = (
            refused.connector_id is not None and begun.connector_id == refused.connector_id
        ) or same_tag(start.request.id_tag, refused.id_tag)
        before_next = following is None or start.n < following
        if start.n > refused.n and start.mono <= end_mono and before_next and concerned:
            if _was_ordered(trace, begun, refused):
                return None
            return start
    for status in trace.after(refused.n).statuses():
        charges = meant(status.request.status) in CHARGES
        before_next = following is None or status.n < following
        mine = refused.connector_id is not None and status.request.connector_id == refused.connector_id
        if charges and mine and before_next and status.mono <= end_mono:
            return status
    return None


def _was_ordered(trace: Trace, begun: Transaction, refused: Refusal) -> bool:
    """Whether it is another user's, whose remote start was accepted before and is only late (6.1a)."""
    start = begun.start
    return not same_tag(start.request.id_tag, refused.id_tag) and any(
        order.n < refused.n
        and order.status == "Accepted"
        and same_tag(order.request.id_tag, start.request.id_tag)
        and begun_by(trace, order) is None
        for order in remote_starts(trace)
    )


def in_short(message: Sign) -> str:
    """What it is, for a sentence."""
    request = message.request
    if isinstance(request, StatusNotification):
        return f"StatusNotification {request.status}"
    return f"StartTransaction with idTag {request.id_tag}"
