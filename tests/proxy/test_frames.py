"""Reading WebSocket frames along: whole messages, whatever the pieces; and giving up without harm."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeproof.proxy.frames import (
    MAX_MESSAGE_BYTES,
    Compression,
    FrameReader,
    Message,
    NotReadable,
    Opcode,
    compressions,
)


def frame(opcode: int, payload: bytes, *, fin: bool = True, mask: bytes = b"", rsv: int = 0) -> bytes:
    first = (0x80 if fin else 0) | rsv | opcode
    size = len(payload)
    masked = 0x80 if mask else 0
    if size < 126:
        head = bytes([first, masked | size])
    elif size < 65536:
        head = bytes([first, masked | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([first, masked | 127]) + size.to_bytes(8, "big")
    body = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload)) if mask else payload
    return head + mask + body


def read(stream: bytes, sizes: list[int], compression: Compression | None = None) -> list[Message]:
    """Feed the stream in pieces of these sizes, the last one again and again."""
    reader = FrameReader(compression)
    found: list[Message] = []
    at = 0
    while at < len(stream):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        found += reader.feed(stream[at : at + size])
        at += size
    return found


messages = st.lists(
    st.tuples(st.sampled_from([1, 2]), st.binary(max_size=400), st.integers(1, 4)), max_size=6
)


@settings(deadline=None, max_examples=60)
@given(
    sent=messages,
    sizes=st.lists(st.integers(1, 50), min_size=1, max_size=20),
    mask=st.binary(min_size=4, max_size=4),
)
def test_messages_come_whole_however_the_stream_is_cut(
    sent: list[tuple[int, bytes, int]], sizes: list[int], mask: bytes
) -> None:
    stream = b""
    for kind, payload, parts in sent:
        size = len(payload) // parts + 1
        pieces = [payload[at : at + size] for at in range(0, max(len(payload), 1), size)]
        for index, piece in enumerate(pieces):
            stream += frame(kind if index == 0 else 0, piece, fin=index == len(pieces) - 1, mask=mask)
            stream += frame(9, b"between", mask=mask)
    found = [message for message in read(stream, list(sizes)) if message.opcode is not Opcode.PING]
    assert [(int(message.opcode), message.payload) for message in found] == [(k, p) for k, p, _ in sent]


@pytest.mark.parametrize("takeover", [True, False])
def test_compressed_messages_are_inflated(takeover: bool) -> None:
    texts = [b'[2,"1","Heartbeat",{}]', b'[2,"2","Heartbeat",{}]', b"x" * 5000]
    deflater = zlib.compressobj(wbits=-15)
    stream = b""
    for text in texts:
        packed = deflater.compress(text) + deflater.flush(zlib.Z_SYNC_FLUSH)
        stream += frame(1, packed[:-4], rsv=0x40)
        if not takeover:
            deflater = zlib.compressobj(wbits=-15)
    assert [message.payload for message in read(stream, [7], Compression(takeover))] == texts


def test_a_close_tells_code_and_reason() -> None:
    (close,) = read(frame(8, (4001).to_bytes(2, "big") + "Grüße".encode()), [3])
    assert (close.close_code, close.close_reason) == (4001, "Grüße")
    (empty,) = read(frame(8, b""), [3])
    assert empty.close_code is None


@pytest.mark.parametrize(
    ("stream", "why"),
    [
        (frame(3, b""), "unknown opcode"),
        (frame(0, b"x"), "fragments"),
        (frame(1, b"x", fin=False) + frame(1, b"y"), "fragments"),
        (frame(1, b"x", rsv=0x40), "not agreed upon"),
        (bytes([0x81, 127]) + (MAX_MESSAGE_BYTES + 1).to_bytes(8, "big"), "longer than"),
    ],
)
def test_what_is_no_websocket_is_given_up_with_the_reason(stream: bytes, why: str) -> None:
    with pytest.raises(NotReadable, match=why):
        read(stream, [1])


def test_a_small_message_that_inflates_beyond_all_measure_is_given_up() -> None:
    deflater = zlib.compressobj(wbits=-15)
    packed = deflater.compress(bytes(2 * MAX_MESSAGE_BYTES)) + deflater.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(NotReadable, match="longer than"):
        read(frame(1, packed[:-4], rsv=0x40), [65536], Compression())


def test_the_agreed_extensions_are_understood_or_refused() -> None:
    assert compressions("") == (None, None)
    assert compressions("permessage-deflate; server_no_context_takeover") == (
        Compression(True),
        Compression(False),
    )
    with pytest.raises(NotReadable):
        compressions("x-other")
