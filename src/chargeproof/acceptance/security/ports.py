"""What the security cases do to a station beyond its messages: the tools, and what they may offer."""

from datetime import datetime
from typing import Literal, Protocol

from chargeproof.ocpp.security_enums import CertificateUse, LogType

CertificateOffered = Literal["good", "wrong key", "wrong name", "wrong root", "expired"]
"""Of the station, with CertificateSigned."""
FirmwareOffered = Literal["good", "bad signature", "wrong root", "expired"]
"""Signed firmware: the file's signature, or the certificate that it is checked with."""
ServerShown = Literal["wrong root", "wrong name", "expired"]
"""A certificate of the central system that no station may believe."""


RootOffered = Literal["stranger", "look-alike", "signed"]
"""To follow the root of the central system: signed by itself, likewise under the same name, by the one before."""


class SecurityTools(Protocol):
    """Everything is undone when the run ends. Raises CannotError for what cannot be done here.

    Passwords and keys are drawn inside and never come out: not into a result, a parameter or the record.
    """

    async def change_password(self, *, by_itself_s: float, within_s: float) -> str:
        """Draw a password, send it as AuthorizationKey, wait for the reconnect: how far that came, in a word.

        proved, rejected, not_sent or waiting. Until it is proved the old one is accepted too. ``by_itself_s``:
        how long the station may take to disconnect, before that is done for it; ``within_s``: to come back.
        """
        ...

    def reconnect(self) -> None:
        """Close the station's socket, so that it comes again."""
        ...

    def refuse_password(self, attempts: int) -> None:
        """Answer that many of its next handshakes with HTTP 401."""
        ...

    def choose_subprotocol(self, name: str | None, attempts: int = 1) -> None:
        """Answer that many of its next handshakes with another sub-protocol, or with none."""
        ...

    def serves_tls(self) -> bool:
        """Whether the station can come over TLS at all."""
        ...

    def show_server_certificate(self, shown: ServerShown) -> None:
        """Show it a certificate that is not to be believed from the next connection on."""
        ...

    def speak_old_tls(self) -> None:
        """Speak nothing above TLS 1.1 with it from the next connection on; the certificate is the right one."""
        ...

    def show_own_server_certificate(self) -> None:
        """Be the right server again."""
        ...

    def offer_certificate(self, offered: CertificateOffered) -> None:
        """Answer its next SignCertificate with such a certificate (CertificateSigned follows by itself)."""
        ...

    def test_root(self, use: CertificateUse) -> str:
        """A root certificate in PEM, one for each use, that no connection rests on; the same throughout a run.

        Firmware is signed under that of the manufacturer.
        """
        ...

    def root_of_authority(self) -> str:
        """The root in PEM of the authority that signs here."""
        ...

    def following_root(self, offered: RootOffered) -> str:
        """A root certificate in PEM to be offered in the place of that of the authority that signs here.

        A signed one is another one each time, with the same name and key: who trusts it trusts this server.
        """
        ...

    async def get_log(
        self, log_type: LogType, *, oldest: datetime | None = None, latest: datetime | None = None
    ) -> int:
        """Ask for a log, with a place for it on our server; returns the request id."""
        ...

    async def times_in_log(self, request_id: int) -> list[datetime]:
        """The time at the head of each line of a log that has come; none where it is no text with times."""
        ...

    def maker_signs(self, path: str) -> bool:
        """Whether the manufacturer's own signature and certificate lie beside a firmware file."""
        ...

    async def update_firmware(self, offered: FirmwareOffered, path: str) -> int:
        """Offer a signed firmware file (as ``offer_firmware`` finds it); returns the request id."""
        ...
