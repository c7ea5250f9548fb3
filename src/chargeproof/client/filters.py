"""What narrows a list down: the parameters of the lists, as the API names them."""

from datetime import datetime
from typing import Literal, TypedDict

from chargeproof.ocpp import AuthorizationStatus
from chargeproof.resources.files import JobKind
from chargeproof.resources.people import Outcome

Registration = Literal["Accepted", "Pending", "Rejected", "none"]


class Stretch(TypedDict, total=False):
    """From a time on, and before a time; times are aware."""

    since: datetime
    until: datetime


class StationFilter(TypedDict, total=False):
    """search: part of id, vendor, model, serial number or firmware."""

    search: str
    online: bool
    registration: Registration
    vendor: str
    model: str
    firmware_version: str
    tls: bool


class StatusFilter(TypedDict, total=False):
    connector_id: int
    since: datetime


class CommandFilter(TypedDict, total=False):
    action: str


class MessageFilter(Stretch, total=False):
    """action, kind: several with commas between. id: the message id. text: part of the request or the answer."""

    action: str
    kind: str
    caller: Literal["charge_point", "central_system"]
    id: str
    text: str
    deviating: bool


class TransactionFilter(Stretch, total=False):
    charge_point_id: str
    id_tag: str
    open: bool


class TransactionExport(Stretch, total=False):
    charge_point_id: str
    id_tag: str


class IdTagFilter(TypedDict, total=False):
    """search: part of tag, parent or note."""

    search: str
    status: AuthorizationStatus


class FileJobFilter(TypedDict, total=False):
    charge_point_id: str
    kind: JobKind


class RunFilter(TypedDict, total=False):
    """live: those that go on, or have ended."""

    charge_point_id: str
    vendor: str
    model: str
    live: bool


class RecordReading(TypedDict, total=False):
    """format: how a log is written; auto looks. charge_point_id: whose messages, in a log of several."""

    format: str
    charge_point_id: str


class AuditFilter(Stretch, total=False):
    who: str
    action: str
    outcome: Outcome
    text: str


class SecurityEventFilter(Stretch, total=False):
    type: str
    critical: bool


class CertificateFilter(TypedDict, total=False):
    """name: of the station or server."""

    name: str
    purpose: Literal["server", "station", "firmware"]
