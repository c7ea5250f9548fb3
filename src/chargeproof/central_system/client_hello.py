"""The first message of a TLS client, read as far as it says why no connection comes about. Sans I/O.

RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2.
"""

import msgspec

RECORD_HEAD = 5
MAX_HELLO_BYTES = 16 * 1024
HANDSHAKE_RECORD, CLIENT_HELLO = 22, 1
SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_VERSIONS = 0, 13, 43
VERSIONS = {0x0300: "SSL 3", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}
ECDSA_P256 = 0x0403
RSA_PSS = frozenset({0x0804, 0x0805, 0x0806})
RSA_KEY_EXCHANGE = {
    0x000A: "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    0x002F: "TLS_RSA_WITH_AES_128_CBC_SHA",
    0x0035: "TLS_RSA_WITH_AES_256_CBC_SHA",
    0x003C: "TLS_RSA_WITH_AES_128_CBC_SHA256",
    0x003D: "TLS_RSA_WITH_AES_256_CBC_SHA256",
    0x009C: "TLS_RSA_WITH_AES_128_GCM_SHA256",
    0x009D: "TLS_RSA_WITH_AES_256_GCM_SHA384",
}
RSA_GCM = frozenset({0x009C, 0x009D})


WHITEPAPER_SUITES = {
    0xC02B: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    0xC02C: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    0x009C: RSA_KEY_EXCHANGE[0x009C],
    0x009D: RSA_KEY_EXCHANGE[0x009D],
    0x002F: RSA_KEY_EXCHANGE[0x002F],
}
"""Those that the OCPP 1.6 security whitepaper names (A00.FR.318, 422); the last one for TLS before 1.2."""


class ClientHello(msgspec.Struct, frozen=True):
    """What the client offers. `versions` newest first; `signatures` in the client's order."""

    versions: tuple[int, ...]
    cipher_suites: tuple[int, ...]
    signatures: tuple[int, ...] = ()
    server_name: str = ""

    @property
    def newest_version(self) -> str:
        newest = self.versions[0] if self.versions else 0
        return VERSIONS.get(newest, f"version 0x{newest:04x}")

    @property
    def version_names(self) -> tuple[str, ...]:
        return tuple(VERSIONS[version] for version in self.versions if version in VERSIONS)

    @property
    def whitepaper_suites(self) -> tuple[str, ...]:
        """Of the cipher suites that are offered, those that the whitepaper names."""
        return tuple(name for suite, name in WHITEPAPER_SUITES.items() if suite in self.cipher_suites)


class NotTls(Exception):
    """These bytes do not begin a TLS handshake."""


def record_length(received: bytes) -> int | None:
    """How long the first record is, head included; None while that cannot be seen. Raises NotTls."""
    if received[:1] and received[0] != HANDSHAKE_RECORD:
        raise NotTls
    if len(received) < RECORD_HEAD:
        return None
    if received[1] != 3:
        raise NotTls
    return RECORD_HEAD + int.from_bytes(received[3:5], "big")


def read_client_hello(record: bytes) -> ClientHello | None:
    """The hello in the first record; None if it cannot be read, which is then OpenSSL's to judge."""
    try:
        return _read(_Reader(record[RECORD_HEAD:]))
    except (IndexError, ValueError):
        return None


def _read(message: "_Reader") -> ClientHello | None:
    if message.number(1) != CLIENT_HELLO:
        return None
    body = _Reader(message.sized(3))
    legacy_version = body.number(2)
    body.take(32)
    body.sized(1)
    suites = _numbers(body.sized(2))
    body.sized(1)
    versions: tuple[int, ...] = (legacy_version,)
    signatures: tuple[int, ...] = ()
    server_name = ""
    extensions = _Reader(body.sized(2) if body.rest else b"")
    while extensions.rest:
        kind, content = extensions.number(2), _Reader(extensions.sized(2))
        if kind == SUPPORTED_VERSIONS:
            offered = [version for version in _numbers(content.sized(1)) if version in VERSIONS]
            versions = tuple(sorted(offered, reverse=True)) or versions
        elif kind == SIGNATURE_ALGORITHMS:
            signatures = _numbers(content.sized(2))
        elif kind == SERVER_NAME:
            names = _Reader(content.sized(2))
            names.number(1)
            server_name = names.sized(2).decode("ascii", "backslashreplace")
    return ClientHello(versions, suites, signatures, server_name)


def _numbers(content: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(content[at : at + 2], "big") for at in range(0, len(content) - 1, 2))


class _Reader:
    """Takes bytes from the front. Raises ValueError where there are too few."""

    def __init__(self, content: bytes) -> None:
        self.rest = content

    def take(self, size: int) -> bytes:
        if len(self.rest) < size:
            raise ValueError("cut short")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def sized(self, size_of_length: int) -> bytes:
        return self.take(self.number(size_of_length))
