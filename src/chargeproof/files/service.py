"""The file service of an ordinary installation: FTP in a thread of its own, HTTP on the web application."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import msgspec

from chargeproof.clock import Clock
from chargeproof.errors import ToolError, cannot_listen
from chargeproof.files.ftp import FtpReport, FtpThread, JobSession
from chargeproof.files.ftps import TlsJobSession, ftps_context
from chargeproof.files.http import FileSite
from chargeproof.files.incoming import MAX_FILES
from chargeproof.files.jobs import JobBook, OpenJob, Secrets, Transfer
from chargeproof.files.names import address, safe_name
from chargeproof.files.ports import FileListener, Job, Kind, Scheme, StoredFile


class FileServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where files are served and what stations are told about it. Seconds and bytes.

    bind_host, ftp_port: where FTP listens; port 0: any free one; None: no FTP.
    ftps_port: the same within TLS; it needs `ftp_port` too, and certificates (`use_certificates`).
    advertised_host: the address in the URLs that stations get; it must be reachable from the station.
    http_port: of the web application that carries `http_site`. http_url: stands in front of /files/ in URLs
    instead of http://advertised_host:http_port, e.g. https://files.example.org behind a proxy.
    passive_ports: first and last port of FTP data connections; None: any. passive_address: the IPv4 address
    told in answer to PASV; None: the address that the station connected to.
    max_upload_bytes: of one file; max_upload_files: in one job.
    job_lifetime_s: a job is closed after so long. login_delay_s: after a wrong password.
    """

    bind_host: str = "127.0.0.1"
    advertised_host: str = "127.0.0.1"
    ftp_port: int | None = 2121
    ftps_port: int | None = None
    http_port: int = 8080
    http_url: str | None = None
    passive_ports: tuple[int, int] | None = None
    passive_address: str | None = None
    max_upload_bytes: int = 256 * 1024 * 1024
    max_upload_files: int = MAX_FILES
    job_lifetime_s: float = 24 * 3600.0
    login_delay_s: float = 1.0


class EmbeddedFileService:
    """A FileService that serves real stations. `start` and `stop` are for FTP; HTTP is up to the web server."""

    def __init__(self, folder: Path, *, clock: Clock, settings: FileServerSettings | None = None) -> None:
        self._folder = folder
        self._settings = settings or FileServerSettings()
        self._book = JobBook(clock)
        self._ftp: FtpThread | None = None
        self._certificates: tuple[tuple[Path, Path], ...] = ()
        self._ftps: tuple[int, type[JobSession]] | None = None
        self._http_port = self._settings.http_port
        self._http_scheme = "http"
        self._began: dict[int, datetime] = {}
        self._by_user: dict[str, OpenJob] = {}
        self._expiring: set[asyncio.Task[None]] = set()
        self.http_site = FileSite(
            self._book, self._folder_of, self._settings.max_upload_bytes, self._settings.max_upload_files
        )

    @property
    def ftp_port(self) -> int | None:
        """The port that is listened on, None without FTP."""
        return self._ftp.port if self._ftp is not None else None

    @property
    def ftps_port(self) -> int | None:
        """The port that is listened on, None without FTPS."""
        return self._ftps[0] if self._ftps is not None else None

    def use_certificates(self, pairs: Sequence[tuple[Path, Path]]) -> None:
        """Certificates and keys (PEM) of FTPS. While serving: for new connections. Raises SettingsError."""
        self._certificates = tuple(pairs)
        if self._ftps is not None:
            self._ftps[1].ssl_context = ftps_context(self._certificates)

    def use_http_port(self, port: int, scheme: str = "http") -> None:
        """Say where the web application really listens, if that was only known later."""
        self._http_port = port
        self._http_scheme = scheme

    async def start(self) -> None:
        """Raises UsageError if the FTP address cannot be used, ToolError if the folder cannot be made."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ToolError(
                f"the folder for files cannot be made: {error.strerror}", str(self._folder)
            ) from error
        settings = self._settings
        if settings.ftp_port is None:
            return
        loop = asyncio.get_running_loop()

        def report(told: FtpReport) -> None:
            try:
                loop.call_soon_threadsafe(self._on_ftp, told)
            except RuntimeError:
                return  # the loop is closed: nobody is left to hear it

        try:
            self._ftp = FtpThread(
                settings.bind_host,
                settings.ftp_port,
                report,
                max_upload_bytes=settings.max_upload_bytes,
                max_upload_files=settings.max_upload_files,
                passive_ports=settings.passive_ports,
                passive_address=settings.passive_address,
                login_delay_s=settings.login_delay_s,
            )
        except OSError as error:
            raise cannot_listen("the FTP server", settings.bind_host, settings.ftp_port, error) from error
        if settings.ftps_port is not None:
            self._listen_for_ftps(self._ftp, settings.ftps_port)
        self._ftp.start()

    def _listen_for_ftps(self, thread: FtpThread, port: int) -> None:
        context = ftps_context(self._certificates)
        try:
            self._ftps = thread.listen(self._settings.bind_host, port, TlsJobSession, ssl_context=context)
        except OSError as error:
            thread.stop()
            self._ftp = None
            raise cannot_listen("the FTPS server", self._settings.bind_host, port, error) from error

    async def stop(self) -> None:
        """Close every job and the FTP server."""
        for opened in self._book.open_jobs():
            await self.close_job(opened.job.job_id)
        if self._ftp is not None:
            await asyncio.to_thread(self._ftp.stop)
            self._ftp = self._ftps = None

    async def offer_download(self, content: bytes | Path, name: str, scheme: Scheme = "http") -> Job:
        opened = await self._open("download", scheme, safe_name(name))
        path = self._folder_of(opened) / safe_name(name)
        size, digest = await asyncio.to_thread(_store, content, path)
        now = self._book.now()
        self._book.offer(opened, StoredFile(path.name, size, digest, path, now, now, ""))
        return opened.job

    async def open_upload(self, scheme: Scheme) -> Job:
        opened = await self._open("upload", scheme, "")
        self._book.publish(opened, "offered")
        return opened.job

    async def close_job(self, job_id: str) -> None:
        await self._close(self._book.find(job_id))

    async def list_files(self, job_id: str) -> list[StoredFile]:
        return list(self._book.find(job_id).received)

    async def stored_content(self, job_id: str, name: str) -> bytes | Path | None:
        for stored in self._book.received(job_id):
            if stored.name == name and stored.path is not None:
                return stored.path
        if name != safe_name(name) or job_id != safe_name(job_id):
            return None
        path = self._folder / job_id / name
        return path if await asyncio.to_thread(path.is_file) else None

    def watch(self, listener: FileListener) -> Callable[[], None]:
        return self._book.watch(listener)

    async def _open(self, kind: Kind, scheme: Scheme, name: str) -> OpenJob:
        drawn, job_id = Secrets.draw(), self._book.new_id()
        url = self._url(scheme, drawn, name)
        folder = self._folder / job_id
        await asyncio.to_thread(folder.mkdir)
        opened = self._book.add(job_id, kind, scheme, url, drawn)
        if scheme != "http" and self._ftp is not None:
            self._by_user[drawn.user] = opened
            self._ftp.users.add_job(drawn.user, drawn.password, folder, kind)
        loop = asyncio.get_running_loop()
        opened.expiry = loop.call_later(self._settings.job_lifetime_s, self._expire, opened)
        return opened

    def _url(self, scheme: Scheme, drawn: Secrets, name: str) -> str:
        settings = self._settings
        if scheme == "http":
            place = address(settings.advertised_host, self._http_port)
            site = settings.http_url or f"{self._http_scheme}://{place}"
            return f"{site.rstrip('/')}/files/{drawn.token}/{quote(name)}"
        if self._ftp is None:
            raise ToolError("there is no FTP server", remedy="Set an FTP port, or use HTTP")
        port = self._ftp.port if scheme == "ftp" else self.ftps_port
        if port is None:
            raise ToolError("there is no FTPS server", remedy="Set ftps_port, or use HTTPS")
        place = address(settings.advertised_host, port)
        return f"{scheme}://{drawn.user}:{drawn.password}@{place}/{quote(name)}"

    def _expire(self, opened: OpenJob) -> None:
        closing = asyncio.create_task(self._close(opened, "expired"))
        self._expiring.add(closing)
        closing.add_done_callback(self._expiring.discard)

    async def _close(self, opened: OpenJob, detail: str = "") -> None:
        if not opened.is_open:
            return
        self._book.close(opened, detail)
        if self._ftp is not None:
            await asyncio.to_thread(self._ftp.remove_user, opened.user)
        if opened.job.kind == "download":
            await asyncio.to_thread(shutil.rmtree, self._folder_of(opened), ignore_errors=True)

    def _folder_of(self, opened: OpenJob) -> Path:
        return self._folder / opened.job.job_id

    def _on_ftp(self, told: FtpReport) -> None:
        """On the event loop: what the FTP thread saw becomes an entry."""
        if told.what == "began":
            self._began[told.number] = self._book.now()
            return
        opened = self._by_user.get(told.user)
        if opened is None:
            return
        sha256, offered = told.sha256, opened.offered
        if told.what == "download" and offered is not None and told.complete and told.size == offered.size:
            sha256 = offered.sha256
        transfer = Transfer(
            name=told.name,
            size=told.size,
            sha256=sha256,
            complete=told.complete,
            began_at=self._began.pop(told.number, self._book.now()),
            remote=told.remote,
            path=told.path,
            detail=told.detail,
        )
        if told.what == "upload":
            self._book.uploaded(opened, transfer)
        elif told.what == "download":
            self._book.downloaded(opened, transfer)
        else:
            self._book.refused(opened, transfer)


def _store(content: bytes | Path, path: Path) -> tuple[int, str]:
    """Size and SHA-256 of what was stored."""
    if isinstance(content, Path):
        shutil.copyfile(content, path)
    else:
        path.write_bytes(content)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return path.stat().st_size, digest
