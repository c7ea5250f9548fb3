"""Firmware files, and the jobs by which stations fetch firmware and leave diagnostics."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from chargeproof.ocpp.security_enums import LogType
from chargeproof.resources.base import Resource, Wanted

JobKind = Literal["firmware", "diagnostics", "signed_firmware", "log"]


class FirmwareFile(Resource, frozen=True, kw_only=True):
    """A file that can be offered to stations. `size` in bytes."""

    name: str
    size: int
    sha256: str
    uploaded_at: datetime
    uploaded_by: str


class JobStep(Resource, frozen=True, kw_only=True):
    """One thing that happened in a job. by: who showed it."""

    at: datetime
    by: Literal["operator", "file_server", "station"]
    step: str
    detail: str = ""


class JobFile(Resource, frozen=True, kw_only=True):
    """A file that passed. `complete` False: the transfer was cut off. downloadable: it is kept here."""

    name: str
    size: int | None
    sha256: str | None
    complete: bool
    at: datetime
    remote: str
    downloadable: bool


class FileJob(Resource, frozen=True, kw_only=True):
    """A place that was offered to a station for a file. state: the newest step in a word.

    kind: the last two are of the security extension, and have a request_id, which the station repeats.
    command_id: of the command that told the station about it.
    """

    job_id: str
    charge_point_id: str
    kind: JobKind
    request_id: int | None = None
    scheme: str
    opened_at: datetime
    closed_at: datetime | None
    state: str
    command_id: str | None
    steps: list[JobStep]
    files: list[JobFile]


class FileJobWanted(Wanted, frozen=True, kw_only=True):
    """Have a station fetch firmware (`file` names one of the firmware files) or leave its diagnostics or a log.

    kind: `signed_firmware` (SignedUpdateFirmware) and `log` (GetLog) are of the security extension. log_type: of a
    log. signature, signing_certificate: of signed firmware, as its maker gave them (base64 over the SHA-256 digest,
    and PEM); without them the embedded authority signs it. scheme: `http` is HTTPS where the web port speaks TLS.
    retrieve_at, install_at: when the firmware may be fetched and installed; none: now. since, until: of the
    diagnostics or log.
    """

    kind: JobKind
    file: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    log_type: LogType | None = None
    signature: Annotated[str, Meta(min_length=1, max_length=800)] | None = None
    signing_certificate: Annotated[str, Meta(min_length=1, max_length=5500)] | None = None
    scheme: Literal["http", "ftp", "ftps"] = "http"
    retrieve_at: Annotated[datetime, Meta(tz=True)] | None = None
    install_at: Annotated[datetime, Meta(tz=True)] | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    retries: Annotated[int, Meta(ge=0, le=100)] | None = None
    retry_interval_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None
