"""The entries of a record: everything that was seen or done, in order, before anyone judged it.

A record is a list of entries. Each has a number ``n`` (from 1, without gaps), the arrival time ``at``
(UTC) and ``mono``, seconds on a clock that never jumps. Windows and spacings of arrival are taken from
``mono``; ``at`` is what people read. Entries are published with ``n=0`` and numbered by the recorder.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

Sender = Literal["charge_point", "central_system"]
Party = Literal["charge_point", "central_system", "network"]


class Entry(msgspec.Struct, kw_only=True, frozen=True, tag_field="kind", omit_defaults=True):
    """What every entry has: number, wall-clock time (aware, UTC) and monotonic seconds.

    ``line``: of the log of another system that it was made of.
    """

    n: int = 0
    at: datetime
    mono: float
    line: int | None = None


class RunBegan(Entry, kw_only=True, frozen=True, tag="run_began"):
    """The head of a record: which tool, which station, which functions, which rules of waiting.

    A record of several parts (a function was repeated) has a head at the beginning of each.
    ``windows`` holds seconds by name (``acceptance.windows``), ``profile`` what the operator stated about
    the model, ``environment`` facts of our side (host, versions, scaled clock).
    """

    schema: int = 1
    tool_version: str
    rule_set: str
    charge_point_id: str
    site: str
    functions: tuple[int, ...]
    windows: dict[str, float] = {}
    profile: dict[str, Any] = {}
    environment: dict[str, Any] = {}


class RunEnded(Entry, kw_only=True, frozen=True, tag="run_ended"):
    """The tail: ``completed``, ``stopped`` by a person, or ``failed`` through an error of ours.

    ``interrupted``: the program that wrote the record died; the tail was added when it was found.
    """

    outcome: Literal["completed", "stopped", "failed", "interrupted"]
    detail: str = ""


class SecuritySeen(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True, gc=False):
    """What a connection used, as far as it came.

    profile: the security profile that it amounts to (0 to 3). server_certificate: ``RSA`` or ``ECDSA``.
    client_...: of the station's certificate. password_form: how its password was written: ``hex text``,
    ``bytes`` (that the hex text stands for) or ``text``; empty without a password that fits.
    versions_offered, suites_offered: what the station's first TLS message offers; of the cipher suites those that
    the OCPP 1.6 security whitepaper names. new_password: its password is the one that it was told to use from
    now on, and that nothing had proved before.
    """

    profile: int = 0
    protocol: str = ""
    cipher: str = ""
    server_certificate: str = ""
    client_subject: str = ""
    client_issuer: str = ""
    client_serial: str = ""
    client_expires_at: datetime | None = None
    password_form: str = ""
    versions_offered: tuple[str, ...] = ()
    suites_offered: tuple[str, ...] = ()
    new_password: bool = False


class HandshakeSeen(Entry, kw_only=True, frozen=True, tag="handshake"):
    """One attempt to open a WebSocket, accepted or not. ``hint`` says what to change, in plain words.

    ``since``: it took place then, before the record began, and the socket that came of it is still open.
    """

    path: str
    charge_point_id: str
    remote: str
    offered: tuple[str, ...] = ()
    chosen: str | None = None
    authentication: str = "none"
    tls: str | None = None
    outcome: Literal["accepted", "refused", "reset"]
    http_status: int = 101
    hint: str = ""
    security: SecuritySeen | None = None
    since: datetime | None = None


class ConnectionOpened(Entry, kw_only=True, frozen=True, tag="connection_opened"):
    """A socket is open. ``connection`` counts up and names it in frames.

    ``assumed``: nobody saw it, as in a log that holds messages alone. Such a socket proves nothing: it may have
    broken and come back between any two messages.
    ``since``: the record began later than the socket, which was open since then.
    """

    connection: int
    remote: str = ""
    subprotocol: str | None = None
    assumed: bool = False
    since: datetime | None = None


class ConnectionClosed(Entry, kw_only=True, frozen=True, tag="connection_closed"):
    """That socket is gone: WebSocket close code (None: none was received), and by whom."""

    connection: int
    code: int | None = None
    reason: str = ""
    by: Party = "network"


class Frame(Entry, kw_only=True, frozen=True, tag="frame"):
    """One whole WebSocket message as it was on the wire, kept before anything parsed it.

    ``text`` holds it; a message that is not UTF-8 is kept in ``base64`` instead.
    """

    connection: int
    sender: Sender
    text: str | None = None
    base64: str | None = None


class Pong(Entry, kw_only=True, frozen=True, tag="pong"):
    """The station answered a WebSocket ping: proof of life without OCPP traffic."""

    connection: int


class PingUnanswered(Entry, kw_only=True, frozen=True, tag="ping_unanswered"):
    """The station let a WebSocket ping go by for as long as we wait; told once for each socket."""

    connection: int


class CommandChanged(Entry, kw_only=True, frozen=True, tag="command"):
    """A command of ours changed its state (``queued``, ``sent``, ``accepted``, ``timed_out``, ...)."""

    unique_id: str
    action: str
    state: str
    detail: str = ""


class FileTransferred(Entry, kw_only=True, frozen=True, tag="file"):
    """Something happened at our file server. Sizes in bytes; ``url`` without its credentials."""

    job: str
    event: Literal["offered", "download", "upload", "refused", "closed"]
    url: str = ""
    scheme: str = ""
    name: str = ""
    size: int | None = None
    sha256: str | None = None
    complete: bool = True
    began_at: datetime | None = None
    ended_at: datetime | None = None
    remote: str = ""
    detail: str = ""


class Reach(Entry, kw_only=True, frozen=True, tag="reach"):
    """From here on the central system is out of reach for this station (or in reach again)."""

    reachable: bool


class ActChanged(Entry, kw_only=True, frozen=True, tag="act"):
    """An act at the parking place: ``asked``, then ``done``, ``seen``, ``cannot``, ``stopped`` or ``failed``.

    ``seen`` means that the station's own messages showed it before anybody said *done*. ``failed`` is a
    broken apparatus. ``number`` ties the two entries of one act together.
    """

    number: int
    act: str
    phase: Literal["asked", "done", "seen", "cannot", "stopped", "failed"]
    by: str
    parameters: dict[str, Any] = {}
    detail: str = ""


class StepChanged(Entry, kw_only=True, frozen=True, tag="step"):
    """A named step of the drive began or ended; ``function`` is the document's number, None around them.

    ``cannot``: the step could not be taken at this station (with the reason). ``failed``: an error of ours.
    """

    step: str
    phase: Literal["began", "ended", "cannot", "failed"]
    function: int | None = None
    parameters: dict[str, Any] = {}
    detail: str = ""


class WindowChanged(Entry, kw_only=True, frozen=True, tag="window"):
    """The drive waited ``seconds`` at most for ``awaited``; ``closed`` says whether it was ``met``."""

    window: int
    phase: Literal["opened", "closed"]
    awaited: str
    seconds: float
    met: bool = False


class Note(Entry, kw_only=True, frozen=True, tag="note"):
    """A fact that the drive learnt and a reader of the record may want, as name and value."""

    name: str
    value: Any = None


AnyEntry = (
    RunBegan
    | RunEnded
    | HandshakeSeen
    | ConnectionOpened
    | ConnectionClosed
    | Frame
    | Pong
    | PingUnanswered
    | CommandChanged
    | FileTransferred
    | Reach
    | ActChanged
    | StepChanged
    | WindowChanged
    | Note
)
