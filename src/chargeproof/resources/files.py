"""Firmware files, and the jobs by which stations fetch firmware and leave diagnostics."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

from chargeproof.resources.base import Resource, Wanted


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

    command_id: of the command that told the station about it.
    """

    job_id: str
    charge_point_id: str
    kind: Literal["firmware", "diagnostics"]
    scheme: str
    opened_at: datetime
    closed_at: datetime | None
    state: str
    command_id: str | None
    steps: list[JobStep]
    files: list[JobFile]


class FileJobWanted(Wanted, frozen=True, kw_only=True):
    """Have a station fetch firmware (`file` names one of the firmware files) or leave its diagnostics.

    retrieve_at: when the firmware may be fetched; none: now. since, until: of the diagnostics.
    """

    kind: Literal["firmware", "diagnostics"]
    file: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    scheme: Literal["http", "ftp"] = "http"
    retrieve_at: Annotated[datetime, Meta(tz=True)] | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    until: Annotated[datetime, Meta(tz=True)] | None = None
    retries: Annotated[int, Meta(ge=0, le=100)] | None = None
    retry_interval_s: Annotated[int, Meta(ge=0, le=86_400)] | None = None
