"""What every part of a station stands on: its components, its clock, its tasks, its calls."""

import asyncio
import random
import uuid
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, cast

from chargeproof.clock import Clock
from chargeproof.ocpp import (
    ChargePointErrorCode,
    ChargePointStatus,
    Confirmation,
    RegistrationStatus,
    Request,
)
from chargeproof.simulator.authorization import Authorization
from chargeproof.simulator.availability import Availability
from chargeproof.simulator.bell import Bell
from chargeproof.simulator.charging_profiles import ChargingProfiles
from chargeproof.simulator.configuration import Configuration
from chargeproof.simulator.connector import Connector, Report
from chargeproof.simulator.diagnostics import Diagnostics
from chargeproof.simulator.faults import Faults
from chargeproof.simulator.firmware import Firmware
from chargeproof.simulator.hardware import Hardware, Outlet, Vehicle
from chargeproof.simulator.link import NotConnected, StationLink
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.metering import Meter, Reading
from chargeproof.simulator.model import StationModel
from chargeproof.simulator.outbox import Outbox
from chargeproof.simulator.ports import Dial, FileTransfer, TrustingTransfer
from chargeproof.simulator.power import PowerControl
from chargeproof.simulator.queue import OfflineQueue
from chargeproof.simulator.remote_commands import RemoteCommands
from chargeproof.simulator.remote_trigger import RemoteTrigger
from chargeproof.simulator.reservation import Reservations
from chargeproof.simulator.sampling import Sampling
from chargeproof.simulator.security import Security
from chargeproof.simulator.transactions import Transaction, Transactions

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

T = TypeVar("T")
ConfT = TypeVar("ConfT", bound=Confirmation)

REGISTERS = "registers"
BOOTS = "boots"


class StationParts:
    """State and tools; the behaviour is in the classes built on it.

    `crashes`: exceptions of the station's own tasks; a lawful station has none.
    """

    configuration: Configuration
    connectors: dict[int, Connector]
    authorization: Authorization
    availability: Availability
    charging_profiles: ChargingProfiles
    diagnostics: Diagnostics
    faults: Faults
    firmware: Firmware
    outbox: Outbox
    power: PowerControl
    queue: OfflineQueue
    remote_commands: RemoteCommands
    remote_trigger: RemoteTrigger
    reservations: Reservations
    sampling: Sampling
    security: Security | None = None
    transactions: Transactions

    def __init__(
        self,
        model: StationModel,
        charge_point_id: str,
        *,
        dial: Dial,
        transfer: FileTransfer,
        clock: Clock,
        memory: Memory | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.charge_point_id = charge_point_id
        self.dial = dial
        self.transfer = transfer
        if model.security is not None and isinstance(transfer, TrustingTransfer):
            self.transfer = transfer.trusting(lambda: self.security.trusted_pems() if self.security else ())
        self.clock = clock
        self.memory = Memory() if memory is None else memory
        self.seed = seed
        self.hardware = self.make_hardware()
        self.link: StationLink | None = None
        self.registration: RegistrationStatus | None = None
        self.offset_s = model.offset_s
        self.running = False
        self.shown: dict[int, Report] = {}
        self.reported: dict[int, Report] = {}
        self.crashes: list[BaseException] = []
        self.heartbeat_bell = Bell()
        self.ping_bell = Bell()
        self.boot_bell = Bell()
        self.last_call_s = float("-inf")
        self.random = random.Random(f"{charge_point_id}/{seed}")
        self._order = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    def as_station(self) -> "SimulatedStation":
        """Self, as the components know it: complete."""
        return cast("SimulatedStation", self)

    def make_hardware(self) -> Hardware:
        registers: dict[str, float] = self.memory.get(REGISTERS, {})
        outlets = {
            number: Outlet(
                number,
                Meter(
                    self.model.meter,
                    seed=f"{self.charge_point_id}/{self.seed}/{number}",
                    energy_wh=registers.get(str(number), 0.0),
                ),
            )
            for number in range(1, self.model.connectors + 1)
        }
        return Hardware(outlets)

    def make_vehicle(self) -> Vehicle:
        """The vehicle that comes unless the hand brings another."""
        vehicle = self.model.vehicle
        return Vehicle(vehicle.max_current_a, vehicle.min_current_a, vehicle.phases, vehicle.ready)

    @property
    def online(self) -> bool:
        """Connected and accepted: everything may be sent."""
        return self.link is not None and self.registration is RegistrationStatus.ACCEPTED

    def now(self) -> datetime:
        """The station's own clock."""
        return self.clock.now() + timedelta(seconds=self.offset_s)

    def synchronize_clock(self, current_time: datetime) -> None:
        """Take over the time of the central system, but do not jump back and forth for the latency."""
        behind_s = (current_time - self.now()).total_seconds()
        if abs(behind_s) > self.model.timing.clock_tolerance_s:
            self.offset_s += behind_s

    def spawn(self, work: Coroutine[Any, Any, T], name: str) -> "asyncio.Task[T]":
        """A task that lives as long as the software runs; if it breaks, `crashes` and the loop are told."""
        task = asyncio.create_task(work, name=f"{self.charge_point_id}: {name}")
        self._tasks.add(task)
        task.add_done_callback(self._task_ended)
        return task

    async def cancel_tasks(self) -> None:
        current = asyncio.current_task()
        tasks = [task for task in self._tasks if task is not current]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def call(self, request: Request[ConfT]) -> ConfT:
        """Send a call and wait for its confirmation. Raises CallFailed."""
        return await self.call_as(self.next_unique_id(), request)

    async def call_as(self, unique_id: str, request: Request[ConfT]) -> ConfT:
        link = self.link
        if link is None:
            raise NotConnected(f"there is no connection for {request.action}")
        return await link.call(request, unique_id)

    def next_order(self) -> int:
        """Numbers what is to be sent in the order in which it happened."""
        self._order += 1
        return self._order

    def next_unique_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def wake_sender(self) -> None:
        self.outbox.wake()

    def reading(self, connector_id: int) -> Reading:
        return self.hardware.outlets[connector_id].meter.reading(self.clock.monotonic())

    def register_wh(self, connector_id: int) -> int:
        """The energy register in whole Wh, as StartTransaction and StopTransaction tell it."""
        return int(self.reading(connector_id).energy_wh)

    def save_registers(self) -> None:
        self.memory[REGISTERS] = {str(one): self.reading(one).energy_wh for one in self.hardware.outlets}

    def status_of(self, connector_id: int) -> ChargePointStatus:
        """The status now; connector 0 is the station itself, with three statuses only (S§4.9)."""
        if connector_id != 0:
            return self.connectors[connector_id].status or ChargePointStatus.AVAILABLE
        if self.hardware.fault is not None and self.hardware.fault.blocking:
            return ChargePointStatus.FAULTED
        operative = self.availability.is_operative(0)
        return ChargePointStatus.AVAILABLE if operative else ChargePointStatus.UNAVAILABLE

    def error_of(self, connector_id: int) -> ChargePointErrorCode:
        if connector_id != 0:
            return self.connectors[connector_id].error_code
        fault = self.hardware.fault
        return fault.error_code if fault else ChargePointErrorCode.NO_ERROR

    def transaction_id_of(self, transaction: Transaction) -> int | None:
        """The id that the central system gave; None before it did."""
        return transaction.transaction_id

    def transaction_id_to_send(self, key: int) -> int:
        """The id for messages of the transaction with this key; -1 if its start could not be delivered (E3.18)."""
        found = self.queue.transaction_id(key)
        return -1 if found is None else found

    def _task_ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.crashes.append(error)
            context = {"message": f"{task.get_name()} broke", "exception": error, "task": task}
            asyncio.get_running_loop().call_exception_handler(context)
