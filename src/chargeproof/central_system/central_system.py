"""The central system: admits stations, gives each socket a session, and carries commands to them."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from chargeproof.bus import AnswerLost, Bus, NoNodeHolds
from chargeproof.central_system.admission import PROTOCOL_ERROR, must_close
from chargeproof.central_system.authorization import Authorization
from chargeproof.central_system.charge_point import ChargePoint
from chargeproof.central_system.commands import (
    Command,
    CommandResult,
    CommandState,
    Priority,
    Sending,
    new_unique_id,
    settle_interrupted,
)
from chargeproof.central_system.file_desk import FileDesk
from chargeproof.central_system.handshakes import Patience, authentication_of, entry_of, record_of
from chargeproof.central_system.load import Load
from chargeproof.central_system.ports import Admission, Handshake, Link, Session
from chargeproof.central_system.recorder import Recorder
from chargeproof.central_system.registry import Registry
from chargeproof.central_system.relay import read_answer, read_question, write_answer, write_question
from chargeproof.central_system.rules import reason_not_to_send
from chargeproof.central_system.security_desk import SecurityDesk
from chargeproof.central_system.settings import NO_POLICY, CentralSystemSettings, StationPolicy
from chargeproof.central_system.station import Known, Services, StationState
from chargeproof.central_system.station_security import StationSecurity
from chargeproof.central_system.tally import Tally
from chargeproof.central_system.veil import Veil
from chargeproof.clock import Clock
from chargeproof.files.ports import FileService
from chargeproof.ocpp import RegistrationStatus, Request
from chargeproof.store import Store, StoreError
from chargeproof.store.records import ChargePointRecord
from chargeproof.trace import Entry

log = logging.getLogger(__name__)

GOING_AWAY = 1001
DRAIN_S = 5.0
"""How long a stop waits for the requests that stations are being answered."""
RELAY_MARGIN_S = 5.0
"""How much longer than the command itself another node may take to answer for it."""


class CentralSystem:
    """One node. `start` before the first handshake; nothing a station does raises out of here."""

    def __init__(
        self,
        *,
        store: Store,
        bus: Bus,
        clock: Clock,
        settings: CentralSystemSettings | None = None,
        files: FileService | None = None,
    ) -> None:
        self.settings = settings or CentralSystemSettings()
        self.store = store
        self.bus = bus
        self._clock = clock
        self.tally = Tally()
        authorization = Authorization(store, self.settings, clock)
        veil = Veil(self.settings.credential_key)
        self._services = Services(store, clock, self.settings, authorization, self.tally, veil)
        self._recorder = Recorder(clock, bus if self.settings.share_events else None, veil)
        self.security_of_stations = StationSecurity(store, self.settings, clock)
        self._registry = Registry()
        self._known: dict[str, Known] = {}
        self._policies: dict[str, StationPolicy] = {}
        self._policies_asked_for: set[str] = set()
        self._cut: set[str] = set()
        self._patience = Patience(clock.monotonic)
        self._holds: dict[int, Callable[[], None]] = {}
        self._connections = 0
        self._stopping = False
        self.files = FileDesk(files, store, self._recorder, clock)
        self.security = SecurityDesk(self.call, self.files, store, clock.now)
        self._services.security = self.security

    async def start(self) -> None:
        """Read what is known of stations. Raises StoreError."""
        self._connections = await self.store.last_connection()
        for record in await self.store.charge_points():
            self._learn(record)
        await settle_interrupted(self.store, self._clock.now())
        self.files.start()

    async def stop(self) -> None:
        """Refuse newcomers, finish what is being handled, make it durable, close every socket with 1001."""
        self._stopping = True
        draining = [asyncio.create_task(charge_point.drain()) for charge_point in self._registry]
        if draining:
            _, unfinished = await asyncio.wait(draining, timeout=DRAIN_S)
            for task in unfinished:
                task.cancel()
        await self._flush()
        for charge_point in self._registry:
            charge_point.close(GOING_AWAY, "the central system stops")
            charge_point.closed(GOING_AWAY, "the central system stops", "central_system")
        self.files.stop()
        self.security.stop()
        await self.security_of_stations.settled()
        await self._flush()

    async def _flush(self) -> None:
        try:
            await self.store.flush()
        except StoreError as error:
            log.error("stopping with writes lost: %s", error)

    # Connections.

    def admit(self, handshake: Handshake) -> Admission:
        """Decide on a handshake and keep the attempt, whatever comes of it."""
        charge_point_id = handshake.charge_point_id
        if charge_point_id in self._cut:
            admission = Admission(accepted=False, reset=True, reason="out of reach")
        elif self._stopping:
            admission = Admission(accepted=False, http_status=503, reason="the central system stops")
        else:
            change = self._policies.get(charge_point_id, NO_POLICY).admission
            admission = change(self.security_of_stations.judge(handshake))
        self._keep_handshake(handshake, admission)
        return admission

    def refused(self, handshake: Handshake, admission: Admission) -> None:
        """Keep an attempt that the server refused by itself, because it was no WebSocket handshake."""
        self._keep_handshake(handshake, admission)

    def connected(self, handshake: Handshake, admission: Admission, link: Link) -> Session:
        """The session of a socket that was admitted and is open now; it takes over from an older one."""
        self._connections += 1
        charge_point_id = handshake.charge_point_id
        known = self._known.setdefault(charge_point_id, Known())
        station = StationState(charge_point_id, self._connections, self._policy(charge_point_id), known)
        charge_point = ChargePoint(
            station=station,
            services=self._services,
            recorder=self._recorder,
            link=link,
            on_end=self._ended,
        )
        if must_close(handshake, admission):
            charge_point.begin(handshake, admission)
            charge_point.close(PROTOCOL_ERROR, admission.reason)
            return charge_point
        older = self._registry.add(charge_point)
        charge_point.begin(handshake, admission)
        self._holds[station.connection] = self.bus.hold(
            charge_point_id, partial(self._answer_question, charge_point_id)
        )
        if older is not None:
            charge_point.outbox.adopt(older.outbox.hand_over())
            older.close(1000, f"replaced by connection {station.connection}")
        return charge_point

    def cut(self, charge_point_id: str) -> None:
        """Out of reach: reset the socket and every new TCP connection until `restore`."""
        if charge_point_id in self._cut:
            return
        self._cut.add(charge_point_id)
        self._recorder.reach(charge_point_id, reachable=False)
        charge_point = self._registry.get(charge_point_id)
        if charge_point is not None:
            charge_point.cut()

    def restore(self, charge_point_id: str) -> None:
        if charge_point_id in self._cut:
            self._cut.discard(charge_point_id)
            self._recorder.reach(charge_point_id, reachable=True)

    def is_connected(self, charge_point_id: str) -> bool:
        return self._registry.get(charge_point_id) is not None

    def connection_of(self, charge_point_id: str) -> int | None:
        """The number of the socket on which it is connected here, None for none."""
        charge_point = self._registry.get(charge_point_id)
        return None if charge_point is None else charge_point.station.connection

    def is_ready(self, charge_point_id: str) -> bool:
        """Whether commands go out to it: its Boot was answered Accepted, or it was accepted before."""
        charge_point = self._registry.get(charge_point_id)
        return charge_point is not None and charge_point.outbox.ready

    def connected_ids(self) -> list[str]:
        return sorted(charge_point.charge_point_id for charge_point in self._registry)

    def load(self) -> Load:
        live = list(self._registry)
        return Load(
            connections=len(live),
            ready=sum(charge_point.outbox.ready for charge_point in live),
            requests_waiting=sum(charge_point.requests_waiting for charge_point in live),
            commands_waiting=sum(charge_point.outbox.waiting for charge_point in live),
        )

    async def obstacles(self) -> list[str]:
        """Why this node cannot serve stations now; empty when it can. Writes to the store to find out."""
        if self._stopping:
            return ["the central system stops"]
        try:
            await self.store.check_writable()
        except StoreError as error:
            return [str(error)]
        return []

    def watch(self, charge_point_id: str, listener: Callable[[Entry], None]) -> Callable[[], None]:
        """Hear each entry of a station, or of all ("*"), as it happens, until the returned function is called."""
        return self._recorder.watch(charge_point_id, listener)

    def watch_all(self, listener: Callable[[str, Entry], None]) -> Callable[[], None]:
        """As `watch("*")`, for who must know which station an entry is of."""
        return self._recorder.watch_all(listener)

    # What is decided for one station.

    def policy(self, charge_point_id: str) -> StationPolicy:
        """Its own policy, to be changed in place."""
        self._policies_asked_for.add(charge_point_id)
        return self._policy(charge_point_id)

    async def admit_station(
        self, charge_point_id: str, decision: RegistrationStatus | None
    ) -> ChargePointRecord:
        """An operator lets a station in (Accepted), keeps it waiting or out; None leaves it to the settings.

        Told with its next BootNotification, which a pending station is asked for at once.
        """
        record = await self.store.admit(charge_point_id, decision, self._clock.now())
        self._learn(record)
        charge_point = self._registry.get(charge_point_id)
        if (
            charge_point is not None
            and decision is RegistrationStatus.ACCEPTED
            and charge_point.station.registration is RegistrationStatus.PENDING
        ):
            charge_point.ask_for_boot()
        return record

    async def set_password(self, charge_point_id: str, password: str | bytes | None) -> None:
        """The password (AuthorizationKey) that this station must send from now on; None: none.

        Kept in the store only under a lasting `credential_key`.
        """
        await self.security_of_stations.set_password(charge_point_id, password)

    def close_connection(self, charge_point_id: str, reason: str) -> None:
        """Let the station connect anew."""
        charge_point = self._registry.get(charge_point_id)
        if charge_point is not None:
            charge_point.close(1000, reason)

    # Commands.

    async def call(
        self,
        charge_point_id: str,
        request: Request,
        *,
        timeout_s: float | None = None,
        priority: Priority = Priority.OPERATOR,
        while_pending: bool = False,
        unique_id: str | None = None,
    ) -> CommandResult:
        """Send a command and wait for what becomes of it; raises nothing for what a station does.

        timeout_s: how long its answer is waited for, from when it is sent. while_pending: also send it to a
        station that was told Pending (S§4.2 allows questions and configuration then). unique_id: of the CALL.
        """
        sending = Sending(unique_id or new_unique_id(), timeout_s, priority, while_pending)
        if not self.is_connected(charge_point_id):
            with suppress(NoNodeHolds):
                return await self._call_elsewhere(charge_point_id, request, sending)
        return await self._call_here(charge_point_id, request, sending)

    async def _call_here(self, charge_point_id: str, request: Request, sending: Sending) -> CommandResult:
        command = Command(request, sending, self._clock.now())
        charge_point = self._registry.get(charge_point_id)
        if charge_point is None:
            return self._never_sent(charge_point_id, command, CommandState.NOT_CONNECTED, "no socket is open")
        reason = reason_not_to_send(request, charge_point.station)
        if reason:
            return self._never_sent(charge_point_id, command, CommandState.REFUSED, reason)
        charge_point.outbox.submit(command)
        command.done.add_done_callback(partial(self._answered, charge_point_id, request))
        try:
            return await command.done
        except asyncio.CancelledError:
            newest = self._registry.get(charge_point_id) or charge_point
            newest.outbox.withdraw(command, "nobody waits for it any more")
            raise

    def _answered(
        self, charge_point_id: str, request: Request, done: "asyncio.Future[CommandResult]"
    ) -> None:
        if not done.cancelled():
            self.security_of_stations.answered(charge_point_id, request, done.result())

    def _never_sent(
        self, charge_point_id: str, command: Command, state: CommandState, reason: str
    ) -> CommandResult:
        record = command.record(
            charge_point_id, state, self._services.veil, ended_at=self._clock.now(), detail=reason
        )
        self.store.record_command(record)
        self._recorder.command(charge_point_id, command.unique_id, command.request.action, state, reason)
        return CommandResult(unique_id=command.unique_id, state=state, error_description=reason)

    async def _call_elsewhere(
        self, charge_point_id: str, request: Request, sending: Sending
    ) -> CommandResult:
        answering_s = sending.timeout_s or self.settings.call_timeout_s
        wait_s = answering_s + self.settings.queue_wait_s + RELAY_MARGIN_S
        try:
            answer = await self.bus.ask(charge_point_id, write_question(request, sending), wait_s)
        except AnswerLost as error:
            return CommandResult(
                unique_id=sending.unique_id, state=CommandState.UNKNOWN, error_description=str(error)
            )
        return read_answer(request.action, answer)

    async def _answer_question(self, charge_point_id: str, question: bytes) -> bytes:
        request, asked = read_question(question)
        if request is not None:
            return write_answer(await self._call_here(charge_point_id, request, asked.sending))
        reason = f"this node does not know {asked.action}"
        return write_answer(
            CommandResult(
                unique_id=asked.sending.unique_id, state=CommandState.REFUSED, error_description=reason
            )
        )

    # Book-keeping.

    def _policy(self, charge_point_id: str) -> StationPolicy:
        return self._policies.setdefault(charge_point_id, StationPolicy())

    def _learn(self, record: ChargePointRecord) -> None:
        known = self._known.setdefault(record.charge_point_id, Known())
        known.accepted = known.accepted or record.accepted_at is not None
        known.admitted = record.admitted
        self.security_of_stations.learn(record)

    def _ended(self, charge_point: ChargePoint) -> None:
        let_go = self._holds.pop(charge_point.station.connection, None)
        if let_go is not None:
            let_go()
        if self._registry.remove(charge_point) and not charge_point.station.known.accepted:
            self._forget(charge_point)

    def _forget(self, charge_point: ChargePoint) -> None:
        """Strangers that come and go must not fill the memory; what was decided on a station stays."""
        charge_point_id = charge_point.charge_point_id
        if charge_point.station.known.admitted is None:
            self._known.pop(charge_point_id, None)
        if charge_point_id not in self._policies_asked_for:
            self._policies.pop(charge_point_id, None)

    def _keep_handshake(self, handshake: Handshake, admission: Admission) -> None:
        authentication = authentication_of(handshake, self.security_of_stations.credentials)
        record = record_of(handshake, admission, authentication, self._clock.now())
        self.tally.handshake(record.outcome)
        if self._patience.is_worth_keeping(record):
            self.store.record_handshake(record)
            self._recorder.handshake(handshake.charge_point_id, partial(entry_of, record))
