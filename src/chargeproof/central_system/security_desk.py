"""The security extension on our side: certificates for stations, their logs, firmware that is signed for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from chargeproof.central_system.commands import CommandResult, Priority
from chargeproof.central_system.file_desk import FileDesk
from chargeproof.central_system.ports import (
    CertificateAuthority,
    FirmwareSignature,
    FirmwareSigner,
    SignedCertificate,
)
from chargeproof.errors import UsageError
from chargeproof.files.ports import Job, Scheme
from chargeproof.ocpp import Request
from chargeproof.ocpp.security import (
    CertificateSigned,
    GetLog,
    LogParameters,
    SignedFirmware,
    SignedUpdateFirmware,
)
from chargeproof.ocpp.security_enums import LogType
from chargeproof.store import Store

log = logging.getLogger(__name__)
R = TypeVar("R", bound=Request)

ANSWER_WITHIN_S = 5.0
"""How long a station waits for the answer to SignCertificate; an authority may take longer to sign."""


class Requested(msgspec.Struct, frozen=True):
    """A log or an update that was asked for: `request_id` comes back in each notification, `job` is its place."""

    request_id: int
    job: Job
    result: CommandResult


class Prepared(msgspec.Struct, Generic[R], frozen=True):
    """The same before it is asked: its place is open."""

    request_id: int
    job: Job
    request: R


class Caller(Protocol):
    """`CentralSystem.call`."""

    def __call__(
        self, charge_point_id: str, request: Request, /, *, priority: Priority = ...
    ) -> Awaitable[CommandResult]: ...


class Door(Protocol):
    """The port for TLS, as far as it can be another one for one address for a while."""

    def names(self) -> tuple[str, ...]:
        """The names and addresses in the certificates that it shows."""
        ...

    def show_to(self, address: str, chain_pem: str, key_pem: str) -> None: ...

    def speak_old_tls_to(self, address: str) -> None:
        """Nothing above TLS 1.1. Raises ToolError where this machine's OpenSSL does not speak that."""
        ...

    def show_own_to(self, address: str) -> None: ...


class SecurityDesk:
    """`use` says who signs; without an authority every SignCertificate is answered Rejected."""

    def __init__(self, call: Caller, files: FileDesk, store: Store, now: Callable[[], datetime]) -> None:
        self._call = call
        self._files = files
        self._store = store
        self._now = now
        self._authority: CertificateAuthority | None = None
        self._signer: FirmwareSigner | None = None
        self.door: Door | None = None
        self._authorities: dict[str, CertificateAuthority] = {}
        self._last_request_id = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def use(
        self,
        authority: CertificateAuthority | None,
        signer: FirmwareSigner | None,
        door: "Door | None" = None,
    ) -> None:
        """Who signs certificates of stations, who signs firmware, and what the port for TLS shows."""
        self._authority, self._signer, self.door = authority, signer, door

    @property
    def authority(self) -> CertificateAuthority | None:
        return self._authority

    @property
    def signer(self) -> FirmwareSigner | None:
        return self._signer

    def let_sign(self, charge_point_id: str, authority: CertificateAuthority | None) -> None:
        """Who signs for this station, for tests of what it believes; None: who signs for all."""
        if authority is None:
            self._authorities.pop(charge_point_id, None)
        else:
            self._authorities[charge_point_id] = authority

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    # Certificates.

    async def refusal(self, charge_point_id: str, csr_pem: str) -> str:
        """Why a signing request is refused, "" if it is not: then CertificateSigned follows by itself."""
        authority = self._authorities.get(charge_point_id, self._authority)
        if authority is None:
            return "this central system has no certificate authority"
        signing = asyncio.ensure_future(authority.sign(csr_pem, charge_point_id))
        await asyncio.wait([signing], timeout=ANSWER_WITHIN_S)
        if signing.done():
            error = signing.exception()
            if error is not None:
                log.error("the authority failed: %s", error, extra={"station": charge_point_id})
                return "the certificate authority failed"
            if signing.result().chain_pem is None:
                return signing.result().refusal
        task = asyncio.get_running_loop().create_task(self._deliver(charge_point_id, signing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return ""

    async def _deliver(self, charge_point_id: str, signing: "asyncio.Future[SignedCertificate]") -> None:
        about = {"station": charge_point_id}
        try:
            signed = await signing
        except Exception as error:
            log.error("the authority failed: %s", error, extra=about)
            return
        if signed.chain_pem is None:
            log.warning("the authority refused: %s", signed.refusal, extra=about)
            return
        command = CertificateSigned(certificate_chain=signed.chain_pem)
        result = await self._call(charge_point_id, command, priority=Priority.AUTOMATION)
        log.info("CertificateSigned: %s", result.state, extra=about)

    # Logs and firmware.

    async def log_wanted(
        self,
        charge_point_id: str,
        log_type: LogType,
        *,
        scheme: Scheme = "http",
        oldest: datetime | None = None,
        latest: datetime | None = None,
        retries: int | None = None,
        retry_interval_s: int | None = None,
    ) -> Prepared[GetLog]:
        """A place with our own file service, and the question for a log that shall be left there."""
        request_id = await self.next_request_id()
        job = await self._files.open_upload(charge_point_id, scheme, request_id=request_id)
        place = LogParameters(remote_location=job.url, oldest_timestamp=oldest, latest_timestamp=latest)
        request = GetLog(
            log_type=log_type,
            request_id=request_id,
            log=place,
            retries=retries,
            retry_interval=retry_interval_s,
        )
        return Prepared(request_id, job, request)

    async def update_wanted(
        self,
        charge_point_id: str,
        content: bytes,
        name: str,
        *,
        signature: FirmwareSignature | None = None,
        scheme: Scheme = "http",
        retrieve_at: datetime | None = None,
        install_at: datetime | None = None,
        retries: int | None = None,
        retry_interval_s: int | None = None,
    ) -> Prepared[SignedUpdateFirmware]:
        """The file, offered, and the question to install it. Raises UsageError where nobody signs.

        signature: of the file's maker; None: it is signed here.
        """
        if signature is None:
            if self._signer is None:
                raise UsageError(
                    "nobody signs firmware here", remedy="Use the embedded certificate authority"
                )
            signature = await self._signer.sign_firmware(content)
        request_id = await self.next_request_id()
        job = await self._files.offer_download(charge_point_id, content, name, scheme, request_id=request_id)
        firmware = SignedFirmware(
            location=job.url,
            retrieve_date_time=retrieve_at or self._now(),
            install_date_time=install_at,
            signing_certificate=signature.certificate_pem,
            signature=signature.signature,
        )
        request = SignedUpdateFirmware(
            request_id=request_id, firmware=firmware, retries=retries, retry_interval=retry_interval_s
        )
        return Prepared(request_id, job, request)

    async def get_log(self, charge_point_id: str, log_type: LogType, **how: Any) -> Requested:
        """Ask for a log; `how` as `log_wanted` takes it."""
        return await self._asked(charge_point_id, await self.log_wanted(charge_point_id, log_type, **how))

    async def update_firmware(self, charge_point_id: str, content: bytes, name: str, **how: Any) -> Requested:
        """Have firmware installed; `how` as `update_wanted` takes it."""
        prepared = await self.update_wanted(charge_point_id, content, name, **how)
        return await self._asked(charge_point_id, prepared)

    async def _asked(self, charge_point_id: str, prepared: "Prepared[Any]") -> Requested:
        result = await self._call(charge_point_id, prepared.request)
        return Requested(prepared.request_id, prepared.job, result)

    async def next_request_id(self) -> int:
        """For a log or a signed update."""
        kept = await self._store.last_request_id()
        self._last_request_id = max(self._last_request_id, kept) + 1
        return self._last_request_id
