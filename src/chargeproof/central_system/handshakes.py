"""Every attempt to connect is kept: why a station is not shown is what people ask most."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from chargeproof.central_system.admission import must_close
from chargeproof.central_system.credentials import Credentials
from chargeproof.central_system.guesses import address_in
from chargeproof.central_system.leaking import WINDOW_S, Leaking, network_of
from chargeproof.central_system.ports import Admission, Handshake
from chargeproof.store.records import HandshakeRecord
from chargeproof.trace import HandshakeSeen

log = logging.getLogger(__name__)

Outcome = Literal["accepted", "refused", "reset"]
OF_ADDRESS = 1000
OF_ALL = 10_000
"""Refusals that are kept of one address and of all together; then a quarter of an hour makes room for as many."""


class Patience:
    """Strangers who are refused again and again fill neither the store nor the log; they are counted."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._of_address = Leaking(OF_ADDRESS, monotonic)
        self._of_all = Leaking(OF_ALL, monotonic)
        self._monotonic = monotonic
        self._told_at_s = -WINDOW_S

    def is_worth_keeping(self, record: HandshakeRecord) -> bool:
        if record.outcome != "refused":
            return True
        network = network_of(address_in(record.remote))
        if self._of_address.wait_s((network,)) > 0 or self._of_all.wait_s(()) > 0:
            if self._monotonic() - self._told_at_s >= WINDOW_S:
                self._told_at_s = self._monotonic()
                log.warning("refused so often that refusals are only counted now", extra={"remote": network})
            return False
        self._of_address.add((network,))
        self._of_all.add(())
        about = {"station": record.charge_point_id, "remote": record.remote}
        log.info("refused: %s", record.reason, extra=about)
        return True


def outcome_of(handshake: Handshake, admission: Admission) -> Outcome:
    if admission.reset:
        return "reset"
    return "accepted" if admission.accepted and not must_close(handshake, admission) else "refused"


def authentication_of(handshake: Handshake, credentials: Credentials) -> str:
    """What was sent and what came of it; never the password."""
    basic = _basic(handshake, credentials)
    certificate = handshake.secured.client if handshake.secured is not None else None
    if certificate is None:
        return basic
    if certificate.problem:
        shown = f"certificate, not believed: {certificate.problem}"
    elif not certificate.is_of(handshake.charge_point_id):
        shown = "certificate, of another name"
    else:
        shown = "certificate"
    return shown if handshake.password is None else f"{shown}; {basic}"


def _basic(handshake: Handshake, credentials: Credentials) -> str:
    kept = credentials.has(handshake.charge_point_id)
    if handshake.password is None:
        return "none, though a password is kept here" if kept else "none"
    recognized = credentials.recognize(handshake.charge_point_id, handshake.password)
    if not kept and not recognized:
        return "basic, not checked: no password is kept here"
    if handshake.user != handshake.charge_point_id:
        return "basic, with another user name"
    return "basic" if recognized else "basic, with a wrong password"


def record_of(
    handshake: Handshake, admission: Admission, authentication: str, at: datetime
) -> HandshakeRecord:
    return HandshakeRecord(
        at=at,
        charge_point_id=handshake.charge_point_id,
        path=handshake.path,
        offered=handshake.offered,
        chosen=admission.subprotocol,
        authentication=authentication,
        tls=handshake.tls,
        remote=handshake.remote,
        outcome=outcome_of(handshake, admission),
        http_status=0 if admission.reset else admission.http_status,
        reason=admission.reason,
        hint=admission.hint,
        security=admission.security,
    )


def entry_of(record: HandshakeRecord, mono: float) -> HandshakeSeen:
    return HandshakeSeen(
        at=record.at,
        mono=mono,
        path=record.path,
        charge_point_id=record.charge_point_id,
        remote=record.remote,
        offered=record.offered,
        chosen=record.chosen,
        authentication=record.authentication,
        tls=record.tls,
        outcome=record.outcome,
        http_status=record.http_status,
        hint=". ".join(part for part in (record.reason, record.hint) if part),
        security=record.security,
    )
