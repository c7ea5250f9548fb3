"""Secrets that people and programs carry: made here, kept only as hashes."""

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "cp_"  # noqa: S105


def new_secret() -> str:
    """Of a session: 256 bits."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """An API token. Its prefix lets scanners of source code find one that was left there."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_id() -> str:
    """A public name for a token: no secret."""
    return secrets.token_hex(6)


def kept_hash(secret: str) -> str:
    """What is stored. A plain hash is enough for 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token_of(session_secret: str) -> str:
    """Pages know it and other sites cannot: it follows from the secret of the session, not the other way."""
    return hmac.new(session_secret.encode(), b"csrf", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
