"""What is recorded of one connection. It sees the bytes that pass, and nothing that goes wrong in it gets out."""

import base64
import logging
from collections.abc import Callable
from typing import Any

from chargeproof.central_system.ports import Handshake
from chargeproof.central_system.upgrade import lacks_connection_upgrade
from chargeproof.central_system.veil import Veil
from chargeproof.proxy.frames import FrameReader, Message, NotReadable, Opcode, compressions
from chargeproof.proxy.heads import read_answer, split_head
from chargeproof.proxy.records import StationRecord
from chargeproof.trace import (
    ConnectionClosed,
    ConnectionOpened,
    Frame,
    HandshakeSeen,
    Note,
    Party,
    Pong,
    Sender,
)

logger = logging.getLogger(__name__)

SWITCHING_PROTOCOLS = 101
MAX_ANSWER_BYTES = 64 * 1024

VEIL = Veil()
"""One for the process, so that the same password is known again in a record."""


class Tap:
    """Reads along from the request's head on. ``passed`` is given every byte after it, in both directions."""

    def __init__(
        self, record: StationRecord, handshake: Handshake, on_trouble: Callable[[str], None]
    ) -> None:
        self._record = record
        self._handshake = handshake
        self._on_trouble = on_trouble
        self._readers: dict[Sender, FrameReader] = {}
        self._unread: dict[Sender, bytearray] = {"charge_point": bytearray(), "central_system": bytearray()}
        self._connection: int | None = None
        self._ending: tuple[int | None, str, Party] | None = None
        self._is_blind = False

    def passed(self, sender: Sender, received: bytes) -> None:
        """These bytes have been passed on."""
        self._guarded(self._read, sender, received)

    def unreachable(self, reason: str) -> None:
        """The upstream could not be reached, so that the station's connection was reset."""
        self._guarded(self._shake, "reset", 0, None, f"the upstream could not be reached: {reason}")

    def stopped(self) -> None:
        """The proxy ends, and with it the connection."""
        self._ending = self._ending or (None, "the proxy was stopped", "network")

    def ended(self) -> None:
        """Both ends are gone."""
        self._guarded(self._end)

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        if self._is_blind:
            return
        try:
            work(*arguments)
        except NotReadable as error:
            self._go_blind(str(error))
        except Exception as error:
            logger.exception("reading along failed")
            self._go_blind(f"{type(error).__name__}: {error}")

    def _go_blind(self, reason: str) -> None:
        """The traffic goes on unread; the record says from where on."""
        self._is_blind = True
        name = self._record.charge_point_id
        self._on_trouble(f"{name} is passed on but no longer read: {reason}")
        self._record.add(Note, name="not_read", value=reason)
        if self._connection is not None:
            # What follows is not seen: for the judge this connection ends here.
            self._record.add(
                ConnectionClosed, connection=self._connection, reason=f"no longer read: {reason}"
            )

    def _read(self, sender: Sender, received: bytes) -> None:
        if self._connection is None:
            self._unread[sender] += received
            self._await_answer()
        else:
            self._take(sender, received)

    def _await_answer(self) -> None:
        parts = split_head(bytes(self._unread["central_system"]))
        if parts is None:
            if max(map(len, self._unread.values())) > MAX_ANSWER_BYTES:
                raise NotReadable(f"no answer to the handshake within {MAX_ANSWER_BYTES} bytes")
            return
        answer = read_answer(parts[0])
        if answer is None:
            raise NotReadable("the upstream's answer is no HTTP")
        if answer.status != SWITCHING_PROTOCOLS:
            self._shake("refused", answer.status, None, "refused by the upstream")
            self._is_blind = True
            return
        station, system = compressions(answer.extensions)
        self._readers = {"charge_point": FrameReader(station), "central_system": FrameReader(system)}
        self._shake("accepted", answer.status, answer.subprotocol, "")
        self._record.connections += 1
        self._connection = self._record.connections
        self._record.add(
            ConnectionOpened,
            connection=self._connection,
            remote=self._handshake.remote,
            subprotocol=answer.subprotocol,
        )
        early = bytes(self._unread["charge_point"])
        self._unread.clear()
        self._take("charge_point", early)
        self._take("central_system", parts[1])

    def _shake(self, outcome: str, status: int, chosen: str | None, hint: str) -> None:
        shake = self._handshake
        if not hint and lacks_connection_upgrade(shake):
            hint = "the request has no header Connection: Upgrade"
        self._record.add(
            HandshakeSeen,
            path=shake.path,
            charge_point_id=shake.charge_point_id,
            remote=shake.remote,
            offered=shake.offered,
            chosen=chosen,
            authentication="none" if shake.password is None else "basic, passed on",
            tls=shake.tls,
            outcome=outcome,
            http_status=status,
            hint=hint,
        )

    def _take(self, sender: Sender, received: bytes) -> None:
        for message in self._readers[sender].feed(received):
            self._keep(sender, message)

    def _keep(self, sender: Sender, message: Message) -> None:
        connection = self._connection
        match message.opcode:
            case Opcode.CLOSE:
                if self._ending is None:
                    self._ending = (message.close_code, message.close_reason, sender)
            case Opcode.PONG:
                if sender == "charge_point":
                    self._record.add(Pong, connection=connection)
            case Opcode.TEXT | Opcode.BINARY:
                self._record.add(Frame, connection=connection, sender=sender, **_content(message))

    def _end(self) -> None:
        if self._connection is None:
            return
        code, reason, by = self._ending or (None, "the connection was lost", "network")
        self._record.add(ConnectionClosed, connection=self._connection, code=code, reason=reason, by=by)


def _content(message: Message) -> dict[str, str]:
    """Text as text; a binary message, or one that is not UTF-8, as base64. Passwords in it are veiled."""
    if message.opcode is Opcode.TEXT:
        try:
            return {"text": VEIL.text(message.payload.decode())}
        except UnicodeDecodeError:
            pass
    veiled = VEIL.text(message.payload.decode("latin-1")).encode("latin-1")
    return {"base64": base64.b64encode(veiled).decode()}
