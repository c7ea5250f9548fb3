"""Configuration on behalf of people: read anew, changed key by key, compared, and made as it is expected."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from chargeproof.acceptance.configuration_keys import is_secret
from chargeproof.acceptance.redaction import MARK
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.resources.commands import Command
from chargeproof.resources.configuration import (
    Configuration,
    ConfigurationChange,
    ConfigurationKey,
    Difference,
    KeyResult,
)
from chargeproof.store.ports import Store
from chargeproof.store.queries import Queries
from chargeproof.store.records import (
    BaselineRecord,
    ChargePointRecord,
    ConfigurationChangeRecord,
    ConfigurationRecord,
)
from chargeproof.testbed.command_desk import CommandDesk

ANSWER_S = 60.0
WAIT_S = 120.0
APPLIED = frozenset({"Accepted", "RebootRequired"})
Values = dict[str, str | None]


def masked(key: str, value: str | None) -> str | None:
    return MARK if value and is_secret(key) else value


def fitting_baseline(
    baselines: Iterable[BaselineRecord], station: ChargePointRecord
) -> BaselineRecord | None:
    """The one that says most about this station: its firmware before its model before its vendor before any."""

    def fits(baseline: BaselineRecord) -> bool:
        pairs = (
            (baseline.vendor, station.vendor),
            (baseline.model, station.model),
            (baseline.firmware_version, station.firmware_version),
        )
        return all(asked is None or asked == has for asked, has in pairs)

    def weight(baseline: BaselineRecord) -> tuple[bool, bool, bool, str]:
        return (
            baseline.firmware_version is not None,
            baseline.model is not None,
            baseline.vendor is not None,
            baseline.name,
        )

    return max(filter(fits, baselines), key=weight, default=None)


def table_of(
    station: ChargePointRecord,
    keys: Iterable[ConfigurationRecord],
    changes: Iterable[ConfigurationChangeRecord],
    baseline: BaselineRecord | None,
) -> Configuration:
    """`changes` newest first."""
    history: dict[str, list[ConfigurationChangeRecord]] = {}
    for change in changes:
        history.setdefault(change.key.lower(), []).append(change)
    expected = {key.lower(): value for key, value in baseline.keys.items()} if baseline else {}
    items = [_row(key, history.get(key.key.lower(), []), expected.pop(key.key.lower(), None)) for key in keys]
    missing = {key.lower(): key for key in baseline.keys} if baseline else {}
    items += [
        ConfigurationKey(
            key=missing[name],
            value=None,
            readonly=None,
            known=False,
            secret=is_secret(name),
            read_at=None,
            expected=masked(name, value),
            differs=True,
        )
        for name, value in expected.items()
    ]
    return Configuration(
        charge_point_id=station.charge_point_id,
        baseline=baseline.name if baseline else None,
        read_at=max((item.read_at for item in items if item.read_at), default=None),
        firmware_version=station.firmware_version,
        differing=sum(item.differs for item in items),
        items=sorted(items, key=lambda item: item.key.lower()),
    )


def _row(
    record: ConfigurationRecord, history: list[ConfigurationChangeRecord], expected: str | None
) -> ConfigurationKey:
    changed = len(history) > 1
    return ConfigurationKey(
        key=record.key,
        value=masked(record.key, record.value),
        readonly=record.readonly,
        known=record.known,
        secret=is_secret(record.key),
        read_at=record.read_at,
        expected=masked(record.key, expected),
        differs=expected is not None and expected != record.value,
        changed_at=history[0].read_at if changed else None,
        previous=masked(record.key, history[1].value) if changed else None,
    )


def change_of(record: ConfigurationChangeRecord) -> ConfigurationChange:
    return ConfigurationChange(
        key=record.key,
        value=masked(record.key, record.value),
        known=record.known,
        readonly=record.readonly,
        secret=is_secret(record.key),
        read_at=record.read_at,
        firmware_version=record.firmware_version,
    )


def differences_of(
    here: Iterable[ConfigurationRecord], there: Mapping[str, str | None], *, expected_only: bool
) -> list[Difference]:
    """Keys whose values are not the same. expected_only: keys that only stand here are no difference."""
    names = {key.lower(): key for key in there}
    present = {record.key.lower(): record for record in here if record.known}
    found = []
    for name in sorted(names.keys() | present.keys()):
        record = present.get(name)
        key = record.key if record else names[name]
        mine, theirs = record.value if record else None, there.get(names.get(name, ""))
        if name not in names and expected_only:
            continue
        if record is not None and name in names and mine == theirs:
            continue
        found.append(
            Difference(
                key=key,
                here=masked(key, mine),
                there=masked(key, theirs),
                readonly=record.readonly if record else None,
                secret=is_secret(key),
                kind="differs" if record and name in names else "only_here" if record else "only_there",
                may_be_applied=name in names
                and theirs is not None
                and not (record is not None and record.readonly)
                and not is_secret(key),
            )
        )
    return found


class ConfigurationDesk:
    """Reads and writes by commands, so that each is on record as every other command is."""

    def __init__(self, commands: CommandDesk, store: Store, queries: Queries) -> None:
        self._commands = commands
        self._store = store
        self._queries = queries

    async def read(self, charge_point_id: str, keys: list[str]) -> Command:
        """Ask the station; what it answers is kept by the central system."""
        request = GetConfiguration(key=keys or None)
        command = await self._commands.send(
            charge_point_id, request, timeout_s=ANSWER_S, wait_s=WAIT_S, while_pending=True
        )
        await self._store.flush()
        return command

    async def change(self, charge_point_id: str, changes: Mapping[str, str]) -> list[KeyResult]:
        """One after the other; then all are read back. A station that is gone ends it: the rest is not sent."""
        results: list[KeyResult] = []
        for key, value in changes.items():
            command = await self._commands.send(
                charge_point_id,
                ChangeConfiguration(key=key, value=value),
                timeout_s=ANSWER_S,
                wait_s=WAIT_S,
                while_pending=True,
            )
            results.append(_result(key, value, command))
        applied = [result.key for result in results if result.applied]
        if not applied:
            return results
        await self.read(charge_point_id, applied)
        present = {record.key.lower(): record for record in await self._store.configuration(charge_point_id)}
        return [_with_value(result, present) for result in results]

    async def earlier(self, charge_point_id: str, at: datetime) -> Values:
        """The values as they were known at that time."""
        changes = await self._queries.configuration_changes(charge_point_id, until=at)
        return _newest(changes)

    async def under_firmware(self, charge_point_id: str, firmware_version: str) -> Values:
        """The values as they were last read while the station ran that firmware."""
        changes = await self._queries.configuration_changes(charge_point_id)
        last = next(
            (number for number, each in enumerate(changes) if each.firmware_version == firmware_version), None
        )
        # What was read before and did not change under it held under it, too.
        return {} if last is None else _newest(changes[last:])


def _newest(changes: Iterable[ConfigurationChangeRecord]) -> Values:
    """The first of each key of a list that is newest first; keys that were not known then are left out."""
    values: Values = {}
    seen: set[str] = set()
    for change in changes:
        name = change.key.lower()
        if name in seen:
            continue
        seen.add(name)
        if change.known:
            values[change.key] = change.value
    return values


def _result(key: str, value: str, command: Command) -> KeyResult:
    status = command.confirmation.get("status") if isinstance(command.confirmation, dict) else None
    result = str(status or command.state)
    return KeyResult(
        key=key,
        wanted=masked(key, value) or "",
        result=result,
        applied=result in APPLIED,
        detail=command.error_description or ("" if status else command.detail),
        command_id=command.command_id,
    )


def _with_value(result: KeyResult, present: Mapping[str, ConfigurationRecord]) -> KeyResult:
    record = present.get(result.key.lower())
    value = None if record is None else masked(record.key, record.value)
    return msgspec.structs.replace(result, value=value)
