"""The security extension on our side: certificates for stations, their logs, firmware that is signed for them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

import msgspec

from chargeproof.central_system.commands import CommandResult, Priority
from chargeproof.central_system.file_desk import FileDesk
from chargeproof.central_system.ports import CertificateAuthority, FirmwareSigner, SignedCertificate
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

ANSWER_WITHIN_S = 5.0
"""How long a station waits for the answer to SignCertificate; an authority may take longer to sign."""


class Requested(msgspec.Struct, frozen=True):
    """A log or an update that was asked for: `request_id` comes back in each notification, `job` is its place."""

    request_id: int
    job: Job
    result: CommandResult


class Caller(Protocol):
    """`CentralSystem.call`."""

    def __call__(
        self, charge_point_id: str, request: Request, /, *, priority: Priority = ...
    ) -> Awaitable[CommandResult]: ...


class SecurityDesk:
    """`use` says who signs; without an authority every SignCertificate is answered Rejected."""

    def __init__(self, call: Caller, files: FileDesk, store: Store, now: Callable[[], datetime]) -> None:
        self._call = call
        self._files = files
        self._store = store
        self._now = now
        self._authority: CertificateAuthority | None = None
        self._signer: FirmwareSigner | None = None
        self._last_request_id = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, authority: CertificateAuthority | None, signer: FirmwareSigner | None) -> None:
        """Who signs certificates of stations, and who signs firmware."""
        self._authority, self._signer = authority, signer

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    # Certificates.

    async def refusal(self, charge_point_id: str, csr_pem: str) -> str:
        """Why a signing request is refused, "" if it is not: then CertificateSigned follows by itself."""
        if self._authority is None:
            return "this central system has no certificate authority"
        signing = asyncio.ensure_future(self._authority.sign(csr_pem, charge_point_id))
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

    async def get_log(
        self,
        charge_point_id: str,
        log_type: LogType,
        *,
        scheme: Scheme = "http",
        oldest: datetime | None = None,
        latest: datetime | None = None,
        retries: int | None = None,
        retry_interval_s: int | None = None,
    ) -> Requested:
        """Ask for a log, to be left with our own file service."""
        request_id = await self._next_request_id()
        job = await self._files.open_upload(charge_point_id, scheme, request_id=request_id)
        place = LogParameters(remote_location=job.url, oldest_timestamp=oldest, latest_timestamp=latest)
        request = GetLog(
            log_type=log_type,
            request_id=request_id,
            log=place,
            retries=retries,
            retry_interval=retry_interval_s,
        )
        return Requested(request_id, job, await self._call(charge_point_id, request))

    async def update_firmware(
        self,
        charge_point_id: str,
        content: bytes,
        name: str,
        *,
        scheme: Scheme = "http",
        retrieve_at: datetime | None = None,
        install_at: datetime | None = None,
        retries: int | None = None,
        retry_interval_s: int | None = None,
    ) -> Requested:
        """Sign a firmware file, offer it and ask the station to install it. Raises UsageError without a signer."""
        if self._signer is None:
            raise UsageError("nobody signs firmware here", remedy="Use the embedded certificate authority")
        signature = await self._signer.sign_firmware(content)
        request_id = await self._next_request_id()
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
        return Requested(request_id, job, await self._call(charge_point_id, request))

    async def _next_request_id(self) -> int:
        kept = await self._store.last_request_id()
        self._last_request_id = max(self._last_request_id, kept) + 1
        return self._last_request_id
