"""FTP within TLS: what `ftp.py` serves, over connections that begin in TLS or turn to it (AUTH TLS, RFC 4217).

Both kinds of clients come to one port: who says nothing for a moment waits for a greeting, and says AUTH TLS
then. No password and no file is taken in clear.
"""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyftpdlib.ioloop  # noqa: F401 - first: it imports asyncore with its warning switched off
from OpenSSL import SSL
from pyftpdlib.handlers.ftps.control import TLS_FTPHandler
from pyftpdlib.handlers.ftps.ssl import SSLConnectionMixin

from chargeproof.errors import SettingsError
from chargeproof.files.ftp import JobSession, JobTransfer

SAYS_NOTHING_S = 0.3
"""A client that begins in TLS speaks first; one that has not by then waits for the greeting."""
TLS_HANDSHAKE = b"\x16"
CIPHERS = (
    b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    b"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384"
)


def ftps_context(pairs: Sequence[tuple[Path, Path]]) -> SSL.Context:
    """Of certificates (with those above them) and their keys, PEM, one of each kind. Raises SettingsError."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION | SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_cipher_list(CIPHERS)
    context.set_session_id(b"chargeproof")
    for certificate, key in pairs:
        try:
            context.use_certificate_chain_file(str(certificate))
            context.use_privatekey_file(str(key))
            context.check_privatekey()
        except SSL.Error as error:
            raise SettingsError(
                "the certificate or its key cannot be used for FTPS",
                f"{certificate}, {key}",
                "Name two PEM files that belong together",
            ) from error
    return context


class TlsJobTransfer(SSLConnectionMixin, JobTransfer):  # type: ignore[misc]
    """A data connection in TLS."""

    def __init__(self, sock: Any, cmd_channel: Any) -> None:
        super().__init__(sock, cmd_channel)
        self.secure_connection(cmd_channel.ssl_context)

    def use_sendfile(self) -> bool:
        return False

    def close(self) -> None:
        self.report_end()  # before the good-bye of TLS, which may take its time
        super().close()

    def handle_failed_ssl_handshake(self) -> None:
        self.cmd_channel.respond("522 TLS handshake failed.")
        self.close()


class TlsJobSession(TLS_FTPHandler, JobSession):  # type: ignore[misc]
    """A control connection in TLS, from the start or after AUTH TLS."""

    dtp_handler = TlsJobTransfer
    passive_dtp = JobSession.passive_dtp
    tls_control_required = True
    tls_data_required = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._greeting: Any = None
        super().__init__(*args, **kwargs)

    def handle(self) -> None:
        self._greeting = self.ioloop.call_later(SAYS_NOTHING_S, self._greet, _errback=self.handle_error)

    def handle_read_event(self) -> None:
        if self._greeting is not None and not self._ssl_requested:
            try:
                first = self.socket.recv(1, socket.MSG_PEEK)
            except OSError:
                first = b""
            if first == TLS_HANDSHAKE:
                self.secure_connection(self.ssl_context)
        super().handle_read_event()

    def handle_ssl_established(self) -> None:
        self._greet()

    def close(self) -> None:
        self._no_more_waiting()
        super().close()

    def _greet(self) -> None:
        if self._greeting is not None and not self._ssl_accepting:
            self._no_more_waiting()
            super().handle()

    def _no_more_waiting(self) -> None:
        if self._greeting is not None and not self._greeting.cancelled:
            self._greeting.cancel()
        self._greeting = None
