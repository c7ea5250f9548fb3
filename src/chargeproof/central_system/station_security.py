"""What is asked of each station when it connects, and how that changes: passwords and security profiles."""

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Literal

import msgspec

from chargeproof.central_system.admission import judge
from chargeproof.central_system.commands import CommandResult, CommandState
from chargeproof.central_system.credentials import Credentials
from chargeproof.central_system.guesses import Guesses
from chargeproof.central_system.ports import Admission, Handshake
from chargeproof.central_system.security_profiles import MUTUAL_TLS, UNSECURED, is_certified
from chargeproof.central_system.settings import CentralSystemSettings
from chargeproof.clock import Clock
from chargeproof.errors import UsageError
from chargeproof.ocpp import ChangeConfiguration, Request
from chargeproof.store import Store, StoreError
from chargeproof.store.records import ChargePointRecord

log = logging.getLogger(__name__)

SECURITY_PROFILE_KEY = "SecurityProfile"
AUTHORIZATION_KEY = "AuthorizationKey"
Came = Literal["kept", "following", "other"]


class StationSecurity:
    """Decides in memory, since handshakes do not wait; the store is told behind."""

    def __init__(self, store: Store, settings: CentralSystemSettings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self.credentials = Credentials(settings.credential_key)
        self.guesses = Guesses(clock.monotonic)
        self._profiles: dict[str, int] = {}
        self._asked: dict[str, int] = {}
        self._arrivals: dict[str, set[Callable[[Came], None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def learn(self, record: ChargePointRecord) -> None:
        """What the store knows of a station."""
        charge_point_id = record.charge_point_id
        if self.credentials.lasting and (record.credential is not None or record.next_credential is not None):
            self.credentials.keep(charge_point_id, record.credential, record.next_credential)
        _put(self._profiles, charge_point_id, record.security_profile)
        _put(self._asked, charge_point_id, record.asked_security_profile)

    async def settled(self) -> None:
        """Wait until the store was told everything."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    # Handshakes.

    def judge(self, handshake: Handshake) -> Admission:
        """Whether it may come in; what it proves is taken up."""
        charge_point_id = handshake.charge_point_id
        guess = handshake.password is not None and not is_certified(handshake)
        if guess and (wait_s := self.guesses.wait_s(charge_point_id, handshake.remote)) > 0:
            return too_many_guesses(wait_s)
        admission = judge(handshake, self._settings, self.credentials, self.required_profile(charge_point_id))
        if guess and admission.http_status == HTTPStatus.UNAUTHORIZED:
            self.guesses.wrong(charge_point_id, handshake.remote)
        if admission.accepted and admission.security is not None:
            if guess and admission.security.profile > UNSECURED:
                self.guesses.right(charge_point_id, handshake.remote)
            if self._take_up(handshake, admission.security.profile) == "following":
                proved = msgspec.structs.replace(admission.security, new_password=True)
                return msgspec.structs.replace(admission, security=proved)
        return admission

    def _take_up(self, handshake: Handshake, profile: int) -> Came:
        """With which password it came."""
        charge_point_id = handshake.charge_point_id
        came: Came = "other"
        if handshake.password is not None and handshake.user == charge_point_id:
            recognized = self.credentials.recognize(charge_point_id, handshake.password)
            came = recognized.which if recognized.which != "none" else "other"
        if came == "following":
            _, following = self.credentials.kept(charge_point_id)
            self.credentials.keep(charge_point_id, following)
            self._later(self._keep(charge_point_id, following, None))
        for listener in tuple(self._arrivals.get(charge_point_id, ())):
            listener(came)
        asked = self._asked.get(charge_point_id)
        if asked is not None and profile >= asked:
            log.info("security profile %s is proved", asked, extra={"station": charge_point_id})
            self._profiles[charge_point_id] = asked
            self._later(self._set_profile(charge_point_id, asked, None))
        return came

    # Security profiles.

    def required_profile(self, charge_point_id: str) -> int:
        """The lowest one that this station may use."""
        return max(self._settings.minimum_security_profile, self._profiles.get(charge_point_id, 0))

    def profile(self, charge_point_id: str) -> int | None:
        """Its own lowest one; None: only what is asked of all."""
        return self._profiles.get(charge_point_id)

    def asked_profile(self, charge_point_id: str) -> int | None:
        """The one that it took on and has not proved yet."""
        return self._asked.get(charge_point_id)

    async def set_profile(self, charge_point_id: str, profile: int | None) -> None:
        """An operator's word, up or down. Raises UsageError for what is no profile."""
        if profile is not None and not 0 <= profile <= MUTUAL_TLS:
            raise UsageError(f"there is no security profile {profile}", remedy="Choose 0, 1, 2 or 3")
        await self._set_profile(charge_point_id, profile, None)

    def answered(self, charge_point_id: str, request: Request, result: CommandResult) -> None:
        """A command of ours was. A profile that the station takes on is asked of it once it has proved it; a
        password that it takes on, whoever sent it and how, is accepted beside the one that is kept."""
        if not isinstance(request, ChangeConfiguration) or result.state is not CommandState.ACCEPTED:
            return
        key = request.key.lower()
        if key == SECURITY_PROFILE_KEY.lower() and request.value.isdecimal():
            self._took_on_profile(charge_point_id, int(request.value))
        elif key == AUTHORIZATION_KEY.lower() and request.value:
            self._took_on_password(charge_point_id, request.value.encode())

    def _took_on_password(self, charge_point_id: str, password: bytes) -> None:
        kept, following = self.credentials.kept(charge_point_id)
        digest = self.credentials.digest(password)
        if digest not in (kept, following):
            self.credentials.keep(charge_point_id, kept, digest)  # it may come back before the store knows
            self._later(self._keep(charge_point_id, kept, digest))

    def _took_on_profile(self, charge_point_id: str, asked: int) -> None:
        if self.required_profile(charge_point_id) < asked <= MUTUAL_TLS:
            own = self._profiles.get(charge_point_id)
            self._asked[charge_point_id] = asked
            self._later(self._set_profile(charge_point_id, own, asked))

    async def _set_profile(self, charge_point_id: str, profile: int | None, asked: int | None) -> None:
        _put(self._profiles, charge_point_id, profile)
        _put(self._asked, charge_point_id, asked)
        await self._store.set_security_profile(charge_point_id, profile, self._clock.now(), asked=asked)

    # Passwords.

    async def set_password(self, charge_point_id: str, password: str | bytes | None) -> None:
        """The password (AuthorizationKey) that this station must send from now on; None: none.

        Kept in the store only under a lasting `credential_key`.
        """
        self.guesses.begin_anew(charge_point_id)
        given = password.encode() if isinstance(password, str) else password
        await self._keep(charge_point_id, None if given is None else self.credentials.digest(given), None)

    async def follow_with(self, charge_point_id: str, password: bytes) -> None:
        """Accept this one beside the one that is kept, until it is proved or withdrawn."""
        kept, _ = self.credentials.kept(charge_point_id)
        await self._keep(charge_point_id, kept, self.credentials.digest(password))

    async def withdraw_following(self, charge_point_id: str) -> None:
        kept, _ = self.credentials.kept(charge_point_id)
        await self._keep(charge_point_id, kept, None)

    def when_it_comes(self, charge_point_id: str, listener: Callable[[Came], None]) -> Callable[[], None]:
        """Hear with which password it connects, until the returned function is called."""
        self._arrivals.setdefault(charge_point_id, set()).add(listener)

        def unlisten() -> None:
            listeners = self._arrivals.get(charge_point_id, set())
            listeners.discard(listener)
            if not listeners:
                self._arrivals.pop(charge_point_id, None)

        return unlisten

    async def _keep(self, charge_point_id: str, digest: bytes | None, following: bytes | None) -> None:
        if self.credentials.lasting or (digest is None and following is None):
            at = self._clock.now()
            await self._store.set_credential(charge_point_id, digest, at, following=following)
        self.credentials.keep(charge_point_id, digest, following)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """What a handshake or an answer changes is in force already; the store hears of it in its own time."""
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def too_many_guesses(wait_s: float) -> Admission:
    return Admission(
        accepted=False,
        http_status=HTTPStatus.TOO_MANY_REQUESTS,
        reason="too many wrong passwords came from this address or for this station",
        hint=f"The next one is looked at in {math.ceil(wait_s)} s, or as soon as its password is set here anew",
        try_again_s=wait_s,
    )


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except StoreError as error:
        log.error("a change of a station's security was not kept: %s", error)


def _put(values: dict[str, int], key: str, value: int | None) -> None:
    if value is None:
        values.pop(key, None)
    else:
        values[key] = value
