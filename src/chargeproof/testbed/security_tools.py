"""What the security cases do to a station: passwords, refusals, certificates, logs, signed firmware."""

import base64
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from chargeproof.acceptance.ports import ApparatusError, Station
from chargeproof.acceptance.security.ports import (
    CertificateOffered,
    FirmwareOffered,
    RootOffered,
    ServerShown,
)
from chargeproof.acceptance.stage import CannotError
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.central_system.certificate_making import CsrRefused, read_csr
from chargeproof.central_system.password_change import change_password
from chargeproof.central_system.ports import Admission, FirmwareSignature, SignedCertificate
from chargeproof.central_system.security_desk import Door
from chargeproof.clock import Clock
from chargeproof.errors import ChargeproofError, ToolError
from chargeproof.files.ports import Scheme
from chargeproof.ocpp.security_enums import CertificateUse, LogType
from chargeproof.testbed.log_times import times_in
from chargeproof.testbed.papers import Papers
from chargeproof.trace import Entry, HandshakeSeen

UNAUTHORIZED = 401
NOBODY = ""
MAKERS_FILES = (".sig", ".pem")
"""Beside a firmware file: the manufacturer's signature of it, and the certificate to check that with."""
BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
OTHER_CONTENT = b"\nchanged after it was signed\n"


class SecurityToolbox:
    """Fulfils ``acceptance.security.ports.SecurityTools``.

    ``add`` puts an entry into the record of the run, ``take_job`` makes a file job one of this run; ``firmware``
    finds a file's content and name, ``scheme`` says how files go to and from the station.
    """

    def __init__(
        self,
        station: Station,
        central_system: CentralSystem,
        clock: Clock,
        *,
        add: Callable[[Entry], object],
        take_job: Callable[[str], None],
        firmware: Callable[[str], tuple[bytes, str]],
        scheme: Callable[[], Scheme],
    ) -> None:
        self._station = station
        self._id = station.charge_point_id
        self._central_system = central_system
        self._desk = central_system.security
        self._clock = clock
        self._take_job = take_job
        self._firmware = firmware
        self._scheme = scheme
        self._papers = Papers(lambda: self._desk.authority, clock.now)
        self._address = ""
        self._add = add
        self._unwatch: Callable[[], object] = lambda: None
        self._logs: dict[int, str] = {}

    def put_back(self) -> None:
        """Leave the central system as it was."""
        self._let_in()
        self.show_own_server_certificate()
        self._desk.let_sign(self._id, None)

    # Connections.

    async def change_password(self, *, by_itself_s: float, within_s: float) -> str:
        try:
            change = await change_password(
                self._central_system, self._id, by_itself_s=by_itself_s, within_s=within_s
            )
        except ChargeproofError as error:
            raise ApparatusError(f"the password cannot be changed: {error}") from error
        return change.state.value

    def reconnect(self) -> None:
        self._central_system.close_connection(self._id, "connect again")

    def refuse_password(self, attempts: int) -> None:
        refusal = Admission(
            accepted=False, http_status=UNAUTHORIZED, reason="refused on purpose, as a part of the test"
        )
        self._answer_handshakes(
            lambda judged: msgspec.structs.replace(refusal, security=judged.security), attempts
        )

    def choose_subprotocol(self, name: str | None, attempts: int = 1) -> None:
        self._answer_handshakes(
            lambda judged: msgspec.structs.replace(judged, subprotocol=name, even_unoffered=True), attempts
        )

    def _answer_handshakes(self, change: Callable[[Admission], Admission], attempts: int) -> None:
        left = attempts

        def changed(judged: Admission) -> Admission:
            nonlocal left
            if not judged.accepted:
                return judged
            left -= 1
            if left <= 0:
                self._let_in()
            return change(judged)

        self._central_system.policy(self._id).admission = changed

    def _let_in(self) -> None:
        self._central_system.policy(self._id).admission = lambda judged: judged

    # Certificates.

    def serves_tls(self) -> bool:
        return self._desk.door is not None

    def show_server_certificate(self, shown: ServerShown) -> None:
        door = self._door_of_station()
        door.show_to(self._address, *self._papers.server(shown, door.names()))
        self._unwatch = self._central_system.watch(NOBODY, self._on_nameless)

    def speak_old_tls(self) -> None:
        door = self._door_of_station()
        try:
            door.speak_old_tls_to(self._address)
        except ToolError as error:
            raise CannotError(str(error)) from error
        self._unwatch = self._central_system.watch(NOBODY, self._on_nameless)

    def _door_of_station(self) -> Door:
        """What is changed there is for its address alone."""
        door = self._desk.door
        if door is None:
            raise CannotError("nothing is served over TLS here")
        shakes = [each for each in self._station.record().of(HandshakeSeen) if each.outcome == "accepted"]
        if not shakes:
            raise CannotError("the record does not show from where the station connects")
        self._address = shakes[-1].remote
        return door

    def _on_nameless(self, entry: Entry) -> None:
        """A connection that ended before it said whose it is belongs to the station, by its address."""
        if isinstance(entry, HandshakeSeen) and _host(entry.remote) == _host(self._address):
            self._add(entry)

    def show_own_server_certificate(self) -> None:
        if self._desk.door is not None and self._address:
            self._desk.door.show_own_to(self._address)
        self._unwatch()

    def offer_certificate(self, offered: CertificateOffered) -> None:
        if self._desk.authority is None:
            raise CannotError("this central system has no certificate authority")
        if offered != "good":
            self._papers.root_of_authority()  # raises where nobody signs what is wrong
        self._desk.let_sign(self._id, None if offered == "good" else WrongSigner(self._papers, offered))

    def test_root(self, use: CertificateUse) -> str:
        return self._papers.test_root(use)

    def root_of_authority(self) -> str:
        return self._papers.root_of_authority()

    def following_root(self, offered: RootOffered) -> str:
        return self._papers.following_root(offered)

    # Files.

    async def get_log(
        self, log_type: LogType, *, oldest: datetime | None = None, latest: datetime | None = None
    ) -> int:
        try:
            wanted = await self._desk.log_wanted(
                self._id, log_type, scheme=self._scheme(), oldest=oldest, latest=latest
            )
        except (OSError, RuntimeError, ChargeproofError) as error:
            raise ApparatusError(f"no place for a log can be opened: {error}") from error
        self._take_job(wanted.job.job_id)
        self._logs[wanted.request_id] = wanted.job.job_id
        await self._station.call(wanted.request)
        return wanted.request_id

    async def times_in_log(self, request_id: int) -> list[datetime]:
        content = await self._central_system.files.content_of(self._logs[request_id])
        return times_in(content or b"")

    async def update_firmware(self, offered: FirmwareOffered, path: str) -> int:
        content, name = self._firmware(path)
        signature = self._signature(offered, path, content)
        if offered == "bad signature":
            content += OTHER_CONTENT
        try:
            wanted = await self._desk.update_wanted(
                self._id, content, name, signature=signature, scheme=self._scheme()
            )
        except (OSError, RuntimeError, ChargeproofError) as error:
            raise ApparatusError(f"the firmware file cannot be offered: {error}") from error
        self._take_job(wanted.job.job_id)
        await self._station.call(wanted.request)
        return wanted.request_id

    def maker_signs(self, path: str) -> bool:
        return self._of_maker(path) is not None

    def _of_maker(self, path: str) -> FirmwareSignature | None:
        """What a manufacturer gives with a firmware file."""
        try:
            signature, certificate = (self._firmware(path + ending)[0] for ending in MAKERS_FILES)
        except ApparatusError:
            return None
        return FirmwareSignature(
            certificate_pem=certificate.decode("ascii", "replace"), signature=in_base64(signature)
        )

    def _signature(self, offered: FirmwareOffered, path: str, content: bytes) -> FirmwareSignature:
        of_maker = self._of_maker(path) if offered in ("good", "bad signature") else None
        if of_maker is not None:
            return of_maker
        chain, key = self._papers.signing_certificate(offered)
        signed = base64.b64encode(key.sign(content, ec.ECDSA(SHA256()))).decode()
        return FirmwareSignature(certificate_pem=chain, signature=signed)


def _host(remote: str) -> str:
    return remote.rpartition(":")[0]


class WrongSigner:
    """Signs what it is asked to, but wrongly. Fulfils ``central_system.ports.CertificateAuthority``."""

    def __init__(self, papers: Papers, offered: CertificateOffered) -> None:
        self._papers = papers
        self._offered = offered

    async def sign(self, csr_pem: str, charge_point_id: str) -> SignedCertificate:
        try:
            csr = read_csr(csr_pem, charge_point_id)
            return SignedCertificate(chain_pem=self._papers.station(self._offered, csr))
        except (CsrRefused, CannotError) as refusal:
            return SignedCertificate(refusal=str(refusal))


def in_base64(signature: bytes) -> str:
    """A signature as it goes over the wire, whether its file holds text or bytes."""
    text = b"".join(signature.split())
    return (text if BASE64.fullmatch(text) else base64.b64encode(signature)).decode("ascii")


def read_firmware(place: Path) -> tuple[bytes, str]:
    """Raises ApparatusError for a file that cannot be read."""
    try:
        return place.read_bytes(), place.name
    except OSError as error:
        raise ApparatusError(f"the firmware file {place} cannot be read: {error.strerror}") from error
