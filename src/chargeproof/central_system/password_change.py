"""A new password for a station, over the wire (OCPP 1.6 security whitepaper, use case A01).

The new one is drawn at random, or given, and kept as a digest before it is sent, so that no crash locks the
station out.
From then on both are accepted, until one of these happens:

- the station connects with the new one: that is kept, and the old one opens nothing any more;
- it answers Rejected or NotSupported: the new one is dropped.

No answer, a CALLERROR or a station that never comes back leave both in force: only the station knows which
one it will use. Nobody ever sees a password that was drawn; no password is in a log, a record or an answer of ours.
"""

import asyncio
import secrets
from enum import StrEnum
from typing import Protocol

import msgspec

from chargeproof.central_system.commands import CommandResult, CommandState
from chargeproof.central_system.station_security import AUTHORIZATION_KEY, Came, StationSecurity
from chargeproof.errors import UsageError
from chargeproof.ocpp import ChangeConfiguration, Request

KEY_BYTES = 20
"""The longest that every station takes: 40 hexadecimal digits."""
BY_ITSELF_S, WITHIN_S = 30.0, 120.0
NEVER_SENT = frozenset({CommandState.NOT_CONNECTED, CommandState.REFUSED})


class PasswordChangeState(StrEnum):
    """PROVED: the station came back with the new one. REJECTED, NOT_SENT: nothing has changed.
    WAITING: both are accepted until it comes back with the new one."""

    PROVED = "proved"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    WAITING = "waiting"


class PasswordChange(msgspec.Struct, frozen=True):
    state: PasswordChangeState
    detail: str = ""


class Line(Protocol):
    """What is needed of the central system."""

    security_of_stations: StationSecurity

    def is_connected(self, charge_point_id: str) -> bool: ...

    def close_connection(self, charge_point_id: str, reason: str) -> None: ...

    async def call(self, charge_point_id: str, request: Request) -> CommandResult: ...


_under_way: set[tuple[int, str]] = set()


async def change_password(
    line: Line,
    charge_point_id: str,
    *,
    password: str | None = None,
    by_itself_s: float = BY_ITSELF_S,
    within_s: float = WITHIN_S,
) -> PasswordChange:
    """Raises UsageError while another change is under way, StoreError if the new password cannot be kept.

    password: as it is sent, None: one is drawn. by_itself_s: how long the station may take to reconnect on its
    own, before its connection is closed; within_s: how long it is waited for in all.
    """
    key = (id(line.security_of_stations), charge_point_id)
    if key in _under_way:
        raise UsageError("the password of this station is being changed already", where=charge_point_id)
    if not line.is_connected(charge_point_id):
        return PasswordChange(PasswordChangeState.NOT_SENT, "the station is not connected")
    _under_way.add(key)
    try:
        drawn = secrets.token_hex(KEY_BYTES)
        return await _change(line, charge_point_id, password or drawn, by_itself_s, within_s)
    finally:
        _under_way.discard(key)


async def _change(
    line: Line, charge_point_id: str, password: str, by_itself_s: float, within_s: float
) -> PasswordChange:
    security = line.security_of_stations
    came: asyncio.Queue[Came] = asyncio.Queue()
    unlisten = security.when_it_comes(charge_point_id, came.put_nowait)
    try:
        await security.follow_with(charge_point_id, password.encode())
        result = await line.call(charge_point_id, ChangeConfiguration(key=AUTHORIZATION_KEY, value=password))
        if result.state in NEVER_SENT:
            await security.withdraw_following(charge_point_id)
            return PasswordChange(PasswordChangeState.NOT_SENT, result.error_description)
        if result.state is CommandState.REJECTED:
            await security.withdraw_following(charge_point_id)
            said = str(getattr(result.confirmation, "status", "Rejected"))
            return PasswordChange(PasswordChangeState.REJECTED, f"the station answered {said}")
        return await _proof(line, charge_point_id, came, result, by_itself_s, within_s)
    finally:
        unlisten()


async def _proof(
    line: Line,
    charge_point_id: str,
    came: "asyncio.Queue[Came]",
    result: CommandResult,
    by_itself_s: float,
    within_s: float,
) -> PasswordChange:
    first = await _next(came, by_itself_s)
    if first is None and result.state is CommandState.ACCEPTED:
        line.close_connection(charge_point_id, "connect again with the new password")
    if first != "following":
        first = await _next(came, within_s - by_itself_s) or first
    if first == "following":
        return PasswordChange(PasswordChangeState.PROVED)
    if first is not None:
        return PasswordChange(
            PasswordChangeState.WAITING, "the station came back without the new password; both are accepted"
        )
    said = str(getattr(result.confirmation, "status", None) or result.error_code or result.state)
    return PasswordChange(
        PasswordChangeState.WAITING,
        f"the station ({said}) has not come back yet; both passwords are accepted until it does",
    )


async def _next(came: "asyncio.Queue[Came]", seconds: float) -> Came | None:
    try:
        async with asyncio.timeout(seconds):
            return await came.get()
    except TimeoutError:
        return None
