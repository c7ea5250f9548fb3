"""Function 15: Clear cache (if applicable)."""

from dataclasses import replace

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import key_readings
from chargeproof.acceptance.quantifiers import answer_to, every, ours, refusal, scene_not_played
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import CLEAR_CACHE, clear_cache
from chargeproof.acceptance.verdict import Outcome, Verdict, inconclusive, not_applicable, passed
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
    "15.1a", "ClearCache is accepted, if there is a cache", clause="S§5.4, E3.23", octt=("TC_061_CS",)
)
def clear_cache_is_accepted(trace: Trace) -> Verdict:
    verdict = every(
        ours(trace, ClearCache),
        lambda exchange: _cleared(trace, exchange),
        nothing=scene_not_played(trace, CLEAR_CACHE, "no ClearCache was sent"),
    )
    if verdict.outcome is Outcome.PASS_WITH_REMARK and not verdict.remark:
        return replace(verdict, outcome=Outcome.PASS)
    return verdict


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
