"""Passwords, profiles and certificates that change over the wire, each followed until a connection proves it.

That a station accepts a command and that it uses what it was given are two things; only a handshake shows the
second. What a station proves late is noticed too, as long as this program runs; what is over is read from the store
(`web.rows.security_changes`).
"""

import asyncio
import logging
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
from cryptography import x509

from chargeproof.central_system import CentralSystem
from chargeproof.central_system.commands import CommandResult, CommandState, new_unique_id
from chargeproof.central_system.password_change import (
    BY_ITSELF_S,
    WITHIN_S,
    PasswordChangeState,
    change_password,
)
from chargeproof.central_system.security_profiles import MUTUAL_TLS
from chargeproof.central_system.station_security import SECURITY_PROFILE_KEY, Came
from chargeproof.clock import Clock
from chargeproof.errors import UsageError
from chargeproof.ocpp import ChangeConfiguration, Request
from chargeproof.ocpp.security import ExtendedTriggerMessage
from chargeproof.ocpp.security_enums import ExtendedMessageTrigger
from chargeproof.resources.security import (
    ChangeState,
    ChangeStep,
    SecurityChange,
    SecurityChangeWanted,
)
from chargeproof.testbed.command_desk import request_in
from chargeproof.trace import CommandChanged, Entry, Frame, HandshakeSeen, SecuritySeen

log = logging.getLogger(__name__)

REMEMBERED = 10
"""Changes of one station."""
STATIONS = 1000
STATES: dict[str, ChangeState] = {
    CommandState.QUEUED: "queued",
    CommandState.SENT: "sent",
    CommandState.ACCEPTED: "accepted",
    CommandState.ANSWERED: "accepted",
    CommandState.REJECTED: "rejected",
    CommandState.CALL_ERROR: "call_error",
    CommandState.TIMED_OUT: "timed_out",
    CommandState.UNKNOWN: "timed_out",
    CommandState.NOT_CONNECTED: "not_sent",
    CommandState.REFUSED: "not_sent",
}

PASSWORD_STATES: dict[PasswordChangeState, ChangeState] = {
    PasswordChangeState.PROVED: "proved",
    PasswordChangeState.REJECTED: "rejected",
    PasswordChangeState.NOT_SENT: "not_sent",
    PasswordChangeState.WAITING: "not_proved",
}
PROVED: frozenset[ChangeState] = frozenset({"proved"})
AFTER_SIGNING: frozenset[ChangeState] = frozenset(
    {"installed", "rejected", "refused", "call_error", "timed_out", "not_sent", "proved"}
)
MAY_BE_PROVED_LATE: frozenset[ChangeState] = frozenset({"not_proved", "call_error", "timed_out", "installed"})
HEAD = 120
"""Characters of a frame in which its action stands."""
_NAMED = re.compile(r'"(SignCertificate|CertificateSigned)"')

Tell = Callable[[str, str, Any], None]


class _Errand:
    """One change that is under way, or was."""

    def __init__(self, change: SecurityChange, step: Callable[["_Errand", ChangeState, str], None]) -> None:
        self.change = change
        self.moved = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.ends: list[Callable[[], None]] = []
        self._step = step

    def step(self, state: ChangeState, detail: str = "") -> None:
        self._step(self, state, detail)

    def let_go(self) -> None:
        while self.ends:
            self.ends.pop()()


class _FollowedLine:
    """The line to stations as `change_password` needs it; tells how its command fares, whose id is the change's."""

    def __init__(self, central_system: CentralSystem, errand: _Errand) -> None:
        self.security_of_stations = central_system.security_of_stations
        self._central_system = central_system
        self._errand = errand

    def is_connected(self, charge_point_id: str) -> bool:
        return self._central_system.is_connected(charge_point_id)

    def close_connection(self, charge_point_id: str, reason: str) -> None:
        self._central_system.close_connection(charge_point_id, reason)

    async def call(self, charge_point_id: str, request: Request) -> CommandResult:
        unique_id = self._errand.change.change_id

        def heard(entry: Entry) -> None:
            if isinstance(entry, CommandChanged) and entry.unique_id == unique_id and entry.state in STATES:
                self._errand.step(STATES[entry.state], entry.detail)

        unwatch = self._central_system.watch(charge_point_id, heard)
        try:
            return await self._central_system.call(charge_point_id, request, unique_id=unique_id)
        finally:
            unwatch()


class SecurityChanges:
    """`tell` publishes a change under the live topic of the station's commands."""

    def __init__(self, central_system: CentralSystem, clock: Clock, tell: Tell) -> None:
        self._central_system = central_system
        self._clock = clock
        self._tell = tell
        self._errands: OrderedDict[str, deque[_Errand]] = OrderedDict()

    def latest(self, charge_point_id: str) -> list[SecurityChange]:
        """The newest first."""
        return [errand.change for errand in self._errands.get(charge_point_id, ())]

    def find(self, charge_point_id: str, change_id: str) -> SecurityChange | None:
        return next((each for each in self.latest(charge_point_id) if each.change_id == change_id), None)

    async def start(
        self, charge_point_id: str, wanted: SecurityChangeWanted, *, present_profile: int, wait_s: float = 0.0
    ) -> SecurityChange:
        """Begin one and wait so long for its end; it goes on without anybody who waits.

        present_profile: what the station uses now. Raises UsageError, in a sentence, for what must not be.
        """
        under_way = next((each for each in self.latest(charge_point_id) if not each.ended), None)
        if under_way is not None:
            raise UsageError(
                f"a change of the {under_way.kind} is under way at this station", remedy="Wait for its end"
            )
        if wanted.kind == "profile":
            check_raise(wanted.profile, present_profile)
        errand = self._errand(charge_point_id, wanted)
        errand.task = asyncio.create_task(
            self._carried_out(errand, self._work(errand, wanted, present_profile)),
            name=f"change of the {wanted.kind} of {charge_point_id}",
        )
        await asyncio.wait({errand.task}, timeout=wait_s)
        return errand.change

    async def stop(self) -> None:
        errands = [errand for all_of_one in self._errands.values() for errand in all_of_one]
        tasks = [errand.task for errand in errands if errand.task and not errand.task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for errand in errands:
            errand.let_go()

    def _errand(self, charge_point_id: str, wanted: SecurityChangeWanted) -> _Errand:
        now = self._clock.now()
        change = SecurityChange(
            change_id=new_unique_id(),
            charge_point_id=charge_point_id,
            kind=wanted.kind,
            profile=wanted.profile if wanted.kind == "profile" else None,
            state="queued",
            began_at=now,
            steps=[ChangeStep(state="queued", at=now)],
        )
        errand = _Errand(change, self._stepped)
        kept = self._errands.setdefault(charge_point_id, deque())
        for older in kept:
            older.let_go()  # what is proved from now on is the new one
        kept.appendleft(errand)
        while len(kept) > REMEMBERED:
            kept.pop()
        self._errands.move_to_end(charge_point_id)
        while len(self._errands) > STATIONS:
            _, gone = self._errands.popitem(last=False)
            for each in gone:
                each.let_go()
        return errand

    def _stepped(self, errand: _Errand, state: ChangeState, detail: str) -> None:
        change = errand.change
        if change.state in (state, "proved"):
            return
        step = ChangeStep(state=state, at=self._clock.now(), detail=detail)
        errand.change = msgspec.structs.replace(change, state=state, steps=[*change.steps, step])
        errand.moved.set()
        self._told(errand)

    def _told(self, errand: _Errand) -> None:
        self._tell(f"commands:{errand.change.charge_point_id}", "security_change", errand.change)

    async def _carried_out(self, errand: _Errand, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            log.exception("a change of a station's security failed")
            errand.step("not_proved", f"an error of this program: {error}")
        errand.change = msgspec.structs.replace(errand.change, ended=True)
        self._told(errand)
        if errand.change.state not in MAY_BE_PROVED_LATE:
            errand.let_go()

    def _work(
        self, errand: _Errand, wanted: SecurityChangeWanted, present_profile: int
    ) -> Coroutine[Any, Any, None]:
        if wanted.kind == "password":
            return self._password(errand, wanted.password)
        if wanted.kind == "profile":
            return self._profile(errand, wanted.profile or 0)
        return self._certificate(errand, present_profile)

    # The three kinds.

    async def _password(self, errand: _Errand, password: str | None) -> None:
        def came(which: Came) -> None:
            if which == "following":
                errand.step("proved")

        line, charge_point_id = self._line(errand), errand.change.charge_point_id
        errand.ends.append(line.security_of_stations.when_it_comes(charge_point_id, came))
        try:
            done = await change_password(line, charge_point_id, password=password)
        except UsageError as error:
            errand.step("not_sent", error.what)
            return
        errand.step(PASSWORD_STATES[done.state], done.detail)

    async def _profile(self, errand: _Errand, profile: int) -> None:
        def heard(entry: Entry) -> None:
            seen = _let_in_with(entry)
            if seen is not None and seen.profile >= profile:
                errand.step("proved")

        self._watch(errand, heard)
        request = ChangeConfiguration(key=SECURITY_PROFILE_KEY, value=str(profile))
        if await self._accepted(errand, request):
            await self._proof(errand, f"no connection with security profile {profile} came")

    async def _certificate(self, errand: _Errand, present_profile: int) -> None:
        self._watch(errand, _Renewal(errand).heard)
        trigger = ExtendedTriggerMessage(
            requested_message=ExtendedMessageTrigger.SIGN_CHARGE_POINT_CERTIFICATE
        )
        if not await self._accepted(errand, trigger):
            return
        if not await self._reached(errand, AFTER_SIGNING, WITHIN_S):
            asked = any(step.state == "requested" for step in errand.change.steps)
            errand.step(
                "not_proved",
                "the station did not take it over in time" if asked else "no SignCertificate came in time",
            )
        elif errand.change.state == "installed" and present_profile == MUTUAL_TLS:
            await self._proof(errand, "no connection with the new certificate came")

    async def _accepted(self, errand: _Errand, request: Request) -> bool:
        result = await self._line(errand).call(errand.change.charge_point_id, request)
        return result.state in (CommandState.ACCEPTED, CommandState.ANSWERED)

    async def _proof(self, errand: _Errand, otherwise: str) -> None:
        """The station may come back on its own, before its connection is closed for it."""
        if await self._reached(errand, PROVED, BY_ITSELF_S):
            return
        charge_point_id = errand.change.charge_point_id
        self._central_system.close_connection(charge_point_id, "connect again with what was changed")
        if not await self._reached(errand, PROVED, WITHIN_S - BY_ITSELF_S):
            errand.step("not_proved", f"{otherwise} within {WITHIN_S:g} s")

    async def _reached(self, errand: _Errand, states: frozenset[ChangeState], within_s: float) -> bool:
        try:
            async with asyncio.timeout(within_s):
                while errand.change.state not in states:
                    errand.moved.clear()
                    await errand.moved.wait()
        except TimeoutError:
            return False
        return True

    def _line(self, errand: _Errand) -> _FollowedLine:
        return _FollowedLine(self._central_system, errand)

    def _watch(self, errand: _Errand, heard: Callable[[Entry], None]) -> None:
        errand.ends.append(self._central_system.watch(errand.change.charge_point_id, heard))


class _Renewal:
    """What is seen of a new certificate on its way: asked for, signed, taken over, used."""

    def __init__(self, errand: _Errand) -> None:
        self._errand = errand
        self._serial = ""
        self._asked = ""

    def heard(self, entry: Entry) -> None:
        errand = self._errand
        if isinstance(entry, Frame):
            self._frame(entry.text or "")
        elif isinstance(entry, CommandChanged) and entry.action == "CertificateSigned":
            state = STATES.get(entry.state, "queued")
            told: ChangeState = "installed" if state == "accepted" else state
            if told not in ("queued", "sent"):
                errand.step(told, entry.detail if told != "installed" else "")
        else:
            seen = _let_in_with(entry)
            if seen is not None and self._serial and seen.client_serial == self._serial:
                errand.step("proved")

    def _frame(self, text: str) -> None:
        if self._asked and text.startswith(f'[3,"{self._asked}"') and '"Rejected"' in text:
            self._errand.step("refused", "the request was not signed; the message log says why")
        read = request_in(text) if _NAMED.search(text[:HEAD]) else None
        if read is None:
            return
        action, payload = read
        if action == "SignCertificate":
            self._asked = str(msgspec.json.decode(text)[1])
            self._errand.step("requested")
        elif action == "CertificateSigned":
            self._serial = serial_of(str(payload.get("certificateChain", "")))
            self._errand.step("signed")


def serial_of(chain_pem: str) -> str:
    """Of the first certificate, in hexadecimal; "" for what is none."""
    try:
        return f"{x509.load_pem_x509_certificates(chain_pem.encode())[0].serial_number:X}"
    except ValueError:
        return ""


def check_raise(profile: int | None, present: int) -> None:
    """Raises UsageError for a profile that is not above the present one."""
    if profile is None:
        raise UsageError("no security profile is named", remedy="Give 1, 2 or 3")
    if profile == present:
        raise UsageError(f"the station uses security profile {present} already")
    if profile < present:
        raise UsageError(
            f"the station uses security profile {present}, and a profile is never lowered over the wire (W§ A05)",
            remedy="Set it at the station itself, and ask less of it here beforehand",
        )


def _let_in_with(entry: Entry) -> SecuritySeen | None:
    return entry.security if isinstance(entry, HandshakeSeen) and entry.outcome == "accepted" else None
