"""Charging profiles: shared by RemoteStartTransaction and the Smart Charging profile (S§7.8 to S§7.14)."""

from typing import Annotated

from msgspec import Meta

from chargeproof.ocpp.enums import (
    ChargingProfileKind,
    ChargingProfilePurpose,
    ChargingRateUnit,
    RecurrencyKind,
)
from chargeproof.ocpp.messages import (
    LARGEST_INTEGER,
    Integer,
    MayBeLeftOut,
    Part,
    Tenths,
    Timestamp,
    is_in_tenths,
)


class ChargingSchedulePeriod(Part, kw_only=True, frozen=True):
    """S§7.14. ``start_period`` in seconds from the schedule's start; ``limit`` in A or W, in steps of 0.1."""

    start_period: Integer
    limit: Tenths
    number_phases: MayBeLeftOut[Integer] = None

    def __post_init__(self) -> None:
        _refuse_finer_than_tenths("limit", self.limit)


class ChargingSchedule(Part, kw_only=True, frozen=True):
    """S§7.13. ``duration`` in seconds."""

    charging_rate_unit: ChargingRateUnit
    charging_schedule_period: Annotated[list[ChargingSchedulePeriod], Meta(min_length=1)]
    duration: MayBeLeftOut[Integer] = None
    start_schedule: MayBeLeftOut[Timestamp] = None
    min_charging_rate: MayBeLeftOut[Tenths] = None

    def __post_init__(self) -> None:
        _refuse_finer_than_tenths("minChargingRate", self.min_charging_rate)


class ChargingProfile(Part, kw_only=True, frozen=True):
    """S§7.8."""

    charging_profile_id: Integer
    stack_level: Annotated[int, Meta(ge=0, le=LARGEST_INTEGER)]
    charging_profile_purpose: ChargingProfilePurpose
    charging_profile_kind: ChargingProfileKind
    charging_schedule: ChargingSchedule
    transaction_id: MayBeLeftOut[Integer] = None
    recurrency_kind: MayBeLeftOut[RecurrencyKind] = None
    valid_from: MayBeLeftOut[Timestamp] = None
    valid_to: MayBeLeftOut[Timestamp] = None


def _refuse_finer_than_tenths(field: str, value: float | None) -> None:
    # Constructing with a value of a wrong type is left to decoding, as for every other field.
    if isinstance(value, int | float) and not is_in_tenths(value):
        raise ValueError(f"{field} must be a multiple of 0.1, not {value!r}")
