"""The measured part of a report, as data. Entry numbers are those of the record; spans are seconds."""

import msgspec


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How measured values lie: count, least, median, greatest. Seconds unless the name says otherwise."""

    count: int
    min: float
    median: float
    max: float


class Spacing(msgspec.Struct, frozen=True, kw_only=True):
    """A row of spacings of one kind of message. ``by`` says whose clock: ``arrival`` or ``payload``."""

    name: str
    by: str
    interval_s: float | None = None
    spread: Spread | None = None
    values: tuple[float, ...] = ()
    entries: tuple[int, ...] = ()


class AnswerTime(msgspec.Struct, frozen=True, kw_only=True):
    """How long the station took to answer one action of ours."""

    action: str
    sent: int
    answered: int
    errors: int
    spread: Spread | None = None


class MessageCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many Calls of an action went each way."""

    action: str
    from_station: int
    from_central_system: int


class Reboot(msgspec.Struct, frozen=True, kw_only=True):
    """A restart: what caused it and how long the station was away, from the command to its BootNotification."""

    cause: str
    seconds: float | None
    entry: int
    boot_entry: int | None = None


class KeyRow(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration key as the station gave it first. Secret values are not shown."""

    key: str
    value: str | None
    readonly: bool | None
    entry: int
    redacted: bool = False


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was fetched from, or put on, our server. ``size`` in bytes."""

    event: str
    name: str
    scheme: str
    size: int | None
    sha256: str | None
    complete: bool
    seconds: float | None
    entry: int


class ClockOffset(msgspec.Struct, frozen=True, kw_only=True):
    """Payload time minus arrival, measured on the first timestamped messages after a boot."""

    seconds: float
    messages: int
    entry: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was measured."""

    clock_offset: ClockOffset | None = None
    heartbeats: tuple[Spacing, ...] = ()
    meter_values: tuple[Spacing, ...] = ()
    answer_times: tuple[AnswerTime, ...] = ()
    reboots: tuple[Reboot, ...] = ()
    messages: tuple[MessageCount, ...] = ()
    configuration_count: int | None = None
    configuration: tuple[KeyRow, ...] = ()
    files: tuple[FileRow, ...] = ()
    entries: int = 0
    frames: int = 0
    connections: int = 0
    run_s: float = 0.0
    hands_s: float = 0.0
