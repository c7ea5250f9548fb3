"""``Stage``: what a drive works with. Scenes are played once each, whoever asks for them.

A *scene* is a stretch of the visit that serves several functions ("remote start on the plugged cable").
A drive asks for the scenes that its checks need; a scene asks for those before it. Whichever function comes
first plays it, and nobody waits twice.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import wraps
from typing import Any

from chargeproof.acceptance.ports import (
    Act,
    Answer,
    ApparatusError,
    Shown,
    Site,
    Station,
    StoppedByPersonError,
)
from chargeproof.acceptance.profile import Profile
from chargeproof.ocpp import (
    ChangeConfiguration,
    ChargePointErrorCode,
    ChargePointStatus,
    GetConfiguration,
    KeyValue,
    StatusNotification,
)
from chargeproof.trace import Exchange

ON_THE_CABLE = frozenset(ChargePointStatus) - {ChargePointStatus.AVAILABLE, ChargePointStatus.UNAVAILABLE}


class CannotError(Exception):
    """What was to be done cannot be done at this station or place; the message says why. Not a failure."""


class Stage:
    """The station, the site, what was asked once, and what has been played so far."""

    def __init__(self, station: Station, site: Site, profile: Profile, windows: dict[str, float]) -> None:
        self.station = station
        self.site = site
        self.profile = profile
        self.windows = windows
        self.configuration: dict[str, KeyValue] = {}
        self._spellings: dict[str, str] = {}
        self.originals: dict[str, str] = {}
        self.played: dict[str, str | None] = {}
        self.replugs = False  # whether the station starts nothing in Finishing until the cable was out
        self.connector_id = profile.connector_id
        self.connectors: int = profile.connectors or 0
        self._acts = 0
        self._at_the_end: list[Callable[[], Awaitable[object]]] = []

    # ── steps and scenes ─────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def step(self, name: str, *, function: int | None = None, **parameters: Any) -> AsyncIterator[None]:
        """Put a step into the record: its end tells whether it was taken, could not be, or broke."""
        self.station.step(name, "began", function=function, **parameters)
        try:
            yield
        except CannotError as error:
            self.station.step(name, "cannot", function=function, detail=str(error))
            raise
        except StoppedByPersonError:
            self.station.step(name, "cannot", function=function, detail="the run was stopped")
            raise
        except Exception as error:
            self.station.step(name, "failed", function=function, detail=f"{type(error).__name__}: {error}")
            raise
        except BaseException:  # cancelled: Ctrl-C, or the server goes down
            self.station.step(name, "cannot", function=function, detail="the run was stopped")
            raise
        self.station.step(name, "ended", function=function)

    async def play_each(self, *scenes: "Scene") -> None:
        """Play scenes one after the other; what one cannot do does not keep the next from being played.

        Raises CannotError with all the reasons at the end.
        """
        reasons: list[str] = []
        for each in scenes:
            try:
                await each(self)
            except CannotError as error:
                reasons.append(str(error))
        if reasons:
            raise CannotError("; ".join(dict.fromkeys(reasons)))

    def at_the_end(self, undo: Callable[[], Awaitable[object]]) -> None:
        """Have this done in the restoration, the newest first; also after a run that was stopped."""
        self._at_the_end.append(undo)

    async def undo_all(self) -> None:
        """What ``at_the_end`` was given; what cannot be undone does not keep the next from being tried."""
        while self._at_the_end:
            with suppress(CannotError):
                await self._at_the_end.pop()()

    async def settle(self) -> None:
        """Give what belongs to the last event time to arrive."""
        await self.station.silence(self.windows["settle"])

    # ── hands ────────────────────────────────────────────────────────────────────────────────────────

    async def perform(self, act: Act) -> None:
        """Have an act done, with its phases in the record. Raises CannotError with the reason."""
        self._acts += 1
        number = self._acts
        self.station.act(number, act.name, "asked", by=self.site.kind, detail=act.sentence, **act.parameters)
        try:
            deed = await self.site.perform(act)
        except ApparatusError as error:
            self.station.act(number, act.name, "failed", by=self.site.kind, detail=str(error))
            raise
        except BaseException as error:
            self.station.act(number, act.name, "stopped", by=self.site.kind, detail=str(error))
            raise
        self.station.act(number, act.name, deed.phase, by=deed.by, detail=deed.detail)
        if deed.phase == "cannot":
            raise CannotError(deed.detail or f"{act.name} cannot be done here")

    async def plug_in(self) -> None:
        """The cable with a vehicle ready to charge goes into the connector of the visit."""
        shown = self._status_shown(lambda status: status in ON_THE_CABLE or status == "Occupied")
        await self.perform(
            Act(
                "plug_in",
                f"Plug the cable into connector {self.connector_id}. Show no card.",
                {"connector_id": self.connector_id},
                shown,
            )
        )

    async def unplug(self, *, sentence: str = "") -> None:
        """The cable is unplugged at the vehicle."""
        shown = self._status_shown(lambda status: status in ("Available", "Finishing", "Unavailable"))
        await self.perform(
            Act(
                "unplug",
                sentence or f"Unplug the cable of connector {self.connector_id} at the vehicle.",
                {"connector_id": self.connector_id},
                shown,
            )
        )

    async def present_card(self, id_tag: str, *, sentence: str, shown_by: Shown | None = None) -> None:
        """A card is held to the reader."""
        await self.perform(
            Act(
                "present_card",
                sentence,
                {"connector_id": self.connector_id, "id_tag": id_tag},
                shown_by or self._card_shown,
            )
        )

    async def provoke_error(self) -> None:
        """An error is made at the connector, under the builder's safety rule."""
        how = self.profile.how_to_provoke_error or "as the builder's safety rule allows"
        await self.perform(
            Act(
                "provoke_error",
                f"Provoke an error at connector {self.connector_id}: {how}.",
                {"connector_id": self.connector_id},
                lambda message: _error_of(message) not in (None, ChargePointErrorCode.NO_ERROR),
            )
        )

    async def repair(self) -> None:
        """The error is taken away."""
        await self.perform(
            Act(
                "repair",
                f"Take the error at connector {self.connector_id} away again.",
                {"connector_id": self.connector_id},
                lambda message: _error_of(message) == ChargePointErrorCode.NO_ERROR,
            )
        )

    def _status_shown(self, fits: Callable[[str], bool]) -> Shown:
        def shown(message: Exchange[Any]) -> bool:
            request = message.request
            return (
                isinstance(request, StatusNotification)
                and request.connector_id == self.connector_id
                and fits(str(request.status))
            )

        return shown

    @staticmethod
    def _card_shown(message: Exchange[Any]) -> bool:
        return message.action in ("Authorize", "StartTransaction", "StopTransaction")

    # ── configuration ────────────────────────────────────────────────────────────────────────────────

    async def read_keys(self, keys: list[str] | None = None) -> Answer:
        """GetConfiguration; what comes back is kept in ``configuration``. None asks for all keys."""
        answer = await self.station.call(GetConfiguration(key=keys))
        for item in getattr(answer.confirmation, "configuration_key", None) or ():
            if item.key:
                self._keep(item.key, readonly=item.readonly, value=item.value)
        return answer

    async def read_named(self, keys: Iterable[str]) -> None:
        """GetConfiguration by name, in batches that the station allows (10 where it does not say)."""
        names = list(keys)
        limit = self.value_of("GetConfigurationMaxKeys") or ""
        size = max(1, int(limit)) if limit.isdigit() else 10
        for start in range(0, len(names), size):
            await self.read_keys(names[start : start + size])

    def item_of(self, key: str) -> KeyValue | None:
        """The key as last read, however the station spells its name: a CiString (S§7.29)."""
        return self.configuration.get(self._spelling(key))

    def _spelling(self, key: str) -> str:
        """The name as the station listed it first."""
        return self._spellings.get(key.casefold(), key)

    def _keep(self, key: str, *, readonly: bool, value: str | None) -> None:
        name = self._spellings.setdefault(key.casefold(), key)
        self.configuration[name] = KeyValue(key=name, readonly=readonly, value=value)

    def value_of(self, key: str) -> str | None:
        """The value as last read, None where the key is not known."""
        item = self.item_of(key)
        return None if item is None else item.value

    def has_profile(self, name: str) -> bool:
        """Whether SupportedFeatureProfiles names it; True where the key cannot be read."""
        value = self.value_of("SupportedFeatureProfiles")
        return value is None or name in [part.strip() for part in value.split(",")]

    async def set_key(self, key: str, value: str) -> Answer:
        """ChangeConfiguration; the value that was found first is remembered for the restoration."""
        found = self.value_of(key)
        answer = await self.station.call(ChangeConfiguration(key=key, value=value))
        if answer.status in ("Accepted", "RebootRequired"):
            if found is not None:
                self.originals.setdefault(self._spelling(key), found)
            item = self.item_of(key)
            self._keep(key, readonly=bool(item and item.readonly), value=value)
        return answer


def _error_of(message: Exchange[Any]) -> str | None:
    request = message.request
    return str(request.error_code) if isinstance(request, StatusNotification) else None


Scene = Callable[[Stage], Awaitable[None]]


def scene(name: str) -> Callable[[Scene], Scene]:
    """A stretch of the drive that is played once. A second call returns at once, or raises the first reason."""

    def decorate(play: Scene) -> Scene:
        @wraps(play)
        async def once(stage: Stage) -> None:
            if name in stage.played:
                reason = stage.played[name]
                if reason is not None:
                    raise CannotError(reason)
                return
            stage.played[name] = f"“{name}” was not finished"
            try:
                async with stage.step(name):
                    await play(stage)
            except CannotError as error:
                stage.played[name] = str(error)
                raise
            stage.played[name] = None

        return once

    return decorate
