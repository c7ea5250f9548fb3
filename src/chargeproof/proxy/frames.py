"""WebSocket frames read along on a byte stream that passes by (RFC 6455 section 5). Sans I/O; changes nothing.

Fragments are put together, compressed messages (permessage-deflate, RFC 7692) inflated. Reading along must never
harm what passes: whatever cannot be understood raises ``NotReadable``, and the stream goes on unread.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
_DEFLATE_TAIL: Final = b"\x00\x00\xff\xff"


class Opcode(IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class NotReadable(Exception):
    """The stream is no WebSocket as it was agreed upon, or holds more than is kept in memory."""


@dataclass(frozen=True, slots=True)
class Message:
    """One whole message: TEXT or BINARY, or a control frame."""

    opcode: Opcode
    payload: bytes

    @property
    def close_code(self) -> int | None:
        """The code of a Close; None where it has none."""
        return int.from_bytes(self.payload[:2], "big") if len(self.payload) >= 2 else None

    @property
    def close_reason(self) -> str:
        return self.payload[2:].decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Compression:
    """What was agreed on permessage-deflate for one direction. ``takeover``: messages share their window."""

    takeover: bool = True


def compressions(extensions: str) -> tuple[Compression | None, Compression | None]:
    """What the answer's Sec-WebSocket-Extensions means for (client, server). Raises NotReadable."""
    chosen = [part.strip() for part in extensions.split(",") if part.strip()]
    if not chosen:
        return None, None
    name, *parameters = [word.strip().lower() for word in chosen[0].split(";")]
    if len(chosen) > 1 or name != "permessage-deflate":
        raise NotReadable(f"the extension {extensions} is not known here")
    return (
        Compression("client_no_context_takeover" not in parameters),
        Compression("server_no_context_takeover" not in parameters),
    )


class FrameReader:
    """Reads one direction of a WebSocket from its bytes, in whatever pieces they come."""

    def __init__(self, compression: Compression | None = None) -> None:
        self._compression = compression
        self._inflater = zlib.decompressobj(-15) if compression is not None else None
        self._bytes = bytearray()
        self._fragments = bytearray()
        self._kind: Opcode | None = None
        self._compressed = False

    def feed(self, received: bytes) -> Iterator[Message]:
        """The messages that these bytes complete. Raises NotReadable."""
        self._bytes += received
        while (frame := self._frame()) is not None:
            message = self._message(*frame)
            if message is not None:
                yield message

    def _frame(self) -> tuple[int, bytes] | None:
        """First byte and unmasked payload of the next frame; None while it is not complete."""
        waiting = self._bytes
        if len(waiting) < 2:
            return None
        length, at = waiting[1] & 0x7F, 2
        if length >= 126:
            at += 2 if length == 126 else 8
            if len(waiting) < at:
                return None
            length = int.from_bytes(waiting[2:at], "big")
        if length + len(self._fragments) > MAX_MESSAGE_BYTES:
            raise NotReadable(f"a message is longer than {MAX_MESSAGE_BYTES} bytes")
        masked = waiting[1] & 0x80
        end = at + (4 if masked else 0) + length
        if len(waiting) < end:
            return None
        payload = bytes(waiting[end - length : end])
        if masked:
            payload = _unmasked(payload, bytes(waiting[at : at + 4]))
        first = waiting[0]
        del waiting[:end]
        return first, payload

    def _message(self, first: int, payload: bytes) -> Message | None:
        try:
            opcode = Opcode(first & 0x0F)
        except ValueError:
            raise NotReadable(f"a frame has the unknown opcode {first & 0x0F}") from None
        if opcode >= Opcode.CLOSE:
            return Message(opcode, payload)
        if (opcode is Opcode.CONTINUATION) is (self._kind is None):
            raise NotReadable("the fragments of a message are not in their order")
        if opcode is not Opcode.CONTINUATION:
            self._kind, self._compressed = opcode, bool(first & 0x40)
        self._fragments += payload
        if not first & 0x80:
            return None
        whole, kind = bytes(self._fragments), self._kind
        self._fragments.clear()
        self._kind = None
        return Message(kind or opcode, self._inflated(whole) if self._compressed else whole)

    def _inflated(self, payload: bytes) -> bytes:
        if self._inflater is None or self._compression is None:
            raise NotReadable("a message is compressed, which was not agreed upon")
        try:
            text = self._inflater.decompress(payload + _DEFLATE_TAIL, MAX_MESSAGE_BYTES)
        except zlib.error as error:
            raise NotReadable(f"a compressed message cannot be read: {error}") from None
        if self._inflater.unconsumed_tail:
            raise NotReadable(f"a message is longer than {MAX_MESSAGE_BYTES} bytes")
        if not self._compression.takeover or self._inflater.eof:
            self._inflater = zlib.decompressobj(-15)
        return text


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    if not payload:
        return payload
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(len(payload), "big")
