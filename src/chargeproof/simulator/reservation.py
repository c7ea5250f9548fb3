"""Reservations: a connector, or any one connector, kept for an idTag until a date (S§5.13, S§5.1)."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from chargeproof.ocpp import (
    CancelReservation,
    CancelReservationConf,
    CancelReservationStatus,
    ChargePointStatus,
    ReservationStatus,
    ReserveNow,
    ReserveNowConf,
)
from chargeproof.simulator.authorization import same_tag

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

MEMORY_NAME = "reservations"

REFUSALS = {
    ChargePointStatus.FAULTED: ReservationStatus.FAULTED,
    ChargePointStatus.UNAVAILABLE: ReservationStatus.UNAVAILABLE,
}
FREE = {ChargePointStatus.AVAILABLE, ChargePointStatus.RESERVED}


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """connector_id 0: any one connector."""

    reservation_id: int
    connector_id: int
    id_tag: str
    expiry_date: datetime
    parent_id_tag: str | None = None

    def is_for(self, id_tag: str, parent_id_tag: str | None) -> bool:
        if same_tag(self.id_tag, id_tag):
            return True
        parents = self.parent_id_tag, parent_id_tag
        return parents[0] is not None and parents[1] is not None and same_tag(parents[0], parents[1])


class Reservations:
    """Kept over reboots; each ends by use, by cancellation or at its date."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        kept = msgspec.convert(station.memory.get(MEMORY_NAME, []), list[Reservation])
        self._all = {item.reservation_id: item for item in kept}
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def begin(self) -> None:
        """After a boot: those that expired meanwhile go, the others get their timers."""
        for reservation in list(self._all.values()):
            self._set_timer(reservation)

    def end(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    def reserve(self, request: ReserveNow) -> ReserveNowConf:
        status = self._judged(request)
        if status is ReservationStatus.ACCEPTED:
            reservation = Reservation(
                reservation_id=request.reservation_id,
                connector_id=request.connector_id,
                id_tag=request.id_tag,
                expiry_date=request.expiry_date,
                parent_id_tag=request.parent_id_tag,
            )
            self._all[reservation.reservation_id] = reservation
            self._set_timer(reservation)
            self._changed()
        return ReserveNowConf(status=status)

    def cancel(self, request: CancelReservation) -> CancelReservationConf:
        found = self.remove(request.reservation_id)
        status = CancelReservationStatus.ACCEPTED if found else CancelReservationStatus.REJECTED
        return CancelReservationConf(status=status)

    def of(self, connector_id: int) -> Reservation | None:
        """The reservation of this very connector."""
        return next((item for item in self._all.values() if item.connector_id == connector_id), None)

    def keeps_out(self, connector_id: int, id_tag: str, parent_id_tag: str | None) -> bool:
        """Whether this connector is kept for somebody else."""
        own = self.of(connector_id)
        if own is not None:
            return not own.is_for(id_tag, parent_id_tag)
        any_one = self.of(0)
        if any_one is None or any_one.is_for(id_tag, parent_id_tag):
            return False
        others = [one for one in self.station.connectors if one != connector_id]
        return not any(self._is_free(one) for one in others)

    def use(self, connector_id: int, id_tag: str, parent_id_tag: str | None) -> int | None:
        """A transaction of this idTag begins here: its reservation is used up. Its id, or None."""
        for reservation in list(self._all.values()):
            here = reservation.connector_id in {0, connector_id}
            if here and reservation.is_for(id_tag, parent_id_tag):
                self.remove(reservation.reservation_id)
                return reservation.reservation_id
        return None

    def remove(self, reservation_id: int) -> bool:
        if self._all.pop(reservation_id, None) is None:
            return False
        timer = self._timers.pop(reservation_id, None)
        if timer is not None:
            timer.cancel()
        self._changed()
        return True

    def _judged(self, request: ReserveNow) -> ReservationStatus:
        station = self.station
        if request.connector_id == 0:
            if not station.configuration.boolean("ReserveConnectorZeroSupported"):
                return ReservationStatus.REJECTED
            free = any(self._is_free(one) for one in station.connectors)
            return ReservationStatus.ACCEPTED if free else ReservationStatus.OCCUPIED
        connector = station.connectors.get(request.connector_id)
        if connector is None or connector.status is None:
            return ReservationStatus.REJECTED
        reserved = self.of(request.connector_id)
        if reserved is not None and reserved.reservation_id != request.reservation_id:
            return ReservationStatus.OCCUPIED
        if connector.status in FREE:
            return ReservationStatus.ACCEPTED
        return REFUSALS.get(connector.status, ReservationStatus.OCCUPIED)

    def _is_free(self, connector_id: int) -> bool:
        status = self.station.connectors[connector_id].status
        return status is ChargePointStatus.AVAILABLE and self.of(connector_id) is None

    def _set_timer(self, reservation: Reservation) -> None:
        running = self._timers.pop(reservation.reservation_id, None)
        if running is not None:
            running.cancel()
        delay_s = max(0.0, (reservation.expiry_date - self.station.now()).total_seconds())
        self._timers[reservation.reservation_id] = asyncio.get_running_loop().call_later(
            delay_s, self.station.on_reservation_expired, reservation.reservation_id
        )

    def _changed(self) -> None:
        self.station.memory[MEMORY_NAME] = msgspec.to_builtins(list(self._all.values()))
        for connector_id in self.station.connectors:
            self.station.refresh(connector_id)
