"""Mutants of function 15: Clear cache (if applicable)."""

from chargeproof.ocpp import ClearCache, ClearCacheConf, ClearCacheStatus, Confirmation, ErrorCode
from chargeproof.simulator.link import Refused, edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation


@mutant(fails="15.1a", because="ClearCache was answered with Rejected")
class ClearcacheRejectedWithCache(SimulatedStation):
    """Has an authorization cache and refuses to clear it."""

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        return ClearCacheConf(status=ClearCacheStatus.REJECTED)


@mutant(fails="15.1a", because="ClearCache was answered with CALLERROR NotImplemented")
class ClearcacheNotimplementedWithCache(SimulatedStation):
    """Has an authorization cache and does not know ClearCache."""

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        raise Refused(ErrorCode.NOT_IMPLEMENTED, "ClearCache is not known here")


@mutant(fails="15.1a", because="ClearCache was not answered")
class ClearcacheUnanswered(SimulatedStation):
    """Clears its cache and does not answer."""

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        super().answer_clear_cache(request)
        return None


@mutant(fails="15.1a", because="ClearCache was answered with an answer without a status")
class ClearcacheWithoutStatus(SimulatedStation):
    """Clears its cache and answers with an empty payload."""

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if isinstance(confirmation, ClearCacheConf):
            return edited_payload(text, lambda payload: payload.clear())
        return text


@mutant(fails="15.1a", because="the cache was not cleared: a card that it knew started without Authorize")
class ClearcacheKeepsTheCache(SimulatedStation):
    """Accepts ClearCache and keeps what the cache holds."""

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        return ClearCacheConf(status=ClearCacheStatus.ACCEPTED)


@mutant(fails="15.1a", because="ClearCache was answered with Rejected")
class ClearcacheOnceOnly(SimulatedStation):
    """Clears its cache the first time after each boot, and refuses to do it again."""

    done = False

    def start_software(self) -> None:
        self.done = False
        super().start_software()

    def answer_clear_cache(self, request: ClearCache) -> ClearCacheConf | None:
        if self.done:
            return ClearCacheConf(status=ClearCacheStatus.REJECTED)
        self.done = True
        return super().answer_clear_cache(request)
