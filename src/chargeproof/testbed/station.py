"""The station under test as the central system can reach it: what a drive calls ``station``."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from chargeproof.acceptance.ports import Answer, ApparatusError
from chargeproof.central_system.central_system import CentralSystem
from chargeproof.clock import Clock
from chargeproof.errors import ChargeproofError
from chargeproof.ocpp import AuthorizationStatus, GetConfiguration, IdTagInfo, Request, StatusNotification
from chargeproof.store.ports import Store
from chargeproof.testbed.open_socket import what_was_before
from chargeproof.testbed.recorder import RunRecorder
from chargeproof.testbed.security_tools import SecurityToolbox, read_firmware
from chargeproof.trace import (
    ActChanged,
    Entry,
    Exchange,
    FileTransferred,
    Note,
    StepChanged,
    Trace,
    WindowChanged,
)

R = TypeVar("R", bound=Request)

# A window must be over, not just about to be, before the next command: what that causes is not in it.
WINDOW_MARGIN_S = 0.5
ANSWER_GRACE_S = 2.0
"""How long a message that was awaited is given to get its answer of ours before the drive goes on."""
ASK_AGAIN_S = 0.5
BACK_IN_TOUCH_S = 120.0
"""How long a command waits for a station whose line has broken by itself."""
ANY_CARD = ""
MAX_UNCLAIMED = 100


class StationUnderTest:
    """Fulfils ``acceptance.ports.Station``.

    ``firmware`` holds the contents of files by name that need not lie on a disk; other names are paths,
    relative ones below ``firmware_folder``.
    """

    def __init__(
        self,
        charge_point_id: str,
        *,
        central_system: CentralSystem,
        store: Store,
        recorder: RunRecorder,
        clock: Clock,
        firmware: Mapping[str, bytes] | None = None,
        firmware_folder: Path | None = None,
    ) -> None:
        self.charge_point_id = charge_point_id
        self._central_system = central_system
        self._store = store
        self._recorder = recorder
        self._clock = clock
        self._firmware = dict(firmware or {})
        self.firmware_folder = firmware_folder or Path()
        self._cards: dict[str, IdTagInfo] = {}
        self._windows = 0
        self._is_cut = False
        self._stays_away = False
        self._jobs: set[str] = set()
        self._unclaimed: list[FileTransferred] = []
        self._unwatch: Callable[[], None] | None = None
        self.security = SecurityToolbox(
            self,
            central_system,
            clock,
            add=recorder.add,
            take_job=self._take_job,
            firmware=self._firmware_file,
            scheme=self._scheme_for_files,
        )

    # ── the life of a run ────────────────────────────────────────────────────────────────────────────

    async def attach(self) -> None:
        """Hear of the station from now on, and answer its cards.

        A socket that is open already, and how it came to be, stand at the beginning of the record.
        """
        known = await self._known_of_open_socket()
        self._unwatch = self._central_system.watch(self.charge_point_id, self._on_entry)
        for entry in known:
            self._recorder.add(entry)
        self._central_system.policy(self.charge_point_id).authorize = self._answer_to_card

    async def _known_of_open_socket(self) -> list[Entry]:
        """What is kept of the socket that is open now, dated now, since the record begins with it."""
        while True:
            number = self._central_system.connection_of(self.charge_point_id)
            if number is None:
                return []
            entries = await what_was_before(self._store, self.charge_point_id, number, self._clock)
            if self._central_system.connection_of(self.charge_point_id) == number:
                return entries

    def take_over(self) -> None:
        """Keep the central system from speaking by itself.

        Not before the station is ready: one that connects without a BootNotification must be asked for it.
        """
        self._central_system.policy(self.charge_point_id).quiet = True

    async def detach(self) -> None:
        """Leave the central system as it was, also after a run that broke."""
        self._central_system.restore(self.charge_point_id)
        self.security.put_back()
        policy = self._central_system.policy(self.charge_point_id)
        policy.quiet = False
        policy.authorize = None
        policy.boot_interval_s = None
        for job_id in self._jobs:
            await self._central_system.files.close_job(job_id)
        if self._unwatch is not None:
            self._unwatch()

    def _on_entry(self, entry: Entry) -> None:
        if isinstance(entry, FileTransferred) and entry.job not in self._jobs:
            # Of another run, or of a job that is being opened and has no id for us yet.
            self._unclaimed = [*self._unclaimed[-MAX_UNCLAIMED:], entry]
        else:
            self._recorder.add(entry)

    # ── what a drive does ────────────────────────────────────────────────────────────────────────────

    async def call(self, request: Request, *, timeout_s: float | None = None) -> Answer:
        await self._be_in_touch()
        result = await self._central_system.call(self.charge_point_id, request, timeout_s=timeout_s)
        return Answer(
            confirmation=result.confirmation,
            error_code=result.error_code or "",
            error_description=result.error_description,
            state=str(result.state),
        )

    async def _be_in_touch(self) -> None:
        """A line that broke by itself is waited for, but not again and again for a station that stays away."""
        if self._central_system.is_ready(self.charge_point_id):
            self._stays_away = False
        elif not self._is_cut and not self._stays_away:
            await self.wait_until_ready(within_s=BACK_IN_TOUCH_S)

    def mark(self) -> int:
        return self._recorder.mark()

    async def wait_for(
        self,
        action: type[R],
        where: Callable[[R], bool] | None = None,
        *,
        within_s: float,
        since: int | None = None,
    ) -> Exchange[R] | None:
        after = self.mark() if since is None else since
        exchanges = self._recorder.pairing.exchanges
        looked_at = 0

        def found() -> Exchange[R] | None:
            nonlocal looked_at
            while looked_at < len(exchanges):
                exchange = exchanges[looked_at]
                looked_at += 1
                if exchange.n > after and _fits(exchange, action, where):
                    return exchange
            return None

        window = self._open_window(action.action, within_s)
        exchange = await self._recorder.until(found, within_s + WINDOW_MARGIN_S)
        if exchange is not None:
            await self._recorder.until(lambda: exchange.answer, ANSWER_GRACE_S)
        self._close_window(window, action.action, within_s, met=exchange is not None)
        return exchange

    async def silence(self, seconds: float) -> None:
        window = self._open_window("silence", seconds)
        await self._clock.sleep(seconds)
        self._close_window(window, "silence", seconds, met=False)

    async def wait_until_ready(self, *, within_s: float) -> bool:
        ready = await self._wait_until("ready", self._central_system.is_ready, within_s)
        self._stays_away = not ready
        return ready

    async def wait_until_gone(self, *, within_s: float) -> bool:
        def is_gone(charge_point_id: str) -> bool:
            return not self._central_system.is_connected(charge_point_id)

        return await self._wait_until("gone", is_gone, within_s)

    async def _wait_until(self, awaited: str, holds: Callable[[str], bool], within_s: float) -> bool:
        window = self._open_window(awaited, within_s)
        met = await self._recorder.until(
            lambda: True if holds(self.charge_point_id) else None, within_s, ask_again_s=ASK_AGAIN_S
        )
        self._close_window(window, awaited, within_s, met=met is not None)
        return met is not None

    def cut_network(self) -> None:
        self._is_cut = True
        self._central_system.cut(self.charge_point_id)

    def restore_network(self) -> None:
        self._is_cut = False
        self._central_system.restore(self.charge_point_id)

    def answer_boot_with(self, interval_s: int) -> None:
        self._central_system.policy(self.charge_point_id).boot_interval_s = interval_s

    def answer_card_with(self, id_tag: str, status: AuthorizationStatus) -> None:
        self._cards[id_tag.casefold()] = IdTagInfo(status=status)

    def _answer_to_card(self, id_tag: str) -> IdTagInfo | None:
        return self._cards.get(id_tag.casefold()) or self._cards.get(ANY_CARD)

    # ── what a drive asks ────────────────────────────────────────────────────────────────────────────

    def now(self) -> datetime:
        return self._clock.now()

    def status_of(self, connector_id: int) -> str | None:
        for exchange in reversed(self._recorder.pairing.exchanges):
            request = exchange.reading.message
            if isinstance(request, StatusNotification) and request.connector_id == connector_id:
                status: Any = request.status  # a lenient reading may leave it out
                return None if status is None else str(status)
        return None

    async def running_transactions(self) -> list[tuple[int, int]]:
        running = await self._store.transactions(self.charge_point_id, open_only=True)
        return [(transaction.transaction_id, transaction.connector_id or 0) for transaction in running]

    async def offer_firmware(self, path: str) -> str:
        content = self._firmware.get(path)
        place = self.firmware_folder / path
        if content is None and not place.is_file():
            raise ApparatusError(
                f"the firmware file {place} cannot be read; name an existing one in the profile"
            )
        scheme = self._scheme_for_files()
        try:
            job = await self._central_system.files.offer_download(
                self.charge_point_id, place if content is None else content, place.name, scheme
            )
        except (OSError, RuntimeError, ChargeproofError) as error:
            raise ApparatusError(f"the firmware file {place} cannot be offered: {error}") from error
        self._take_job(job.job_id)
        return job.url

    def _firmware_file(self, path: str) -> tuple[bytes, str]:
        content = self._firmware.get(path)
        return read_firmware(self.firmware_folder / path) if content is None else (content, path)

    async def open_upload(self, scheme: Literal["ftp", "http"]) -> str:
        try:
            job = await self._central_system.files.open_upload(self.charge_point_id, scheme)
        except (OSError, RuntimeError, ChargeproofError) as error:
            raise ApparatusError(f"no place for an upload can be opened: {error}") from error
        self._take_job(job.job_id)
        return job.url

    def _take_job(self, job_id: str) -> None:
        self._jobs.add(job_id)
        for entry in self._unclaimed:
            if entry.job == job_id:
                self._recorder.add(entry)
        self._unclaimed.clear()

    def _scheme_for_files(self) -> Literal["ftp", "http"]:
        """HTTP, unless the station said that it knows FTP only (E3.88)."""
        for exchange in reversed(self._recorder.trace().exchanges(GetConfiguration)):
            for item in getattr(exchange.confirmation, "configuration_key", None) or ():
                if str(item.key).casefold() == "supportedfiletransferprotocols" and item.value:
                    spoken = {part.strip().upper() for part in str(item.value).split(",")}
                    return "ftp" if "FTP" in spoken and "HTTP" not in spoken else "http"
        return "http"

    def record(self) -> Trace:
        return self._recorder.trace()

    # ── what a drive writes down ─────────────────────────────────────────────────────────────────────

    def note(self, name: str, value: Any) -> None:
        self._recorder.make(Note, name=name, value=value)

    def step(
        self, step: str, phase: str, *, function: int | None, detail: str = "", **parameters: Any
    ) -> None:
        self._recorder.make(
            StepChanged, step=step, phase=phase, function=function, parameters=parameters, detail=detail
        )

    def act(self, number: int, act: str, phase: str, *, by: str, detail: str = "", **parameters: Any) -> None:
        self._recorder.make(
            ActChanged, number=number, act=act, phase=phase, by=by, parameters=parameters, detail=detail
        )

    def _open_window(self, awaited: str, seconds: float) -> int:
        self._windows += 1
        self._recorder.make(
            WindowChanged, window=self._windows, phase="opened", awaited=awaited, seconds=seconds
        )
        return self._windows

    def _close_window(self, window: int, awaited: str, seconds: float, *, met: bool) -> None:
        self._recorder.make(
            WindowChanged, window=window, phase="closed", awaited=awaited, seconds=seconds, met=met
        )


def _fits(exchange: Exchange[Any], action: type[R], where: Callable[[R], bool] | None) -> bool:
    """Whether the message is what was awaited. A request that was read leniently may hold anything."""
    if exchange.sender != "charge_point" or not isinstance(exchange.reading.message, action):
        return False
    try:
        return where is None or where(exchange.request)
    except (AttributeError, TypeError, ValueError):
        return False
