"""Smart charging: the profiles that are installed, the limit they set, and the composite schedule (S§3.13)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from chargeproof.ocpp import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingProfileStatus,
    ChargingRateUnit,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfile,
    ClearChargingProfileConf,
    ClearChargingProfileStatus,
    GetCompositeSchedule,
    GetCompositeScheduleConf,
    GetCompositeScheduleStatus,
    SetChargingProfile,
    SetChargingProfileConf,
)
from chargeproof.simulator import schedules

if TYPE_CHECKING:
    from chargeproof.simulator.station import SimulatedStation

MEMORY_NAME = "charging_profiles"
UNIT_NAMES = {ChargingRateUnit.A: "Current", ChargingRateUnit.W: "Power"}
PURPOSE = ChargingProfilePurpose


class Installed(msgspec.Struct, frozen=True):
    """A profile on a connector; 0 is the station."""

    connector_id: int
    profile: ChargingProfile


class ChargingProfiles:
    """Of each purpose the profile with the highest stack level that says something rules; the least limit wins."""

    def __init__(self, station: "SimulatedStation") -> None:
        self.station = station
        self._installed = msgspec.convert(station.memory.get(MEMORY_NAME, []), list[Installed])

    def set(self, request: SetChargingProfile) -> SetChargingProfileConf:
        profile = request.cs_charging_profiles
        if not self._is_lawful(request.connector_id, profile):
            return SetChargingProfileConf(status=ChargingProfileStatus.REJECTED)
        self.install(request.connector_id, profile)
        self.station.power.recalculate_all()
        return SetChargingProfileConf(status=ChargingProfileStatus.ACCEPTED)

    def install(self, connector_id: int, profile: ChargingProfile) -> None:
        """Put in place; the same id, or the same purpose and level on the connector, is replaced (S§5.16)."""
        self._installed = [
            one
            for one in self._installed
            if one.profile.charging_profile_id != profile.charging_profile_id
            and _place(one.connector_id, one.profile) != _place(connector_id, profile)
        ]
        self._installed.append(Installed(connector_id, profile))
        self._save()

    def clear(self, request: ClearChargingProfile) -> ClearChargingProfileConf:
        kept = [one for one in self._installed if not _is_meant(request, one)]
        found = len(kept) < len(self._installed)
        self._installed = kept
        self._save()
        self.station.power.recalculate_all()
        status = ClearChargingProfileStatus.ACCEPTED if found else ClearChargingProfileStatus.UNKNOWN
        return ClearChargingProfileConf(status=status)

    def forget_transaction(self, connector_id: int) -> None:
        """A TxProfile ends with its transaction (S§3.13.1)."""
        self._installed = [
            one
            for one in self._installed
            if one.connector_id != connector_id
            or one.profile.charging_profile_purpose is not PURPOSE.TX_PROFILE
        ]
        self._save()

    def limit_a(self, connector_id: int, at: datetime) -> float | None:
        """Amperes per phase, or None if no profile says anything."""
        own = self._leading(connector_id, PURPOSE.TX_PROFILE, at)
        if own is None:
            own = self._leading(connector_id, PURPOSE.TX_DEFAULT_PROFILE, at)
        whole = self._leading(0, PURPOSE.CHARGE_POINT_MAX_PROFILE, at)
        if whole is not None and connector_id != 0:
            whole /= max(1, sum(1 for one in self.station.connectors.values() if one.transaction))
        return min((limit for limit in (own, whole) if limit is not None), default=None)

    def next_boundary(self, connector_id: int, at: datetime) -> datetime | None:
        started = self._started(connector_id)
        moments = (
            moment
            for one in self._installed
            if one.connector_id in {0, connector_id}
            for moment in schedules.boundaries_after(one.profile, at, started)
        )
        return min(moments, default=None)

    def composite(self, request: GetCompositeSchedule) -> GetCompositeScheduleConf:
        """S§5.7: the limits from now on for `duration` seconds."""
        known = request.connector_id == 0 or request.connector_id in self.station.connectors
        unit = request.charging_rate_unit or ChargingRateUnit.A
        if not known or not self._takes(unit):
            return GetCompositeScheduleConf(status=GetCompositeScheduleStatus.REJECTED)
        start = self.station.now()
        schedule = ChargingSchedule(
            duration=request.duration,
            start_schedule=start,
            charging_rate_unit=unit,
            charging_schedule_period=self._periods(request.connector_id, start, request.duration, unit),
        )
        return GetCompositeScheduleConf(
            status=GetCompositeScheduleStatus.ACCEPTED,
            connector_id=request.connector_id,
            schedule_start=start,
            charging_schedule=schedule,
        )

    def _periods(
        self, connector_id: int, start: datetime, duration_s: int, unit: ChargingRateUnit
    ) -> list[ChargingSchedulePeriod]:
        moment: datetime | None = start
        end = start + timedelta(seconds=duration_s)
        periods: list[ChargingSchedulePeriod] = []
        while (moment is not None and moment < end) or not periods:
            at = moment or start
            limit = self.limit_a(connector_id, at)
            offered = min(
                self.station.model.cable_max_current_a, limit if limit is not None else float("inf")
            )
            if unit is ChargingRateUnit.W:
                offered *= self.station.model.meter.nominal_voltage_v * 3
            offset_s = int((at - start).total_seconds())
            if not periods or periods[-1].limit != round(offered, 1):
                periods.append(ChargingSchedulePeriod(start_period=offset_s, limit=round(offered, 1)))
            moment = self.next_boundary(connector_id, at)
        return periods

    def _leading(self, connector_id: int, purpose: ChargingProfilePurpose, at: datetime) -> float | None:
        """The limit of the highest stack level that has one; on the same level the connector's own rules."""
        started = self._started(connector_id)
        places = {connector_id} if purpose is PURPOSE.TX_PROFILE else {0, connector_id}
        candidates = [
            one
            for one in self._installed
            if one.connector_id in places and one.profile.charging_profile_purpose is purpose
        ]
        candidates.sort(key=lambda one: (one.profile.stack_level, one.connector_id), reverse=True)
        for one in candidates:
            period = schedules.period_at(one.profile, at, started)
            if period is not None:
                unit = one.profile.charging_schedule.charging_rate_unit
                return schedules.amperes(period, unit, voltage_v=self.station.model.meter.nominal_voltage_v)
        return None

    def _started(self, connector_id: int) -> datetime | None:
        connector = self.station.connectors.get(connector_id)
        return connector.transaction.started_at if connector and connector.transaction else None

    def _is_lawful(self, connector_id: int, profile: ChargingProfile) -> bool:
        station, configuration = self.station, self.station.configuration
        if connector_id != 0 and connector_id not in station.connectors:
            return False
        schedule = profile.charging_schedule
        recurring = profile.charging_profile_kind is ChargingProfileKind.RECURRING
        ids = {one.profile.charging_profile_id for one in self._installed} | {profile.charging_profile_id}
        periods = schedule.charging_schedule_period
        return (
            profile.stack_level <= configuration.integer("ChargeProfileMaxStackLevel", 0)
            and self._takes(schedule.charging_rate_unit)
            and len(periods) <= configuration.integer("ChargingScheduleMaxPeriods", 1)
            and len(ids) <= configuration.integer("MaxChargingProfilesInstalled", 1)
            and periods[0].start_period == 0
            and (
                not recurring or (profile.recurrency_kind is not None and schedule.start_schedule is not None)
            )
            and self._purpose_fits(connector_id, profile)
        )

    def _purpose_fits(self, connector_id: int, profile: ChargingProfile) -> bool:
        match profile.charging_profile_purpose:
            case PURPOSE.CHARGE_POINT_MAX_PROFILE:
                return connector_id == 0 and profile.charging_profile_kind is not ChargingProfileKind.RELATIVE
            case PURPOSE.TX_DEFAULT_PROFILE:
                return True
            case PURPOSE.TX_PROFILE:
                connector = self.station.connectors.get(connector_id)
                if connector is None or connector.transaction is None:
                    return False
                own = self.station.transaction_id_of(connector.transaction)
                return profile.transaction_id is None or profile.transaction_id == own

    def _takes(self, unit: ChargingRateUnit) -> bool:
        return UNIT_NAMES[unit] in self.station.configuration.items("ChargingScheduleAllowedChargingRateUnit")

    def _save(self) -> None:
        """A TxProfile ends with its transaction and a transaction with a reboot: it is not kept."""
        lasting = [
            one for one in self._installed if one.profile.charging_profile_purpose is not PURPOSE.TX_PROFILE
        ]
        self.station.memory[MEMORY_NAME] = msgspec.to_builtins(lasting)


def _place(connector_id: int, profile: ChargingProfile) -> tuple[int, ChargingProfilePurpose, int]:
    return connector_id, profile.charging_profile_purpose, profile.stack_level


def _is_meant(request: ClearChargingProfile, one: Installed) -> bool:
    """S§5.5: an id names one profile; otherwise every condition that is given must fit."""
    if request.id is not None:
        return one.profile.charging_profile_id == request.id
    purpose, level = request.charging_profile_purpose, request.stack_level
    return (
        request.connector_id in (None, one.connector_id)
        and purpose in (None, one.profile.charging_profile_purpose)
        and level in (None, one.profile.stack_level)
    )
