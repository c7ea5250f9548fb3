"""GetConfiguration and ChangeConfiguration."""

import re
from collections.abc import Iterator
from typing import Any

from chargeproof.acceptance.configuration_keys import is_secret
from chargeproof.acceptance.lints.registry import Sight, Sockets, Spotted, lint
from chargeproof.acceptance.transactions import sample_times, transactions_of
from chargeproof.acceptance.windows import window_s
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration, Measurand
from chargeproof.trace import Exchange, Trace

# S§9.1 to S§9.4: keys whose value is a boolean.
_BOOLEANS = frozenset(
    {
        "AllowOfflineTxForUnknownId",
        "AuthorizationCacheEnabled",
        "AuthorizeRemoteTxRequests",
        "ConnectorSwitch3to1PhaseSupported",
        "LocalAuthListEnabled",
        "LocalAuthorizeOffline",
        "LocalPreAuthorize",
        "ReserveConnectorZeroSupported",
        "StopTransactionOnEVSideDisconnect",
        "StopTransactionOnInvalidId",
        "UnlockConnectorOnEVSideDisconnect",
    }
)
_MEASURAND_LISTS = (
    "MeterValuesSampledData",
    "MeterValuesAlignedData",
    "StopTxnSampledData",
    "StopTxnAlignedData",
)
_ITEM = re.compile(r"\$\.configurationKey\[\d+\]\.(?:value|readonly|key)$")
_WRITTEN = ("Accepted", "RebootRequired")
_MASKED = re.compile(r"[*•x.\-#\s]*", re.IGNORECASE)


def _is_item(spotted: Spotted) -> bool:
    return spotted.action == "GetConfiguration" and spotted.is_answer and bool(_ITEM.match(spotted.where))


def _is_sloppy_item(spotted: Spotted) -> bool:
    return _is_item(spotted) and not _is_long_list(spotted)


def _is_long_list(spotted: Spotted) -> bool:
    """A value over its length that lists measurands: they all have a dot or a well-known name."""
    names = ("Energy.", "Current.", "Power.", "Voltage", "Temperature", "SoC", "Frequency")
    value = spotted.deviation.value.strip('"')
    return _is_item(spotted) and spotted.rule == "too_long" and value.startswith(names)


@lint(
    "L-09",
    "Configuration values and readonly flags have wrong types or forms",
    clause="S§7.29, S§9.1",
    advice="readonly is true or false; value is a text of at most 500 characters, a boolean is “true” or “false”.",
    covers=_is_sloppy_item,
)
def sloppy_values(trace: Trace) -> Iterator[Sight]:
    for n, key, value in _readings(trace):
        if key in _BOOLEANS and value is not None and value.strip().lower() not in ("true", "false"):
            yield Sight(n, f"{key} is “{value[:40]}”, not true or false")


@lint(
    "L-36",
    "A measurand list in a configuration value is over 500 characters",
    clause="S§7.29",
    advice="Shorten the list of measurands to what CiString500 can hold.",
    covers=_is_long_list,
)
def long_lists(trace: Trace) -> Iterator[Sight]:
    return iter(())


@lint(
    "L-10",
    "GetConfiguration is not answered, or a request is followed by silence and a dropped socket",
    clause="S§5.8, J§4.1.1",
    advice="Answer every CALL; return all keys when none is named.",
)
def unanswered(trace: Trace) -> Iterator[Sight]:
    limit_s, sockets = window_s(trace, "call"), Sockets(trace)
    for call in trace.sent_by("central_system"):
        if call.answer is not None:
            continue
        closed = sockets.end_of(call.call.connection)
        dropped = closed is not None and closed - call.mono <= limit_s + 15
        if call.action == "GetConfiguration" and (dropped or sockets.alive_after(call, limit_s)):
            what = "without keys" if not getattr(call.request, "key", None) else "by name"
            yield Sight(call.n, f"GetConfiguration {what} was not answered")
        elif (
            dropped
            and closed is not None
            and call.action != "Reset"
            and sockets.closed[call.call.connection].by == "charge_point"
        ):
            yield Sight(
                call.n, f"{call.action}: no answer, and the socket dropped {closed - call.mono:.0f} s later"
            )


@lint(
    "L-20",
    "Measurands are accepted and never sent, or a lawful list is rejected as a whole",
    clause="S§9.1.17, S§3.16.4",
    advice="Reject a list that holds an unsupported measurand, accept any other, and then send what it names.",
)
def measurand_lists(trace: Trace) -> Iterator[Sight]:
    changes = [c for c in trace.exchanges(ChangeConfiguration) if c.request.key in _MEASURAND_LISTS]
    for change in changes:
        names = [part.strip() for part in (change.request.value or "").split(",") if part.strip()]
        unknown = [name for name in names if name not in set(Measurand)]
        if change.status in _WRITTEN and unknown:
            yield Sight(change.n, f"{', '.join(unknown)} accepted, which is no measurand")
        refused = change.status == "Rejected" and len(names) > 1 and not unknown
        if refused and _each_accepted(changes, change, names):
            yield Sight(change.n, "the list is rejected, each of its measurands by itself is accepted")
    yield from _accepted_and_never_sent(trace, changes)


def _each_accepted(changes: list[Exchange[Any]], whole: Exchange[Any], names: list[str]) -> bool:
    alone = {
        (c.request.value or "").strip(): c.status
        for c in changes
        if c.request.key == whole.request.key and c is not whole
    }
    return all(alone.get(name) in _WRITTEN for name in names)


def _accepted_and_never_sent(trace: Trace, changes: list[Exchange[Any]]) -> Iterator[Sight]:
    """What MeterValuesSampledData was set to, and the samples of the transactions that ran under it."""
    for transaction in transactions_of(trace):
        if transaction.start is None or len(sample_times(transaction)) < 2:
            continue
        mine = [
            c
            for c in changes
            if c.request.key == "MeterValuesSampledData"
            and c.status == "Accepted"
            and c.n < transaction.start.n
        ]
        if not mine:
            continue
        sent = {
            str(sample.measurand or Measurand.ENERGY_ACTIVE_IMPORT_REGISTER)
            for message in transaction.meter_values
            for value in message.request.meter_value or ()
            for sample in value.sampled_value or ()
        }
        asked = [part.strip() for part in (mine[-1].request.value or "").split(",") if part.strip()]
        missing = [name for name in asked if name in set(Measurand) and name not in sent]
        if missing:
            yield Sight(
                mine[-1].n, f"accepted, but never sent in transaction {transaction.id}: {', '.join(missing)}"
            )


@lint(
    "L-21",
    "A change is accepted, and the value read back is another",
    clause="S§5.3",
    advice="Answer Accepted only when the value is in force; Rejected when it is not taken as it is.",
)
def accepted_not_applied(trace: Trace) -> Iterator[Sight]:
    for change, n, read in _read_back(trace):
        if not _is_larger_interval(change, read):
            shown = "another" if is_secret(change.request.key) else f"“{read[:40]}”"
            yield Sight(n, f"{change.request.key} was set to “{_shown(change)}” and reads {shown}")


@lint(
    "L-34",
    "The smallest meter interval is above what was asked for",
    clause="S§9.1.19",
    advice="Reject an interval that cannot be kept, instead of using a longer one.",
)
def longer_interval(trace: Trace) -> Iterator[Sight]:
    for change, n, read in _read_back(trace):
        if _is_larger_interval(change, read):
            yield Sight(n, f"asked for {change.request.value} s, reads {read} s")
    for change in _meter_intervals(trace):
        if change.status == "Rejected" and (change.request.value or "").strip() in ("30", "60"):
            yield Sight(change.n, f"{change.request.value} s rejected")


def _shown(change: Exchange[Any]) -> str:
    return "[redacted]" if is_secret(change.request.key) else (change.request.value or "")[:40]


def _meter_intervals(trace: Trace) -> list[Exchange[Any]]:
    return trace.exchanges(ChangeConfiguration, where=lambda c: c.key == "MeterValueSampleInterval")


def _is_larger_interval(change: Exchange[Any], read: str) -> bool:
    asked = (change.request.value or "").strip()
    return (
        change.request.key == "MeterValueSampleInterval"
        and asked.isdigit()
        and read.strip().isdigit()
        and 0 < int(asked) < int(read)
    )


def _read_back(trace: Trace) -> Iterator[tuple[Exchange[Any], int, str]]:
    """Accepted changes whose next reading, before any further change of the key, gives another value."""
    readings = list(_readings(trace))
    changes: list[Exchange[Any]] = [*trace.exchanges(ChangeConfiguration)]
    for change in changes:
        key, value = change.request.key, change.request.value
        if change.status != "Accepted" or value is None or change.answer is None:
            continue
        later = [c.n for c in changes if c.request.key == key and c.n > change.n]
        end = min(later, default=trace.entries[-1].n + 1)
        after = [(n, read) for n, name, read in readings if name == key and change.answer.n < n < end]
        if after and after[0][1] is not None and not _same(value, after[0][1]):
            yield change, after[0][0], after[0][1]


def _same(written: str, read: str) -> bool:
    """Case and spaces are no difference; a masked secret shows none."""
    plain = [re.sub(r"\s", "", text).casefold() for text in (written, read)]
    return plain[0] == plain[1] or _MASKED.fullmatch(read) is not None


@lint(
    "L-31",
    "GetConfiguration reveals a secret",
    clause="OCPP 1.6 security whitepaper A00 (AuthorizationKey is write-only)",
    advice="Do not list the key, or list it without its value.",
)
def revealed_secrets(trace: Trace) -> Iterator[Sight]:
    for n, key, value in _readings(trace):
        if (
            is_secret(key)
            and value
            and not _MASKED.fullmatch(value)
            and value.lower() not in ("true", "false")
        ):
            yield Sight(n, f"the value of {key} is given")


def _readings(trace: Trace) -> Iterator[tuple[int, str, str | None]]:
    """(entry of the answer, key, value) of everything that GetConfiguration answered."""
    for exchange in trace.exchanges(GetConfiguration):
        for item in getattr(exchange.confirmation, "configuration_key", None) or ():
            if item.key and exchange.answer is not None:
                yield exchange.answer.n, item.key, item.value
