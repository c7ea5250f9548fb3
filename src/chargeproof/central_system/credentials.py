"""Passwords of stations: kept as keyed digests in memory, since a handshake is decided without waiting."""

import hashlib
import hmac
import re
import secrets
from typing import Literal

import msgspec

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_NOBODYS = secrets.token_bytes(32)
"""Stands where a station has no password, so that finding that out takes as long as a wrong one."""

Which = Literal["none", "kept", "following"]
Form = Literal["", "hex text", "bytes", "text"]


class Recognized(msgspec.Struct, frozen=True):
    """What a password that was sent is. form: how it was written; see `trace.SecuritySeen`."""

    which: Which = "none"
    form: Form = ""

    def __bool__(self) -> bool:
        return self.which != "none"


STRANGE = Recognized()


class Credentials:
    """Digests by station, HMAC-SHA256 under one key. An empty key is replaced by a random one.

    An AuthorizationKey is set as hexadecimal text (OCPP security whitepaper); stations send it as that text
    or as the bytes it stands for. Both are accepted. While a station changes its password, the one that
    follows is accepted beside the one that is kept.
    """

    def __init__(self, key: bytes) -> None:
        self.lasting = bool(key)
        self._key = key or secrets.token_bytes(32)
        self._digests: dict[str, bytes] = {}
        self._following: dict[str, bytes] = {}

    def digest(self, password: bytes) -> bytes:
        """The digest to keep. Text that is hexadecimal counts as the bytes it stands for."""
        return self._hmac(_canonical(password))

    def keep(self, charge_point_id: str, digest: bytes | None, following: bytes | None = None) -> None:
        for digests, value in ((self._digests, digest), (self._following, following)):
            if value is None:
                digests.pop(charge_point_id, None)
            else:
                digests[charge_point_id] = value

    def kept(self, charge_point_id: str) -> tuple[bytes | None, bytes | None]:
        """The digests of its password and of the one that follows."""
        return self._digests.get(charge_point_id), self._following.get(charge_point_id)

    def has(self, charge_point_id: str) -> bool:
        return charge_point_id in self._digests

    def fits(self, charge_point_id: str, password: bytes) -> bool:
        return bool(self.recognize(charge_point_id, password))

    def recognize(self, charge_point_id: str, password: bytes) -> Recognized:
        """Which password of the station this is; takes the same time whatever is wrong with it."""
        canonical = _canonical(password)
        as_sent, as_hex = self._hmac(password), self._hmac(canonical)
        found = STRANGE
        wanted: tuple[tuple[Which, bytes | None], ...] = (
            ("kept", self._digests.get(charge_point_id)),
            ("following", self._following.get(charge_point_id)),
        )
        for which, digest in wanted:
            fits_as_sent = hmac.compare_digest(as_sent, digest or _NOBODYS)
            fits_as_hex = hmac.compare_digest(as_hex, digest or _NOBODYS)
            if digest is not None and (fits_as_sent or fits_as_hex):
                found = Recognized(which, _form(password, canonical, fits_as_sent))
        return found

    def _hmac(self, password: bytes) -> bytes:
        return hmac.new(self._key, password, hashlib.sha256).digest()


def _canonical(password: bytes) -> bytes:
    return bytes.fromhex(password.decode("ascii")) if _HEX.fullmatch(password) else password


def _form(password: bytes, canonical: bytes, fits_as_sent: bool) -> Form:
    if password != canonical and not fits_as_sent:
        return "hex text"
    is_text = password.isascii() and password.decode("ascii").isprintable()
    return "text" if is_text else "bytes"
