"""Passwords of stations: kept as keyed digests in memory, since a handshake is decided without waiting."""

import hashlib
import hmac
import re
import secrets

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2})+")


class Credentials:
    """Digests by station, HMAC-SHA256 under one key. An empty key is replaced by a random one.

    An AuthorizationKey is set as hexadecimal text (OCPP security whitepaper); stations send it as that text
    or as the bytes it stands for. Both are accepted.
    """

    def __init__(self, key: bytes) -> None:
        self.lasting = bool(key)
        self._key = key or secrets.token_bytes(32)
        self._digests: dict[str, bytes] = {}

    def digest(self, password: bytes) -> bytes:
        """The digest to keep. Text that is hexadecimal counts as the bytes it stands for."""
        return self._hmac(_canonical(password))

    def keep(self, charge_point_id: str, digest: bytes | None) -> None:
        if digest is None:
            self._digests.pop(charge_point_id, None)
        else:
            self._digests[charge_point_id] = digest

    def has(self, charge_point_id: str) -> bool:
        return charge_point_id in self._digests

    def fits(self, charge_point_id: str, password: bytes) -> bool:
        """Whether this is the station's password; takes the same time whatever is wrong with it."""
        kept = self._digests.get(charge_point_id, b"")
        as_sent = hmac.compare_digest(self._hmac(password), kept)
        as_hex = hmac.compare_digest(self._hmac(_canonical(password)), kept)
        return as_sent or as_hex

    def _hmac(self, password: bytes) -> bytes:
        return hmac.new(self._key, password, hashlib.sha256).digest()


def _canonical(password: bytes) -> bytes:
    return bytes.fromhex(password.decode("ascii")) if _HEX.fullmatch(password) else password
