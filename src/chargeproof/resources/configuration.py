"""Configuration keys of stations, what they are expected to be, and how they differ."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from chargeproof.resources.base import Resource, Wanted

Key = Annotated[str, Meta(min_length=1, max_length=50, examples=["HeartbeatInterval"])]
Value = Annotated[str, Meta(max_length=500, examples=["60"])]
BaselineName = Annotated[str, Meta(min_length=1, max_length=100, examples=["ACME One"])]


class ConfigurationKey(Resource, frozen=True, kw_only=True):
    """One key as last read. A `secret` value is masked everywhere.

    known: False where the station said that it does not know it. expected: by the baseline, None without one.
    differs: from what is expected. changed_at, previous: when a reading first showed this value, and the value
    before it; None where it never changed.
    """

    key: str
    value: str | None
    readonly: bool | None
    known: bool
    secret: bool
    read_at: datetime | None
    expected: str | None = None
    differs: bool = False
    changed_at: datetime | None = None
    previous: str | None = None


class Configuration(Resource, frozen=True, kw_only=True):
    """All keys of a station. baseline: by which `expected` is told; None: none fits its vendor and model."""

    charge_point_id: str
    baseline: str | None
    read_at: datetime | None
    firmware_version: str | None
    differing: int
    items: list[ConfigurationKey]


class ConfigurationChange(Resource, frozen=True, kw_only=True):
    """A value that differed from the one read before it."""

    key: str
    value: str | None
    known: bool
    readonly: bool | None
    secret: bool
    read_at: datetime
    firmware_version: str | None


class ReadWanted(Wanted, frozen=True, kw_only=True):
    """Which keys to read anew; none: all."""

    keys: Annotated[list[Key], Meta(max_length=500)] = msgspec.field(default_factory=list)


class KeyResult(Resource, frozen=True, kw_only=True):
    """What became of one change.

    result: the status that the station answered (`Accepted`, `RebootRequired`, `Rejected`, `NotSupported`), or the
    state of the command (`timed_out`, `call_error`, ...). value: as read back afterwards, None if it was not.
    """

    key: str
    wanted: str
    result: str
    applied: bool
    detail: str = ""
    value: str | None = None
    command_id: str = ""


class ChangeResults(Resource, frozen=True, kw_only=True):
    """One result per key. reboot_required: some take effect after a reboot only."""

    items: list[KeyResult]
    reboot_required: bool


class Difference(Resource, frozen=True, kw_only=True):
    """A key that is another one here than there. `there`: as expected, or as it was."""

    key: str
    here: str | None
    there: str | None
    readonly: bool | None
    secret: bool
    kind: Literal["differs", "only_here", "only_there"]
    may_be_applied: bool


class Differences(Resource, frozen=True, kw_only=True):
    """`against`: what was compared with, in words."""

    charge_point_id: str
    against: str
    items: list[Difference]


class ApplyWanted(Wanted, frozen=True, kw_only=True):
    """Make the station as something else is: `against` as in the question for differences.

    keys: only these; none: all that can be written.
    """

    against: Annotated[str, Meta(min_length=1, max_length=300, examples=["baseline:ACME One"])]
    keys: Annotated[list[Key], Meta(max_length=500)] = msgspec.field(default_factory=list)


class Baseline(Resource, frozen=True, kw_only=True):
    """What is expected of stations of a vendor and model; None: of any."""

    name: str
    vendor: str | None
    model: str | None
    firmware_version: str | None
    keys: dict[str, str]
    note: str
    changed_at: datetime
    changed_by: str


class BaselineWanted(Wanted, frozen=True, kw_only=True):
    """A baseline. from_charge_point: also take every value that can be written, as last read from this station."""

    vendor: Annotated[str, Meta(max_length=20)] | None = None
    model: Annotated[str, Meta(max_length=20)] | None = None
    firmware_version: Annotated[str, Meta(max_length=50)] | None = None
    keys: dict[Key, Value] = msgspec.field(default_factory=dict)
    note: Annotated[str, Meta(max_length=500)] = ""
    from_charge_point: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
