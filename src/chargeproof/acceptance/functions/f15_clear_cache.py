"""Function 15: Clear cache (if applicable)."""

from dataclasses import replace

from chargeproof.acceptance.authorization_in_record import list_holds, was_cached
from chargeproof.acceptance.case import Case
from chargeproof.acceptance.clock_in_record import has_waited
from chargeproof.acceptance.configuration_in_record import key_readings
from chargeproof.acceptance.quantifiers import answer_to, every, ours, refusal, scene_not_played, together
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.starts_in_record import LocalStart, local_starts
from chargeproof.acceptance.unattended import CLEAR_CACHE, clear_cache
from chargeproof.acceptance.verdict import Outcome, Verdict, failed, inconclusive, not_applicable, passed
from chargeproof.ocpp import ClearCache
from chargeproof.trace import Exchange, Trace

case = Case(
    15,
    "Clear cache (if applicable)",
    criteria={
        "15.1": "After sending the ClearCache, a message with status Accepted must be received",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """ClearCache."""
    await clear_cache(stage)


_CACHE_KEY = "AuthorizationCacheEnabled"


@case.check(
    "15.1a",
    "ClearCache is accepted, if there is a cache, and empties it",
    clause="S§5.4, E3.23",
    octt=("TC_061_CS",),
)
def clear_cache_is_accepted(trace: Trace) -> Verdict:
    verdict = every(
        ours(trace, ClearCache),
        lambda exchange: _cleared(trace, exchange),
        nothing=scene_not_played(trace, CLEAR_CACHE, "no ClearCache was sent"),
    )
    if verdict.outcome is Outcome.PASS_WITH_REMARK and not verdict.remark:
        verdict = replace(verdict, outcome=Outcome.PASS)
    swipes = [found for each in local_starts(trace) if (found := _asked_again(trace, each)) is not None]
    return together([verdict, *swipes]) if verdict.outcome is not Outcome.NOT_APPLICABLE else verdict


def _asked_again(trace: Trace, start: LocalStart) -> Verdict | None:
    """OCTT061: after ClearCache a card that the cache knew is asked for again. None where that does not show."""
    if not was_cached(trace, start.id_tag, start.n) or list_holds(trace, start.id_tag, start.n):
        return None
    clears = [clear for clear in ours(trace, ClearCache) if clear.n < start.n and clear.status == "Accepted"]
    known = (*clears[-1].evidence, *start.evidence)
    if start.authorize is not None and not start.begins_unasked:
        return passed("the next card was asked for again", known)
    if start.transaction is not None and has_waited(trace, start.transaction.start):
        return None  # it began before it was told, and nobody knows what it asked for then (6.2b)
    if start.transaction is None or not any(_asks(each) for each in local_starts(trace)):
        return None
    return failed(
        "the cache was not cleared: a card that it knew started without Authorize",
        known,
        expected=f"Authorize for {start.id_tag}, as the cache is empty",
        seen="StartTransaction without Authorize before it",
    )


def _asks(start: LocalStart) -> bool:
    """Whether the station asked before it began; one that never does is a matter of 6.2a."""
    return start.authorize is not None and not start.begins_unasked


def _cleared(trace: Trace, exchange: Exchange[ClearCache]) -> Verdict:
    refused = refusal(trace, exchange, "Accepted")
    if refused is None:
        return passed("ClearCache was accepted", exchange.evidence)
    if exchange.answer is None:
        return refused
    readings = key_readings(trace, _CACHE_KEY)
    said = answer_to(exchange)
    if not readings:
        return inconclusive(
            f"ClearCache was answered with {said}, and whether there is a cache was not read",
            exchange.evidence,
            expected="Accepted, or Rejected where there is no cache",
            seen=said,
        )
    if all(reading.item is None for reading in readings):
        return not_applicable(
            "the station has no authorization cache: AuthorizationCacheEnabled is not known",
            (*exchange.evidence, readings[0].exchange.n, readings[0].n),
            expected="Rejected, as there is no cache (E3.23)",
            seen=said,
        )
    known = next(reading for reading in readings if reading.item is not None)
    seen = f"{said}, though AuthorizationCacheEnabled is “{known.value}”"
    return replace(refused, evidence=(*refused.evidence, known.exchange.n, known.n), seen=seen)
