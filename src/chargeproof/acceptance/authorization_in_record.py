"""What a station knows of an idTag at a moment of the record: its keys, its cache, its local list.

S§3.5: a cache learns from every idTagInfo that we send; a list is what SendLocalList made of it.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

from chargeproof.acceptance.asked_once import asked_once
from chargeproof.acceptance.configuration_in_record import key_readings, same_key
from chargeproof.acceptance.quantifiers import ours
from chargeproof.acceptance.transactions_in_record import same_tag
from chargeproof.ocpp import (
    Authorize,
    ChangeConfiguration,
    ClearCache,
    GetConfiguration,
    SendLocalList,
    StartTransaction,
    StopTransaction,
    UpdateType,
)
from chargeproof.trace import Trace

TAKEN = ("Accepted", "RebootRequired")


@dataclass(frozen=True, slots=True)
class InForce:
    """A key's value before an entry. ``value`` is None where the station does not know the key."""

    value: str | None
    evidence: tuple[int, ...]

    @property
    def is_true(self) -> bool:
        return self.value is not None and self.value.strip().casefold() in ("true", "1")

    @property
    def is_false(self) -> bool:
        return self.value is not None and self.value.strip().casefold() in ("false", "0")


def in_force(trace: Trace, key: str, before: int) -> InForce | None:
    """The value that was last read, or set and accepted; None where the record never says."""
    history = _histories(trace).setdefault(key, [])
    if not history:
        history.extend(_history(trace, key))
    place = bisect_left(history, before, key=lambda each: each[0])
    return history[place - 1][1] if place else None


@asked_once
def _histories(trace: Trace) -> dict[str, list[tuple[int, InForce]]]:
    """(entry, value) of each key that was asked for, in order; filled as it is asked."""
    return {}


def _history(trace: Trace, key: str) -> list[tuple[int, InForce]]:
    found = [
        (reading.n, InForce(reading.value, reading.exchange.evidence)) for reading in key_readings(trace, key)
    ]
    for change in ours(trace, ChangeConfiguration):
        if same_key(change.request.key, key) and change.status in TAKEN:
            n = change.answer.n if change.answer is not None else change.n
            found.append((n, InForce(change.request.value, change.evidence)))
    return sorted(found, key=lambda each: each[0])


def is_off(trace: Trace, key: str, before: int) -> InForce | None:
    """The key's reading where it is false, or not known to the station at all; None where that is not shown."""
    found = in_force(trace, key, before)
    return found if found is not None and (found.is_false or found.value is None) else None


def _teachings(trace: Trace, id_tag: str, before: int) -> list[tuple[int, str]]:
    """(entry, status) of each answer of ours that told the station of the tag, in order."""
    told: list[tuple[int, str]] = []
    for action in (Authorize, StartTransaction, StopTransaction):
        for exchange in trace.exchanges(action):
            info: Any = getattr(exchange.confirmation, "id_tag_info", None)
            message: Any = exchange.request
            if exchange.answer is None or exchange.answer.n >= before or info is None:
                continue
            if same_tag(message.id_tag, id_tag):
                told.append((exchange.answer.n, str(info.status)))
    return sorted(told)


def _cleared_at(trace: Trace, before: int) -> int | None:
    """The entry of the last ClearCache that was accepted."""
    accepted = [
        clear.n for clear in ours(trace, ClearCache) if clear.status == "Accepted" and clear.n < before
    ]
    return accepted[-1] if accepted else None


def was_cached(trace: Trace, id_tag: str, before: int) -> bool:
    """Whether the station was told that the tag is Accepted, and then that it clears its cache.

    A cache that was not cleared would still answer for the tag.
    """
    cleared = _cleared_at(trace, before)
    if cleared is None or is_off(trace, "AuthorizationCacheEnabled", before) is not None:
        return False
    told = _teachings(trace, id_tag, before)
    earlier = [status for n, status in told if n < cleared]
    return bool(earlier) and earlier[-1] == "Accepted" and all(n < cleared for n, _ in told)


def cache_holds(trace: Trace, id_tag: str, before: int) -> bool | None:
    """Whether the cache holds the tag as Accepted; None where the record does not tell."""
    if is_off(trace, "AuthorizationCacheEnabled", before) is not None:
        return False
    cleared = _cleared_at(trace, before)
    newest = [status for n, status in _teachings(trace, id_tag, before) if cleared is None or n > cleared]
    if not newest:
        return None if cleared is None else False
    enabled = in_force(trace, "AuthorizationCacheEnabled", before)
    return newest[-1] == "Accepted" if enabled is not None and enabled.is_true else None


def list_holds(trace: Trace, id_tag: str, before: int) -> bool | None:
    """Whether the local list holds the tag as Accepted; None where the record does not tell."""
    if is_off(trace, "LocalAuthListEnabled", before) is not None:
        return False
    holds: bool | None = None
    for update in ours(trace, SendLocalList):
        if update.n >= before or update.status != "Accepted":
            continue
        if update.request.update_type == UpdateType.FULL:
            holds = False
        for item in update.request.local_authorization_list or ():
            if same_tag(item.id_tag, id_tag):
                holds = item.id_tag_info is not None and item.id_tag_info.status == "Accepted"
    return holds


def must_ask(trace: Trace, id_tag: str, before: int) -> bool:
    """Whether the record proves that the station had to send Authorize: nothing of its own could answer."""
    pre_authorize = in_force(trace, "LocalPreAuthorize", before)
    if pre_authorize is not None and pre_authorize.is_false:
        return True
    return cache_holds(trace, id_tag, before) is False and list_holds(trace, id_tag, before) is False


def may_begin_offline(trace: Trace, id_tag: str, before: int) -> bool | None:
    """Whether the tag had to be accepted while we were out of reach (S§3.5); None where that is open."""
    unknown_allowed = in_force(trace, "AllowOfflineTxForUnknownId", before)
    if unknown_allowed is not None and unknown_allowed.is_true:
        return True
    known = (list_holds(trace, id_tag, before), cache_holds(trace, id_tag, before))
    locally = in_force(trace, "LocalAuthorizeOffline", before)
    if locally is not None and locally.is_true and True in known:
        return True
    nothing_local = known == (False, False) or (locally is not None and locally.is_false)
    if nothing_local and is_off(trace, "AllowOfflineTxForUnknownId", before) is not None:
        return False
    return None


def offline_evidence(trace: Trace, before: int) -> tuple[int, ...]:
    """The entries that show how the station's keys stood for an authorization without us."""
    keys = (
        "AllowOfflineTxForUnknownId",
        "AuthorizationCacheEnabled",
        "LocalAuthListEnabled",
        "LocalAuthorizeOffline",
    )
    found = [in_force(trace, key, before) for key in keys]
    entries = {n for each in found if each is not None for n in each.evidence}
    asked = [exchange.n for exchange in ours(trace, GetConfiguration) if exchange.n < before]
    return tuple(sorted(entries or asked[:1]))
