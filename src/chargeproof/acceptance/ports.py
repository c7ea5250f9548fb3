"""The two things a drive may touch: the ``Station`` under test and the ``Site`` where hands work."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from chargeproof.acceptance.security.ports import SecurityTools
from chargeproof.ocpp import AuthorizationStatus, Confirmation, Request
from chargeproof.trace import Exchange, Trace

R = TypeVar("R", bound=Request)
Shown = Callable[[Exchange[Any]], bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a Call of ours. ``confirmation`` is None when a CALLERROR or nothing came in time."""

    confirmation: Any = None
    error_code: str = ""
    error_description: str = ""
    state: str = ""

    @property
    def status(self) -> str:
        """The confirmation's status, the error code in brackets, or ``no answer``."""
        if isinstance(self.confirmation, Confirmation):
            return str(getattr(self.confirmation, "status", "") or "")
        return f"[{self.error_code}]" if self.error_code else "no answer"

    @property
    def accepted(self) -> bool:
        """Whether the status is Accepted."""
        return self.status == "Accepted"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that only hands can do.

    ``name`` is one of plug_in, unplug, present_card, provoke_error, repair, reboot, parking_bay.
    ``sentence`` is what a person is told; ``shown_by`` recognises the act in what the station sends, so
    that the prompt goes away by itself.
    """

    name: str
    sentence: str
    parameters: dict[str, Any] = field(default_factory=dict)
    shown_by: Shown | None = None


@dataclass(frozen=True, slots=True)
class Deed:
    """What became of an act: done (somebody or the apparatus says so), seen, or cannot, with the reason."""

    phase: Literal["done", "seen", "cannot"]
    by: str
    detail: str = ""


class StoppedByPersonError(Exception):
    """A person said *stop*: restoration follows, the rest is not run."""


class ApparatusError(Exception):
    """The rig or our own side is broken: a tool error, never the station's."""


class Site(Protocol):
    """The parking place. Raises StoppedByPersonError and ApparatusError; everything else is a Deed."""

    kind: str

    async def perform(self, act: Act) -> Deed:
        """Have the act done; returns when it is done, seen, or known to be impossible here."""
        ...


class Station(Protocol):
    """The system under test as the central system can reach it. Nothing here judges."""

    charge_point_id: str

    @property
    def security(self) -> SecurityTools:
        """What the security cases use."""
        ...

    async def call(self, request: Request, *, timeout_s: float | None = None) -> Answer:
        """Send a Call and wait for what comes back. Never raises for what a station does."""
        ...

    def mark(self) -> int:
        """The number of the newest entry of the record: *from now on*."""
        ...

    async def wait_for(
        self,
        action: type[R],
        where: Callable[[R], bool] | None = None,
        *,
        within_s: float,
        since: int | None = None,
    ) -> Exchange[R] | None:
        """The first such message from the station after the mark (None: from now); None when the window ends."""
        ...

    async def silence(self, seconds: float) -> None:
        """Send nothing for that long; what the station sends is recorded as ever."""
        ...

    async def wait_until_ready(self, *, within_s: float) -> bool:
        """Wait until the station is connected and may be commanded; False when the window ends."""
        ...

    async def wait_until_gone(self, *, within_s: float) -> bool:
        """Wait until the socket is closed; False when the window ends."""
        ...

    def cut_network(self) -> None:
        """Put the central system out of reach for this station: TCP resets, no HTTP answer."""
        ...

    def restore_network(self) -> None:
        """Put it back in reach."""
        ...

    def answer_boot_with(self, interval_s: int) -> None:
        """The interval of every BootNotification.conf from now on."""
        ...

    def answer_card_with(self, id_tag: str, status: AuthorizationStatus) -> None:
        """How this id tag is answered from now on ("" is every tag that has no answer of its own)."""
        ...

    def now(self) -> datetime:
        """The central system's wall clock, UTC."""
        ...

    def status_of(self, connector_id: int) -> str | None:
        """The newest status that the station reported for the connector, as it was spelled; None for none."""
        ...

    async def running_transactions(self) -> list[tuple[int, int]]:
        """(transaction id, connector id) of what the central system holds as running at this station."""
        ...

    async def offer_firmware(self, path: str) -> str:
        """Put a firmware file on our server; returns the location for UpdateFirmware."""
        ...

    async def open_upload(self, scheme: Literal["ftp", "http"]) -> str:
        """Open a write-only place for one upload; returns the location for GetDiagnostics."""
        ...

    def record(self) -> Trace:
        """The record so far."""
        ...

    def note(self, name: str, value: Any) -> None:
        """Put a fact into the record."""
        ...

    def step(
        self, step: str, phase: str, *, function: int | None, detail: str = "", **parameters: Any
    ) -> None:
        """Put the beginning or end of a step into the record."""
        ...

    def act(self, number: int, act: str, phase: str, *, by: str, detail: str = "", **parameters: Any) -> None:
        """Put the phase of an act into the record."""
        ...
