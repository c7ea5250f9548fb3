"""What stands in records and in the store in place of a password that went over the wire.

A marker with a keyed digest: two markers are the same if and only if the values were, so that a record still
shows whether a station was given a new password, and nobody without the key can try passwords against it.
"""

import hashlib
import hmac
import re
import secrets

from chargeproof.ocpp.secrets import hide_secrets, is_secret_key

DIGITS = 12
MARKER = re.compile(rf"\[hidden [0-9a-f]{{{DIGITS}}}\]")
MASK = re.compile(r"[*•]+")
"""What a station lists in place of a password: nothing is left to hide, and that it did so is to be seen."""
_PURPOSE = b"chargeproof: values hidden in records"


class Veil:
    """Hides the values of secret configuration keys. An empty key is replaced by a random one."""

    def __init__(self, key: bytes = b"") -> None:
        self._key = hmac.new(key or secrets.token_bytes(32), _PURPOSE, hashlib.sha256).digest()

    def value(self, key: str, value: str | None) -> str | None:
        """The value of a configuration key as it may be kept."""
        return self._marker(value) if value and is_secret_key(key) else value

    def text(self, text: str) -> str:
        """A frame or payload as it may be kept: the same one where there is nothing to hide."""
        return hide_secrets(text, self._marker)

    def content(self, content: str | bytes) -> str | bytes:
        """As `text`, also for what is no UTF-8."""
        if isinstance(content, str):
            return self.text(content)
        return self.text(content.decode("latin-1")).encode("latin-1")

    def _marker(self, value: str) -> str:
        if MARKER.fullmatch(value) or MASK.fullmatch(value):
            return value
        digest = hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256)
        return f"[hidden {digest.hexdigest()[:DIGITS]}]"
