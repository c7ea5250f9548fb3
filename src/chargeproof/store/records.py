"""What the store keeps, one struct for each table; the fields stand in the order of the table's columns.

Times are aware and in UTC. A time that a station sent is kept twice: as text exactly as sent (`..._text`) and
read, if it could be read. Values a station may invent (statuses, error codes, reasons) are plain strings.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

from chargeproof.ocpp.enums import AuthorizationStatus, RegistrationStatus
from chargeproof.trace import SecuritySeen

Caller = Literal["charge_point", "central_system"]
Party = Literal["charge_point", "central_system", "network"]


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of everything that is kept."""


class ChargePointRecord(Record, frozen=True, kw_only=True):
    """One station as last seen.

    registration: what it was last told in a BootNotification.conf; None: it never booted here.
    admitted: an operator's decision, which goes before the setting for unknown stations.
    accepted_at: when a BootNotification of it was first answered with Accepted.
    credential: keyed digest of its password (see `central_system.credentials`).
    next_credential: of the password that it was told to use from now on, until a connection proves it.
    security_profile: it must at least use this one. asked_security_profile: the one that it accepted to use,
    until a connection proves it.
    clock_offset_s: its clock minus ours, as last measured.
    """

    charge_point_id: str
    first_seen_at: datetime
    last_seen_at: datetime
    registration: RegistrationStatus | None = None
    admitted: RegistrationStatus | None = None
    accepted_at: datetime | None = None
    credential: bytes | None = None
    clock_offset_s: float | None = None
    booted_at: datetime | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    charge_box_serial_number: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    security_profile: int | None = None
    asked_security_profile: int | None = None
    next_credential: bytes | None = None


class BootRecord(Record, frozen=True, kw_only=True):
    """A BootNotification and what it was answered."""

    charge_point_id: str
    booted_at: datetime
    registration: RegistrationStatus
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    charge_box_serial_number: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None


class HandshakeRecord(Record, frozen=True, kw_only=True):
    """One attempt to connect. `authentication`: `none`, `basic, accepted`, `basic, wrong password`, ...

    security: which profile it used and with what; None for an attempt that did not come so far.
    """

    at: datetime
    charge_point_id: str
    path: str
    offered: tuple[str, ...]
    chosen: str | None
    authentication: str
    tls: str | None
    remote: str
    outcome: Literal["accepted", "refused", "reset"]
    http_status: int
    reason: str = ""
    hint: str = ""
    security: SecuritySeen | None = None


class ConnectionRecord(Record, frozen=True, kw_only=True):
    """One socket; `connection` counts up through all stations and restarts."""

    connection: int
    charge_point_id: str
    opened_at: datetime
    remote: str = ""
    subprotocol: str | None = None
    tls: str | None = None
    closed_at: datetime | None = None
    close_code: int | None = None
    close_reason: str = ""
    closed_by: Party | None = None


class ExchangeRecord(Record, frozen=True, kw_only=True):
    """A CALL and its answer in one row, or a text that was neither (`action` None).

    outcome: `answered`, `call_error`, or of a request `unanswered`, of a command `timed_out`, `lost` or `late`, of
    another text `malformed` or `unmatched`.
    raw: the bytes of a message that was no UTF-8. clock_offset_s: the station's clock minus ours then.
    """

    charge_point_id: str
    connection: int
    caller: Caller
    outcome: str
    requested_at: datetime
    answered_at: datetime | None = None
    unique_id: str | None = None
    action: str | None = None
    request_text: str | None = None
    answer_text: str | None = None
    raw: bytes | None = None
    station_time_text: str | None = None
    clock_offset_s: float | None = None


class ConnectorStatusRecord(Record, frozen=True, kw_only=True):
    """One StatusNotification; connector 0 is the station itself."""

    charge_point_id: str
    connector_id: int
    status: str
    error_code: str
    received_at: datetime
    timestamp_text: str | None = None
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None


class IdTagRecord(Record, frozen=True, kw_only=True):
    """A known id tag. Tags are compared without regard to case (CiString20Type)."""

    id_tag: str
    status: AuthorizationStatus = AuthorizationStatus.ACCEPTED
    expires_at: datetime | None = None
    parent_id_tag: str | None = None
    note: str = ""


class IdTagDecision(Record, frozen=True, kw_only=True):
    """What a station was told about a tag, and why."""

    at: datetime
    charge_point_id: str
    action: str
    id_tag: str
    status: str
    reason: str = ""


class TransactionRecord(Record, frozen=True, kw_only=True):
    """One transaction: its start, what was told about the tag, and its first stop once there is one.

    Readings in Wh. `transaction_id` is given by the store: positive, never 0, never used twice.
    """

    transaction_id: int
    charge_point_id: str
    connector_id: int | None
    id_tag: str | None
    meter_start_wh: int | None
    started_text: str | None
    started_at: datetime | None
    start_received_at: datetime
    start_unique_id: str
    reservation_id: int | None
    id_tag_status: str
    id_tag_expires_at: datetime | None
    parent_id_tag: str | None
    stopped_text: str | None = None
    stopped_at: datetime | None = None
    stop_received_at: datetime | None = None
    meter_stop_wh: int | None = None
    stop_reason: str | None = None
    stop_id_tag: str | None = None


class StartRecord(Record, frozen=True, kw_only=True):
    """A StartTransaction to be kept, with what its station will be told about the tag."""

    charge_point_id: str
    connector_id: int | None
    id_tag: str | None
    meter_start_wh: int | None
    started_text: str | None
    started_at: datetime | None
    start_received_at: datetime
    start_unique_id: str
    reservation_id: int | None = None
    id_tag_status: str = AuthorizationStatus.ACCEPTED
    id_tag_expires_at: datetime | None = None
    parent_id_tag: str | None = None


class StopRecord(Record, frozen=True, kw_only=True):
    """A copy of a StopTransaction: every one is kept, also repeated ones and those of unknown transactions.

    told_transaction_id: the id as sent. transaction_id: the transaction of this station, if it has one.
    The last four fields are filled by the store.
    """

    charge_point_id: str
    told_transaction_id: int | None
    unique_id: str
    stopped_text: str | None
    stopped_at: datetime | None
    stop_received_at: datetime
    meter_stop_wh: int | None
    reason: str | None
    id_tag: str | None
    id_tag_status: str | None = None
    id_tag_expires_at: datetime | None = None
    parent_id_tag: str | None = None
    transaction_id: int | None = None
    repeated: bool = False


SampledAsSent = list[dict[str, Any]] | msgspec.Raw
"""Sampled values as sent: a mapping each, or the JSON text of all, which need not be read to be kept."""


class MeterValueRecord(Record, frozen=True, kw_only=True):
    """The values of one point in time. `sampled` holds them as sent; the store gives them back as mappings.

    A record to be written has no `sampled` when the request that it is kept with holds the very same text.
    source: the action that carried them (MeterValues or StopTransaction). transaction_id: as sent.
    """

    charge_point_id: str
    connector_id: int | None
    transaction_id: int | None
    received_at: datetime
    timestamp_text: str | None
    measured_at: datetime | None
    source: str
    sampled: SampledAsSent | None


class ConfigurationRecord(Record, frozen=True, kw_only=True):
    """One configuration key as last read; `known` False: the station said that it does not know it."""

    charge_point_id: str
    key: str
    value: str | None
    readonly: bool | None
    known: bool
    read_at: datetime


class ConfigurationChangeRecord(Record, frozen=True, kw_only=True):
    """A value of a configuration key that differs from the one read before; the first one read, too.

    firmware_version: what the station ran then, as far as it had said.
    """

    charge_point_id: str
    key: str
    value: str | None
    readonly: bool | None
    known: bool
    read_at: datetime
    firmware_version: str | None = None


class BaselineRecord(Record, frozen=True, kw_only=True):
    """What configuration is expected of stations of a vendor and model (None: of any), by a name.

    keys: the expected value by key.
    """

    name: str
    vendor: str | None
    model: str | None
    firmware_version: str | None
    keys: dict[str, str]
    note: str
    changed_at: datetime
    changed_by: str


class ProgressRecord(Record, frozen=True, kw_only=True):
    """How firmware, diagnostics or a log went their way. `request_id`: the request of ours that began it."""

    charge_point_id: str
    subject: Literal["firmware", "diagnostics", "signed firmware", "log"]
    status: str
    received_at: datetime
    request_id: int | None = None


class SecurityEventRecord(Record, frozen=True, kw_only=True):
    """One SecurityEventNotification. `type`: the station's word, `critical`: the whitepaper calls it so."""

    charge_point_id: str
    type: str
    critical: bool
    received_at: datetime
    timestamp_text: str | None = None
    happened_at: datetime | None = None
    tech_info: str | None = None


class FlagRecord(Record, frozen=True, kw_only=True):
    """Something in a message that deviates, from the schema (`where` is a path) or in its meaning."""

    charge_point_id: str
    connection: int
    unique_id: str | None
    action: str | None
    rule: str
    where: str
    value: str
    at: datetime


class CommandRecord(Record, frozen=True, kw_only=True):
    """A command of ours. `state`: a value of `central_system.CommandState`; `payload_text`: JSON as sent."""

    command_id: str
    charge_point_id: str
    unique_id: str
    action: str
    payload_text: str
    state: str
    priority: int
    queued_at: datetime
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    answer_text: str | None = None
    detail: str = ""


class FileJobRecord(Record, frozen=True, kw_only=True):
    """A place that was offered to a station for a file. `url` without its credentials.

    request_id: the GetLog or SignedUpdateFirmware that it was opened for.
    """

    job_id: str
    charge_point_id: str
    kind: str
    scheme: str
    url: str
    opened_at: datetime
    closed_at: datetime | None = None
    request_id: int | None = None


class FileTransferRecord(Record, frozen=True, kw_only=True):
    """One event at the file server. `size` in bytes."""

    job_id: str
    charge_point_id: str
    at: datetime
    event: str
    name: str = ""
    size: int | None = None
    sha256: str | None = None
    complete: bool = True
    remote: str = ""
    detail: str = ""
