"""The arithmetic of charging schedules (S§3.13): which limit a profile sets at a moment, and when it changes."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from chargeproof.ocpp import (
    ChargingProfile,
    ChargingProfileKind,
    ChargingRateUnit,
    ChargingSchedulePeriod,
    RecurrencyKind,
)

RECURRENCES = {RecurrencyKind.DAILY: timedelta(days=1), RecurrencyKind.WEEKLY: timedelta(weeks=1)}


def start_of(profile: ChargingProfile, at: datetime, transaction_started: datetime | None) -> datetime | None:
    """When the schedule in force at `at` began; None if it is relative and nothing is running."""
    start = profile.charging_schedule.start_schedule
    if profile.charging_profile_kind is ChargingProfileKind.RELATIVE:
        return transaction_started
    if start is None:
        return transaction_started or at
    if profile.charging_profile_kind is ChargingProfileKind.RECURRING:
        every = RECURRENCES[profile.recurrency_kind or RecurrencyKind.DAILY]
        return start + every * ((at - start) // every) if at >= start else start
    return start


def period_at(
    profile: ChargingProfile, at: datetime, transaction_started: datetime | None
) -> ChargingSchedulePeriod | None:
    """The period in force at `at`; None if the profile says nothing then."""
    if profile.valid_from is not None and at < profile.valid_from:
        return None
    if profile.valid_to is not None and at >= profile.valid_to:
        return None
    start = start_of(profile, at, transaction_started)
    if start is None or at < start:
        return None
    schedule = profile.charging_schedule
    offset_s = (at - start).total_seconds()
    if schedule.duration is not None and offset_s >= schedule.duration:
        return None
    begun = [one for one in schedule.charging_schedule_period if one.start_period <= offset_s]
    return begun[-1] if begun else None


def boundaries_after(
    profile: ChargingProfile, at: datetime, transaction_started: datetime | None
) -> Iterator[datetime]:
    """Moments after `at` at which the limit of this profile may change, in no order; the next ones only."""
    candidates = [moment for moment in (profile.valid_from, profile.valid_to) if moment is not None]
    start = start_of(profile, at, transaction_started)
    if start is not None:
        schedule = profile.charging_schedule
        starts = [start]
        if profile.charging_profile_kind is ChargingProfileKind.RECURRING:
            starts.append(start + RECURRENCES[profile.recurrency_kind or RecurrencyKind.DAILY])
        for one in starts:
            candidates.extend(
                one + timedelta(seconds=period.start_period) for period in schedule.charging_schedule_period
            )
            if schedule.duration is not None:
                candidates.append(one + timedelta(seconds=schedule.duration))
    return (moment for moment in candidates if moment > at)


def amperes(period: ChargingSchedulePeriod, unit: ChargingRateUnit, *, voltage_v: float) -> float:
    """The limit per phase."""
    if unit is ChargingRateUnit.A:
        return period.limit
    return period.limit / (voltage_v * (period.number_phases or 3))
