"""Stations, those that wait to be let in, and their connectors."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from chargeproof.ocpp.enums import RegistrationStatus
from chargeproof.resources.base import Resource, Wanted

ChargePointId = Annotated[str, Meta(min_length=1, max_length=255, examples=["ACME-0042"])]


class Security(Resource, frozen=True, kw_only=True):
    """How the station is connected now, or was last.

    tls: version and cipher, None without TLS. authentication: what it sent, and whether it was right.
    password_set: a password (AuthorizationKey) is kept here for it; it is never shown.
    profile: the security profile that it must use, None for any.
    """

    tls: str | None = None
    authentication: str = "none"
    password_set: bool = False
    profile: int | None = None


class Connector(Resource, frozen=True, kw_only=True):
    """A connector as it last said; `connector_id` 0 is the station itself. `since`: when this was received.

    transaction_id: the open transaction at it.
    """

    connector_id: int
    status: str
    error_code: str
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None
    since: datetime
    transaction_id: int | None = None


class ConnectorStatus(Resource, frozen=True, kw_only=True):
    """One StatusNotification. `timestamp`: the station's own time exactly as sent."""

    connector_id: int
    status: str
    error_code: str
    info: str | None = None
    vendor_id: str | None = None
    vendor_error_code: str | None = None
    received_at: datetime
    timestamp: str | None = None


class ChargePoint(Resource, frozen=True, kw_only=True):
    """One station.

    online: a socket is open here. ready: commands go out to it. registration: what it was last told in a
    BootNotification.conf. admitted: an operator's decision, which goes before the settings.
    clock_offset_s: its clock minus ours.
    """

    charge_point_id: Annotated[str, Meta(examples=["ACME-0042"])]
    online: bool
    ready: bool = False
    online_since: datetime | None = None
    offline_since: datetime | None = None
    registration: RegistrationStatus | None = None
    admitted: RegistrationStatus | None = None
    vendor: str | None = None
    model: str | None = None
    serial_number: str | None = None
    charge_box_serial_number: str | None = None
    firmware_version: str | None = None
    iccid: str | None = None
    imsi: str | None = None
    meter_type: str | None = None
    meter_serial_number: str | None = None
    first_seen_at: datetime
    last_seen_at: datetime
    booted_at: datetime | None = None
    last_message_at: datetime | None = None
    last_message: str | None = None
    clock_offset_s: float | None = None
    remote: str | None = None
    subprotocol: str | None = None
    security: Security = Security()
    connectors: tuple[Connector, ...] = ()


class AdmissionWanted(Wanted, frozen=True, kw_only=True):
    """An operator's decision on a station; null leaves it to the settings."""

    registration: RegistrationStatus | None


class PasswordWanted(Wanted, frozen=True, kw_only=True):
    """The password that the station must send from now on (its AuthorizationKey)."""

    password: Annotated[str, Meta(min_length=1, max_length=40, examples=["0123456789abcdef0123"])]


class Handshake(Resource, frozen=True, kw_only=True):
    """One attempt to connect. `hint` says in plain words what to change."""

    at: datetime
    charge_point_id: str
    path: str
    offered: list[str]
    chosen: str | None
    authentication: str
    tls: str | None
    remote: str
    outcome: Literal["accepted", "refused", "reset"]
    http_status: int
    reason: str
    hint: str


class WaitingStation(Resource, frozen=True, kw_only=True):
    """An id that tried to connect and was held or refused.

    state: `pending` and `rejected` were told so in a BootNotification.conf, `refused` got no connection.
    attempts, first_at: of those that are remembered. may_be_accepted: one click lets it in.
    """

    charge_point_id: str
    state: Literal["pending", "rejected", "refused"]
    online: bool
    attempts: int
    first_at: datetime | None
    last_at: datetime | None
    reason: str
    hint: str
    latest: Handshake | None
    may_be_accepted: bool
