"""An FTP server in a thread of its own: every job has its own user and its own folder.

pyftpdlib has its own loop, so nothing of it is touched from other threads but through the `Mailbox`, and
nothing of ours is touched from its thread but `report`, which must be safe to call there.
"""

import errno
import itertools
import logging
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyftpdlib.ioloop  # first: it imports asyncore with its warning switched off
from OpenSSL import SSL
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.exceptions import AuthenticationFailed, FilesystemError, _RetryError
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.handlers.ftp.dispatchers import PassiveDTP
from pyftpdlib.servers import FTPServer

from chargeproof.files.ftp_mailbox import Mailbox
from chargeproof.files.incoming import MAX_FILES, IncomingFile, TooLong, TooMany
from chargeproof.files.names import safe_name
from chargeproof.files.ports import Kind

logger = logging.getLogger(__name__)
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())  # else it prints to the terminal

PERMISSIONS: dict[Kind, str] = {"upload": "elw", "download": "elr"}
CUT_OFF = "the transfer was cut off"
MAX_CONNECTIONS = 1024
MAX_CONNECTIONS_OF_ADDRESS = 256
"""Many stations may share an address; all the same no address takes all the room."""
UNCLEAN_END = "Unexpected EOF"
DID_NOT_WAIT = "the client went away without waiting for the answer; the file may be cut short"


class FtpReport(msgspec.Struct, frozen=True):
    """`what`: began, upload, download or refused. `number` ties the report of an end to that of its begin."""

    what: str
    user: str
    remote: str
    number: int = 0
    name: str = ""
    size: int = 0
    sha256: str | None = None
    complete: bool = True
    path: Path | None = None
    detail: str = ""


Report = Callable[[FtpReport], None]


class FtpThread:
    """The server. `host` and `port` are bound at once, so that a failure is the caller's OSError."""

    def __init__(
        self,
        host: str,
        port: int,
        report: Report,
        *,
        max_upload_bytes: int,
        max_upload_files: int = MAX_FILES,
        passive_ports: tuple[int, int] | None = None,
        passive_address: str | None = None,
        login_delay_s: float = 1.0,
        idle_timeout_s: int = 300,
    ) -> None:
        self.users = JobUsers()
        self._manner: dict[str, Any] = {
            "authorizer": self.users,
            "masquerade_address": passive_address,
            "auth_failed_timeout": login_delay_s,
            "timeout": idle_timeout_s,
            "passive_ports": range(passive_ports[0], passive_ports[1] + 1) if passive_ports else None,
            "report": staticmethod(report),
            "max_upload_bytes": max_upload_bytes,
            "max_upload_files": max_upload_files,
        }
        self._loop = pyftpdlib.ioloop.IOLoop()
        self._mailbox = Mailbox(self._loop)
        self._thread = threading.Thread(target=self._loop.loop, name="ftp", daemon=True)
        try:
            self.port, _ = self.listen(host, port, JobSession)
        except OSError:
            self.stop()
            raise

    def listen(
        self, host: str, port: int, kind: "type[JobSession]", **manner: Any
    ) -> "tuple[int, type[JobSession]]":
        """Listen at a port, before the start: the port, and the class of its sessions. Raises OSError."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=128)
        sessions: type[JobSession] = type("Sessions", (kind,), self._manner | manner)
        server = FTPServer(listener, sessions, ioloop=self._loop)
        server.max_cons, server.max_cons_per_ip = MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ADDRESS
        return int(listener.getsockname()[1]), sessions

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Blocks until every connection is closed and the thread has ended."""
        if self._thread.is_alive():
            self._mailbox.post(self._loop.close)
            self._thread.join()
        else:
            self._loop.close()
        self._mailbox.close_both()

    def remove_user(self, user: str) -> None:
        """Blocks until that user is nobody any more and its sessions are closed."""
        done = threading.Event()

        def remove() -> None:
            try:
                self.users.user_table.pop(user, None)
                for channel in tuple(self._loop.socket_map.values()):
                    if isinstance(channel, FTPHandler) and channel.username == user:
                        channel.close()
            finally:
                done.set()

        if self._thread.is_alive():
            self._mailbox.post(remove)
            done.wait()
        else:
            remove()


class JobUsers(DummyAuthorizer):  # type: ignore[misc]
    """One user per job. Removed users may do nothing, also in sessions that are still open."""

    def add_job(self, user: str, password: str, folder: Path, kind: Kind) -> None:
        self.add_user(user, password, str(folder), perm=PERMISSIONS[kind])

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        known = self.user_table.get(username)
        expected = known["pwd"] if known else secrets.token_hex(10)
        if not secrets.compare_digest(expected.encode(), password.encode("utf-8", "replace")) or not known:
            raise AuthenticationFailed("Authentication failed.")

    def has_perm(self, username: str, perm: str, path: str | None = None) -> bool:
        return perm in self.get_perms(username)

    def get_perms(self, username: str) -> str:
        return str(self.user_table.get(username, {}).get("perm", ""))


class JobUpload:
    """The file object that pyftpdlib writes an upload to; reports its end once."""

    def __init__(self, file: IncomingFile, session: "JobSession") -> None:
        self._file = file
        self._session = session
        self._number = session.began(file.name)
        self._ended = False
        self.name = str(file.path)

    @property
    def closed(self) -> bool:
        return self._file.closed

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)

    def seek(self, offset: int) -> None:
        self._file.seek(offset)

    def close(self) -> None:
        self.end(complete=False, detail=CUT_OFF)

    def end(self, *, complete: bool, detail: str = "", refused: bool = False) -> None:
        if self._ended:
            return
        self._ended = True
        self._file.close()
        self._session.ended(
            "refused" if refused else "upload",
            self._number,
            name=self._file.name,
            size=self._file.size,
            sha256=self._file.sha256(),
            complete=complete,
            path=self._file.path,
            detail=detail,
        )
        if refused:
            self._file.remove()


class JobFolder(AbstractedFS):  # type: ignore[misc]
    """The folder of one job. It has no folders in it, and names are made safe before they are used."""

    def chdir(self, path: str) -> None:
        # The library's own changes the working directory of the whole process.
        if not Path(path).is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "Not a directory")
        self.cwd = self.fs2ftp(path)

    def open(self, filename: str, mode: str) -> Any:
        session: JobSession = self.cmd_channel
        path = self._within(filename)
        if mode == "rb":
            file = path.open("rb")
            session.began(path.name)
            return file
        if mode == "r+b":
            incoming = IncomingFile.resume(self._latest(path), session.max_upload_bytes)
        else:
            incoming = self._new_file(path, session)
            session.latest[path.name] = incoming.path
        return JobUpload(incoming, session)

    def _new_file(self, path: Path, session: "JobSession") -> IncomingFile:
        try:
            return IncomingFile(path.parent, path.name, session.max_upload_bytes, session.max_upload_files)
        except TooMany as error:
            number = session.began(path.name)
            session.ended("refused", number, name=path.name, complete=False, detail=str(error))
            raise FilesystemError(f"{error}.") from error

    def mkstemp(self, suffix: str = "", prefix: str = "", dir: Any = None, mode: str = "wb") -> Any:
        return self.open(str(Path(self.root) / f"{prefix.rstrip('.')}{suffix}"), mode)

    def getsize(self, path: str) -> int:
        return self._latest(self._within(path)).stat().st_size

    def _within(self, filename: str) -> Path:
        asked = Path(filename)
        if asked.parent != Path(self.root):
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return Path(self.root) / safe_name(asked.name)

    def _latest(self, path: Path) -> Path:
        """Where the last upload of that name went in this session; across sessions, the name itself."""
        return Path(self.cmd_channel.latest.get(path.name, path))


class JobTransfer(DTPHandler):  # type: ignore[misc]
    """A data connection. It reports before the client is answered, so that no later message overtakes it."""

    _is_reported = False

    def handle_read(self) -> None:
        try:
            super().handle_read()
        except TooLong as error:
            self.file_obj.end(complete=False, detail=str(error), refused=True)
            self._resp = (f"552 {error}.", logger.warning)
            self.close()
            self.cmd_channel.close_when_done()
        except OSError as error:
            self.file_obj.end(complete=False, detail=f"could not be written: {error}")
            self._resp = ("452 The file could not be written.", logger.error)
            self.close()

    handle_read_event = handle_read

    def recv(self, buffer_size: int) -> bytes:
        try:
            chunk: bytes = self.socket.recv(buffer_size)
        except (ConnectionError, SSL.SysCallError) as error:
            if error.args[-1:] == (UNCLEAN_END,):
                raise  # the end of the connection without that of TLS: many stations do so
            # The library's own takes a reset for the end of a whole file.
            self.file_obj.end(complete=False, detail=CUT_OFF)
            self._resp = ("426 Connection closed; transfer aborted.", logger.info)
            self.close()
            return b""
        except BlockingIOError as error:
            raise _RetryError from error
        if not chunk:
            self.handle_close()
        return chunk

    def close(self) -> None:
        self.report_end()
        super().close()

    def report_end(self) -> None:
        """Once."""
        if self._closed or self.file_obj is None or self._is_reported:
            return
        self._is_reported = True
        if isinstance(self.file_obj, JobUpload):
            self._end_upload(self.file_obj)
        else:
            self._end_download()

    def _end_upload(self, upload: JobUpload) -> None:
        if self.transfer_finished:
            gone = self._client_is_gone()
            upload.end(complete=not gone, detail=DID_NOT_WAIT if gone else "")
        elif not upload.closed:
            whole = self._read_the_rest(upload)
            upload.end(complete=False, detail=DID_NOT_WAIT if whole else CUT_OFF)

    def _end_download(self) -> None:
        name = Path(self.file_obj.name).name
        detail = "" if self.transfer_finished else CUT_OFF
        session: JobSession = self.cmd_channel
        session.ended(
            "download",
            session.reading,
            name=name,
            size=self.tot_bytes_sent,
            complete=self.transfer_finished,
            detail=detail,
        )

    def _client_is_gone(self) -> bool:
        """Whether the control connection is closed too: a killed client looks like a finished transfer."""
        try:
            return bool(self.cmd_channel.socket.recv(1, socket.MSG_PEEK) == b"")
        except (BlockingIOError, SSL.WantReadError):
            return False
        except (OSError, SSL.Error):
            return True

    def _read_the_rest(self, upload: JobUpload) -> bool:
        """Take what has arrived already when the control connection is closed first; True at its end."""
        try:
            while chunk := self.socket.recv(self.ac_in_buffer_size):
                upload.write(chunk)
        except SSL.ZeroReturnError:
            return True
        except (OSError, SSL.Error, TooLong):
            return False
        return True


class JobPassiveEnd(PassiveDTP):  # type: ignore[misc]
    """Listens for a data connection, and does not leave the client waiting if that is dead on arrival."""

    def handle_accepted(self, sock: Any, addr: Any) -> None:
        super().handle_accepted(sock, addr)
        session = self.cmd_channel
        if self._closed and session.connected and session.data_channel is None and session._in_dtp_queue:
            file, _ = session._in_dtp_queue
            session._in_dtp_queue = None
            file.close()
            session.respond("426 Connection closed; transfer aborted.")


class JobSession(FTPHandler):  # type: ignore[misc]
    """A control connection."""

    abstracted_fs = JobFolder
    dtp_handler = JobTransfer
    passive_dtp = JobPassiveEnd
    banner = "File server ready."
    max_login_attempts = 3
    permit_foreign_addresses = False
    report: Report
    ssl_context: Any = None
    max_upload_bytes: int
    max_upload_files: int
    numbers = itertools.count(1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.latest: dict[str, Path] = {}
        self.reading = 0
        super().__init__(*args, **kwargs)

    def on_login_failed(self, username: str, password: str) -> None:
        if self.authorizer.has_user(username):
            detail = "wrong password"
            self.report(FtpReport("refused", username, self._remote(), detail=detail, complete=False))

    def began(self, name: str) -> int:
        self.reading = next(self.numbers)
        self.report(FtpReport("began", self.username, self._remote(), self.reading, name))
        return self.reading

    def ended(self, what: str, number: int, **facts: Any) -> None:
        self.report(FtpReport(what, self.username, self._remote(), number, **facts))

    def _remote(self) -> str:
        return f"{self.remote_ip}:{self.remote_port}"
