"""Function 4: Get configuration (list parameters that can be read)."""

from collections import Counter
from typing import Any

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import listed_items, same_value, unknown_keys
from chargeproof.acceptance.configuration_keys import CORE_REQUIRED, required_keys
from chargeproof.acceptance.quantifiers import every, ours, refusal, scene_not_played
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import READ_ALL_KEYS, read_all_keys
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed, passed_with_remark
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration, KeyValue
from chargeproof.trace import Exchange, Trace

case = Case(
    4,
    "Get configuration (list parameters that can be read)",
    criteria={
        "4.1": (
            "After sending GetConfiguration() the Charge Station must respond with a GetConfiguration message, "
            "containing the total number of items, followed by a message with the complete list of items."
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """All keys at once, then every key again by its name."""
    await read_all_keys(stage)


@case.check(
    "4.1a", "GetConfiguration without keys is answered by the list", clause="S§5.8", octt=("TC_019_1_CS",)
)
def all_keys_are_listed(trace: Trace) -> Verdict:
    return every(
        _asked_for_all(trace),
        lambda exchange: _listed(trace, exchange),
        nothing=scene_not_played(trace, READ_ALL_KEYS, "no GetConfiguration asked for all keys"),
    )


def _asked_for_all(trace: Trace) -> list[Exchange[GetConfiguration]]:
    return [exchange for exchange in ours(trace, GetConfiguration) if not exchange.request.key]


def _listed(trace: Trace, exchange: Exchange[GetConfiguration]) -> Verdict:
    refused = refusal(trace, exchange, asked="GetConfiguration without keys")
    if refused is not None:
        return refused
    expected = "a list of keys, each with key and readonly"
    items = list(exchange.confirmation.configuration_key or ())
    if not items:
        return failed("the list of keys is empty", exchange.evidence, expected=expected, seen="no keys")
    broken = [what for item in items if (what := _what_is_missing(item))]
    if broken:
        seen = ", ".join(broken[:5])
        return failed(
            f"{len(broken)} of {len(items)} keys are incomplete: {seen}",
            exchange.evidence,
            expected=expected,
            seen=seen,
        )
    odd = [d for d in exchange.answer_deviations if d.where.endswith(".readonly")]
    reason = f"a list of {len(items)} keys came"
    if odd:
        remark = f"readonly is not true or false but {odd[0].value} ({len(odd)} times)"
        return passed_with_remark(reason, exchange.evidence, remark=remark)
    return passed(reason, exchange.evidence)


def _what_is_missing(item: KeyValue) -> str:
    readonly: Any = item.readonly
    key: Any = item.key
    if not isinstance(key, str) or not key.strip():
        return f"an item with the key {key!r}" if key else "an item without key"
    return f"{item.key} without readonly" if readonly is None else ""


@case.check(
    "4.1b",
    "The list is complete: all required keys, none twice, and each is answered by its name",
    clause="S§5.8, 9.1",
    octt=("TC_019_1_CS", "TC_019_2_CS"),
)
def list_of_keys_is_complete(trace: Trace) -> Verdict:
    asked = _asked_for_all(trace)
    lists = [exchange for exchange in asked if listed_items(exchange)]
    if asked and not lists:
        return inconclusive("there is no list of keys to be judged", [exchange.n for exchange in asked])
    return every(
        lists,
        lambda exchange: _complete(trace, exchange),
        nothing=scene_not_played(trace, READ_ALL_KEYS, "no GetConfiguration asked for all keys"),
    )


def _complete(trace: Trace, exchange: Exchange[GetConfiguration]) -> Verdict:
    items = listed_items(exchange)
    names = [item.key for item in items]
    count = len(items)
    profiles = next((item.value for item in items if item.key.casefold() == "supportedfeatureprofiles"), None)
    required = required_keys(profiles)
    listed = {name.casefold() for name in names}
    missing = [key for key in required if key.casefold() not in listed]
    doubled = [name for name, times in Counter(name.casefold() for name in names).items() if times > 1]
    for wrong, what in ((missing, "required keys missing"), (doubled, "keys listed more than once")):
        if wrong:
            return failed(
                f"the list of {count} keys is not complete: {what}",
                exchange.evidence,
                expected=f"each of the {len(required)} required keys, and each key once",
                seen=f"{what}: {', '.join(wrong)}",
                figures={"configuration_keys": count},
            )
    return _each_by_name(trace, exchange, names)


def _each_by_name(trace: Trace, exchange: Exchange[GetConfiguration], names: list[str]) -> Verdict:
    """Every key of the list is known by its name too, and no other key answers that the list left out."""
    answered: dict[str, str] = {}
    asked: set[str] = set()
    evidence: list[int] = list(exchange.evidence)
    for by_name in ours(_stretch(trace, exchange), GetConfiguration):
        wanted = {name.casefold() for name in by_name.request.key or ()}
        if not wanted:
            continue
        refused = refusal(trace, by_name, asked=f"GetConfiguration of {len(wanted)} keys")
        if refused is not None:
            return refused
        asked |= wanted
        answered |= {item.key.casefold(): item.key for item in listed_items(by_name)}
        evidence += by_name.evidence
        unknown = {key.casefold() for key in unknown_keys(by_name)}
        denied = [name for name in names if name.casefold() in unknown & wanted]
        silent = [n for n in names if n.casefold() in wanted - answered.keys() - unknown]
        listed = {name.casefold() for name in names}
        left_out = [spelled for name, spelled in answered.items() if name not in listed]
        others = [] if _may_differ(trace, exchange, by_name) else _with_another_value(exchange, by_name)
        for wrong, what in (
            (denied, "listed, but unknown when asked by name"),
            (silent, "listed, but not answered when asked by name"),
            (left_out, "known by name, but not listed"),
            (others, "with another value when asked by name"),
        ):
            if wrong:
                return failed(
                    f"list and single keys do not agree: {', '.join(wrong)} {what}",
                    (*exchange.evidence, *by_name.evidence),
                    expected="the same keys in the list and by name",
                    seen=f"{', '.join(wrong)} {what}",
                )
    figures = {"configuration_keys": len(names)}
    not_asked = [name for name in names if name.casefold() not in asked]
    if not_asked:
        return inconclusive(
            f"{len(names)} keys are listed, of which {len(not_asked)} were not asked for by name",
            evidence,
            figures=figures,
        )
    return passed(
        f"{len(names)} keys, all required ones among them, each answered by its name",
        evidence,
        remark=f"Configuration ({len(names)})",
        figures=figures,
    )


def _with_another_value(
    exchange: Exchange[GetConfiguration], by_name: Exchange[GetConfiguration]
) -> list[str]:
    """Required writable keys whose value differs; a maker's own may count something."""
    required = {key.casefold() for key in CORE_REQUIRED}
    listed = {item.key.casefold(): item for item in listed_items(exchange)}
    return [
        item.key
        for item in listed_items(by_name)
        if item.key.casefold() in required & listed.keys()
        and item.readonly is False
        and not same_value(item.value, listed[item.key.casefold()].value)
    ]


def _may_differ(
    trace: Trace, listed: Exchange[GetConfiguration], by_name: Exchange[GetConfiguration]
) -> bool:
    """Whether something between the two readings can have changed a value."""
    between = trace.between(listed.n, by_name.n)
    return bool(ours(between, ChangeConfiguration)) or any(
        call.action == "BootNotification" for call in between.sent_by("charge_point")
    )


def _stretch(trace: Trace, exchange: Exchange[GetConfiguration]) -> Trace:
    """What was read together with the list: the rest of the scene, where the record has one."""
    for span in trace.steps(READ_ALL_KEYS):
        if span.began.n < exchange.n and (span.ended is None or exchange.n < span.ended.n):
            return trace.during(span).after(exchange.n)
    return trace.after(exchange.n)
