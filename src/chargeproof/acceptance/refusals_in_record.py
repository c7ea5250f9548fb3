"""Cards that were refused, and whether the station charged all the same."""

from dataclasses import dataclass
from math import inf
from typing import Any, TypeAlias

from chargeproof.acceptance.clock_in_record import has_waited
from chargeproof.acceptance.quantifiers import theirs
from chargeproof.acceptance.starts_in_record import tag_of, unknown_card_of
from chargeproof.acceptance.statuses_in_record import BEFORE_START_S, CHARGES, meant
from chargeproof.acceptance.stimuli_in_record import acts_done, in_scene, next_disturbance, remote_starts
from chargeproof.acceptance.transactions_in_record import Transaction, same_tag, transactions_in
from chargeproof.acceptance.visit import UNKNOWN_CARD
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import (
    Authorize,
    ChargePointStatus,
    Measurand,
    MeterValues,
    StartTransaction,
    StatusNotification,
    UnitOfMeasure,
)
from chargeproof.trace import ActSpan, Exchange, Trace

REFUSALS = ("Invalid", "Blocked", "Expired")

Sign: TypeAlias = Exchange[StartTransaction] | Exchange[StatusNotification] | Exchange[MeterValues]

LEAST_W = 100.0  # more than a station or a waiting vehicle takes for itself
LEAST_A = 1.0


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


def sign_of_charging(trace: Trace, refused: Refusal, end_mono: float) -> Sign | None:
    """The first sign in the window that it charges all the same."""
    until = next((a.asked.n for a in trace.after(refused.n).acts() if a.asked.n > refused.n), None)

    def in_time(sign: Sign) -> bool:
        return sign.n > refused.n and sign.mono <= end_mono and (until is None or sign.n < until)

    belated = [each for each in transactions_in(trace) if _is_belated(trace, refused, each)]
    for begun in transactions_in(trace):
        here = refused.connector_id is not None and begun.connector_id == refused.connector_id
        mine = here or same_tag(begun.start.request.id_tag, refused.id_tag)
        if in_time(begun.start) and mine and not _is_belated(trace, refused, begun):
            return begun.start
    for status in trace.after(refused.n).statuses():
        here = refused.connector_id is not None and status.request.connector_id == refused.connector_id
        explained = any(each.start.mono - BEFORE_START_S <= status.mono for each in belated)
        if in_time(status) and here and meant(status.request.status) in CHARGES and not explained:
            return status
    for values in theirs(trace.after(refused.n), MeterValues):
        here = refused.connector_id is not None and values.request.connector_id == refused.connector_id
        explained = any(each.start.mono <= values.mono for each in belated) or has_waited(trace, values)
        if in_time(values) and here and _draws(values) and not explained:
            return values
    return None


def _draws(values: Exchange[MeterValues]) -> bool:
    """Whether it measures current or power of a vehicle."""
    for meter_value in values.request.meter_value or ():
        for sampled in meter_value.sampled_value or ():
            least = {Measurand.CURRENT_IMPORT: LEAST_A, Measurand.POWER_ACTIVE_IMPORT: LEAST_W}.get(
                sampled.effective_measurand, inf
            )
            factor = 1000.0 if sampled.effective_unit == UnitOfMeasure.KW else 1.0
            try:
                if least <= float(sampled.value) * factor < inf:
                    return True
            except (TypeError, ValueError):
                continue
    return False


def _is_belated(trace: Trace, refused: Refusal, begun: Transaction) -> bool:
    """Whether an earlier remote start explains the transaction, and the card does not (6.1a judges it)."""
    tag = begun.start.request.id_tag
    if begun.start.n < refused.n or same_tag(tag, refused.id_tag):
        return False
    return any(same_tag(start.request.id_tag, tag) for start in remote_starts(trace.until(refused.n)))


def in_short(message: Sign) -> str:
    """What it is, for a sentence."""
    request = message.request
    if isinstance(request, StatusNotification):
        return f"StatusNotification {request.status}"
    if isinstance(request, MeterValues):
        return "MeterValues with a current"
    return f"StartTransaction with idTag {request.id_tag}"


def leads_elsewhere(trace: Trace, refused: Refusal) -> Exchange[StatusNotification] | None:
    """The status after a refusal that does not lead back. In a record of others it may have other causes."""
    if not trace.steps():
        return None
    until = next_disturbance(trace, refused.n, refused.connector_id) or trace.entries[-1].n
    stretch = trace.between(refused.n, until).within(refused.mono, window_s(trace, "status"))
    said = stretch.statuses(refused.connector_id)[-1:]
    wrong = (ChargePointStatus.FAULTED, ChargePointStatus.UNAVAILABLE, ChargePointStatus.RESERVED)
    return next((status for status in said if meant(status.request.status) in wrong), None)
