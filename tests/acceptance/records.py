"""Pieces of records for judging: a station with two connectors that boots, answers and reports."""

from typing import Any

from chargeproof.acceptance.configuration_keys import CORE_REQUIRED
from chargeproof.acceptance.judge import judge
from chargeproof.acceptance.verdict import Outcome, Verdict
from chargeproof.ocpp import (
    BootNotification,
    BootNotificationConf,
    ChargePointErrorCode,
    ChargePointStatus,
    Confirmation,
    GetConfiguration,
    GetConfigurationConf,
    Heartbeat,
    HeartbeatConf,
    KeyValue,
    RegistrationStatus,
    Reset,
    ResetConf,
    ResetStatus,
    ResetType,
    StatusNotification,
    TriggerMessage,
)
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import Trace

S = ChargePointStatus
E = ChargePointErrorCode
BOOT: dict[str, Any] = {
    "charge_point_vendor": "ACME",
    "charge_point_model": "One",
    "charge_point_serial_number": "42",
    "iccid": "89310410106543789301",
    "firmware_version": "1.0",
}
VALUES = {
    "HeartbeatInterval": "300",
    "NumberOfConnectors": "2",
    "SupportedFeatureProfiles": "Core,FirmwareManagement,RemoteTrigger",
    "GetConfigurationMaxKeys": "50",
}
READ_ONLY = ("NumberOfConnectors", "SupportedFeatureProfiles", "GetConfigurationMaxKeys")


def verdict_of(check_id: str, record: TraceBuilder | Trace) -> Verdict:
    """What the judge says of a record in one check."""
    return judge(record.trace() if isinstance(record, TraceBuilder) else record).check(check_id)


def outcome_of(check_id: str, record: TraceBuilder | Trace) -> Outcome:
    return verdict_of(check_id, record).outcome


def failure_of(check_id: str, record: TraceBuilder) -> str:
    """The reason of a fail, with what was expected and seen; fails the test where it is none."""
    verdict = verdict_of(check_id, record)
    assert verdict.outcome is Outcome.FAIL, verdict
    assert verdict.evidence
    assert verdict.expected
    assert verdict.seen
    return f"{verdict.reason}; seen: {verdict.seen}"


# ── the station ──────────────────────────────────────────────────────────────────────────────────────


def boot(record: TraceBuilder, *, interval_s: int = 300, status: str = "Accepted", **fields: Any) -> int:
    """A BootNotification and our answer."""
    answer = BootNotificationConf(
        status=RegistrationStatus(status), current_time=record.now, interval=interval_s
    )
    return record.station(BootNotification(**{**BOOT, **fields}), answer)


def status(
    record: TraceBuilder, connector_id: int, said: ChargePointStatus = S.AVAILABLE, error: E = E.NO_ERROR
) -> int:
    return record.station(StatusNotification(connector_id=connector_id, error_code=error, status=said))


def statuses(record: TraceBuilder, *connector_ids: int, said: ChargePointStatus = S.AVAILABLE) -> None:
    for connector_id in connector_ids or (0, 1, 2):
        status(record, connector_id, said)


def heartbeat(record: TraceBuilder) -> int:
    return record.station(Heartbeat(), HeartbeatConf(current_time=record.now))


def lives_on(record: TraceBuilder, seconds: float) -> TraceBuilder:
    """Time passes, and then the station gives a sign of life."""
    record.wait(seconds)
    heartbeat(record)
    return record


def up(*, interval_s: int = 300, **more: Any) -> TraceBuilder:
    """A record in which the station connects, boots and reports its connectors."""
    record = TraceBuilder(**more)
    record.opened()
    boot(record, interval_s=interval_s)
    statuses(record)
    return record


def values(**changed: str | None) -> dict[str, str]:
    """Every required key with a value; None leaves a key out."""
    merged: dict[str, str | None] = {**dict.fromkeys(CORE_REQUIRED, "0"), **VALUES, **changed}
    return {key: value for key, value in merged.items() if value is not None}


def items(found: dict[str, str], *, read_only: tuple[str, ...] = READ_ONLY) -> list[KeyValue]:
    return [KeyValue(key=key, readonly=key in read_only, value=value) for key, value in found.items()]


def read_all(record: TraceBuilder, found: dict[str, str] | None = None, **more: Any) -> None:
    """GetConfiguration without keys, then all by name."""
    listed = items(values() if found is None else found, **more)
    record.we(GetConfiguration(), GetConfigurationConf(configuration_key=listed))
    names = [item.key for item in listed]
    record.we(GetConfiguration(key=names), GetConfigurationConf(configuration_key=listed))


def read_key(record: TraceBuilder, key: str, value: str | None, *, readonly: bool = False) -> None:
    """GetConfiguration of one key; None: it is not known."""
    if value is None:
        answer = GetConfigurationConf(unknown_key=[key])
    else:
        answer = GetConfigurationConf(configuration_key=[KeyValue(key=key, readonly=readonly, value=value)])
    record.we(GetConfiguration(key=[key]), answer)


def reset(record: TraceBuilder, kind: ResetType = ResetType.HARD, **more: Any) -> int:
    return record.we(Reset(type=kind), ResetConf(status=ResetStatus.ACCEPTED), **more)


def restart(record: TraceBuilder, kind: ResetType = ResetType.HARD, **boot_more: Any) -> None:
    """An accepted reset, the end of the socket, and a boot over a new one."""
    reset(record, kind)
    record.wait(2).closed()
    record.wait(10).opened()
    boot(record, **boot_more)


def trigger(record: TraceBuilder, request: TriggerMessage, answer: Confirmation | str | None) -> int:
    return record.we(request, answer)
