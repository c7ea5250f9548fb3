"""A simulated charge station: it keeps to OCPP 1.6, and every behaviour is a method that can be overridden."""

import asyncio

from chargeproof.ocpp import ChargePointErrorCode
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.answers import Answers
from chargeproof.simulator.authorization import Authorization
from chargeproof.simulator.availability import Availability
from chargeproof.simulator.charging_profiles import ChargingProfiles
from chargeproof.simulator.configuration import Configuration
from chargeproof.simulator.connector import Connector
from chargeproof.simulator.diagnostics import Diagnostics
from chargeproof.simulator.faults import Faults
from chargeproof.simulator.firmware import Firmware
from chargeproof.simulator.hardware import Outlet, Vehicle
from chargeproof.simulator.messages import POWER_LOST_AT
from chargeproof.simulator.metering import NO_CURRENT
from chargeproof.simulator.outbox import Outbox
from chargeproof.simulator.parts import BOOTS
from chargeproof.simulator.ports import CannotBeDone, UnsupportedAct
from chargeproof.simulator.power import PowerControl
from chargeproof.simulator.queue import OfflineQueue
from chargeproof.simulator.remote_commands import RemoteCommands
from chargeproof.simulator.remote_trigger import RemoteTrigger
from chargeproof.simulator.reservation import Reservations
from chargeproof.simulator.sampling import Sampling
from chargeproof.simulator.security import Security
from chargeproof.simulator.transactions import Transactions

MAINS_AWAY_S = 5.0


class SimulatedStation(Answers):
    """Power, software and hands.

    `power_on` starts it in tasks of its own. The hands (`plug_in` and so on) return when the physical act is
    done, not when the station has reacted; they raise CannotBeDone or UnsupportedAct.
    """

    _life: "asyncio.Task[None] | None" = None
    _restart: "asyncio.Future[float]"

    # Power and software

    async def power_on(self) -> None:
        """Put it under power; it boots and connects by itself."""
        if self._life is not None:
            raise CannotBeDone("the station is under power already")
        self._life = asyncio.create_task(self._live(), name=f"{self.charge_point_id}: life")
        self._life.add_done_callback(self._task_ended)

    async def power_off(self) -> None:
        """Take the power away, as a cut of the mains does: nothing can be said any more."""
        life, self._life = self._life, None
        if life is None:
            return
        if self.running:
            self.on_power_lost()
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)

    def on_power_lost(self) -> None:
        """The last thing the electronics do: note the registers and the time."""
        self.memory[POWER_LOST_AT] = self.now().isoformat()
        self._open_contactors()

    def restart(self, *, after_s: float) -> None:
        """End the software now; it starts again after this many seconds."""
        if not self._restart.done():
            if self.security is not None:
                self.security.log.note(SecurityEvent.RESET_OR_REBOOT, tell_now=False)
            self._restart.set_result(after_s)

    def reboot_for_firmware(self) -> None:
        self.restart(after_s=self.model.timing.soft_reset_s)

    async def _live(self) -> None:
        await asyncio.sleep(self.model.timing.boot_s)
        while True:
            after_s = await self._run_software()
            await asyncio.sleep(after_s)

    async def _run_software(self) -> float:
        self._restart = asyncio.get_running_loop().create_future()
        self.start_software()
        try:
            return await self._restart
        finally:
            await self._end_software()

    def start_software(self) -> None:
        """What a boot does: everything that was not kept in memory is forgotten."""
        boots = int(self.memory.get(BOOTS, 0)) + 1
        self.memory[BOOTS] = boots
        self.random.seed(f"{self.charge_point_id}/{self.seed}/{boots}")
        self.registration = None
        self.shown, self.reported = {}, {}
        self.last_call_s = float("-inf")
        self.make_parts()
        self.running = True
        self.transactions.recover()
        self.reservations.begin()
        self.firmware.begin()
        if self.security is not None:
            self.security.begin()
        self.show_status(0)
        for connector_id in self.connectors:
            self.refresh(connector_id)
        self.spawn(self.keep_connected(), "connection")
        self.spawn(self.outbox.run(), "sender")
        self.spawn(self.run_heartbeats(), "heartbeats")
        self.spawn(self.run_pings(), "pings")
        self.spawn(self.sampling.run_clock_aligned(), "clock-aligned values")

    def make_parts(self) -> None:
        """The components, new at each boot; they find in memory what was kept."""
        self.configuration = Configuration(self.model, self.memory, self.configuration_changed)
        self.connectors = {number: Connector(outlet) for number, outlet in self.hardware.outlets.items()}
        self.outbox = Outbox(self)
        self.queue = OfflineQueue(self)
        self.authorization = Authorization(self)
        self.availability = Availability(self)
        self.charging_profiles = ChargingProfiles(self)
        self.diagnostics = Diagnostics(self)
        self.faults = Faults(self)
        self.firmware = Firmware(self)
        self.power = PowerControl(self)
        self.remote_commands = RemoteCommands(self)
        self.remote_trigger = RemoteTrigger(self)
        self.reservations = Reservations(self)
        self.sampling = Sampling(self)
        self.security = Security(self, self.model.security) if self.model.security is not None else None
        self.transactions = Transactions(self)

    async def _end_software(self) -> None:
        self.running = False
        self._open_contactors()
        self.reservations.end()
        for connector in self.connectors.values():
            connector.stop_waiting_for_plug()
            for name in list(connector.timers):
                connector.set_timer(name, None)
        await self.cancel_tasks()
        self.link = None

    def _open_contactors(self) -> None:
        for outlet in self.hardware.outlets.values():
            outlet.meter.set_currents(NO_CURRENT, self.clock.monotonic())
        self.save_registers()

    # Hands

    async def plug_in(self, connector_id: int, vehicle: Vehicle | None = None) -> None:
        """Plug in the cable of a vehicle, by default one that is as the model says."""
        outlet = self._outlet(connector_id)
        if outlet.plugged:
            raise CannotBeDone(f"a cable is plugged into connector {connector_id} already")
        outlet.vehicle = vehicle or self.make_vehicle()
        if self.running:
            self.on_plugged(self.connectors[connector_id])

    async def unplug(self, connector_id: int) -> None:
        """Take the cable out at the vehicle."""
        outlet = self._outlet(connector_id)
        if not outlet.plugged:
            raise CannotBeDone(f"no cable is plugged into connector {connector_id}")
        outlet.vehicle = None
        if self.running:
            self.on_unplugged(self.connectors[connector_id])

    async def present_card(self, id_tag: str, connector_id: int) -> None:
        """Hold a card with this idTag to the reader of a connector."""
        self._outlet(connector_id)
        if not self.running:
            raise CannotBeDone("the card reader is dark: the station has no power or is starting")
        self.spawn(self.on_card(self.connectors[connector_id], id_tag), "card")

    async def set_vehicle_ready(self, connector_id: int, ready: bool) -> None:
        """The vehicle wants to charge, or has enough."""
        vehicle = self._outlet(connector_id).vehicle
        if vehicle is None:
            raise CannotBeDone(f"no vehicle is at connector {connector_id}")
        vehicle.ready = ready
        if self.running:
            self.on_vehicle_changed(self.connectors[connector_id])

    async def provoke_error(
        self, connector_id: int, error_code: ChargePointErrorCode | None = None, *, blocking: bool = True
    ) -> None:
        """Break something at a connector, or at the station itself (0)."""
        self._running_place(connector_id)
        self.faults.provoke(connector_id, error_code, blocking=blocking)

    async def repair(self, connector_id: int) -> None:
        self._running_place(connector_id)
        self.faults.repair(connector_id)

    async def cut_mains(self, away_s: float = MAINS_AWAY_S) -> None:
        """Take the mains away and bring them back; returns when they are back."""
        if self._life is None:
            raise CannotBeDone("the station has no power")
        await self.power_off()
        await asyncio.sleep(away_s)
        await self.power_on()

    async def occupy_bay(self, connector_id: int, occupied: bool) -> None:
        """A vehicle comes to stand in the parking bay, or leaves it."""
        if not self.model.has_bay_sensor:
            raise UnsupportedAct("this station has no sensor in its parking bays")
        outlet = self._outlet(connector_id)
        if outlet.bay_occupied == occupied:
            raise CannotBeDone(
                f"the bay of connector {connector_id} is {'taken' if occupied else 'empty'} already"
            )
        outlet.bay_occupied = occupied
        if self.running:
            self.refresh(connector_id)

    def _outlet(self, connector_id: int) -> Outlet:
        if connector_id not in self.hardware.outlets:
            last = max(self.hardware.outlets)
            raise CannotBeDone(f"there is no connector {connector_id}; this station has 1 to {last}")
        return self.hardware.outlets[connector_id]

    def _running_place(self, connector_id: int) -> None:
        if connector_id != 0:
            self._outlet(connector_id)
        if not self.running:
            raise CannotBeDone("the station has no power or is starting")
