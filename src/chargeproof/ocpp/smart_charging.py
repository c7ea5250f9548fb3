"""The Smart Charging profile (S§3.3)."""

from chargeproof.ocpp.charging_profile import ChargingProfile, ChargingSchedule
from chargeproof.ocpp.enums import (
    ChargingProfilePurpose,
    ChargingProfileStatus,
    ChargingRateUnit,
    ClearChargingProfileStatus,
    GetCompositeScheduleStatus,
)
from chargeproof.ocpp.messages import (
    Confirmation,
    ConnectorOrStation,
    Integer,
    MayBeLeftOut,
    Request,
    Role,
    Timestamp,
)


class ClearChargingProfileConf(Confirmation, kw_only=True, frozen=True):
    """S§6.14."""

    action = "ClearChargingProfile"

    status: ClearChargingProfileStatus


class ClearChargingProfile(Request[ClearChargingProfileConf], kw_only=True, frozen=True):
    """S§6.13. No field at all clears every profile."""

    action = "ClearChargingProfile"
    conf = ClearChargingProfileConf
    sender = Role.CENTRAL_SYSTEM

    id: MayBeLeftOut[Integer] = None
    connector_id: MayBeLeftOut[ConnectorOrStation] = None
    charging_profile_purpose: MayBeLeftOut[ChargingProfilePurpose] = None
    stack_level: MayBeLeftOut[Integer] = None


class GetCompositeScheduleConf(Confirmation, kw_only=True, frozen=True):
    """S§6.22."""

    action = "GetCompositeSchedule"

    status: GetCompositeScheduleStatus
    connector_id: MayBeLeftOut[ConnectorOrStation] = None
    schedule_start: MayBeLeftOut[Timestamp] = None
    charging_schedule: MayBeLeftOut[ChargingSchedule] = None


class GetCompositeSchedule(Request[GetCompositeScheduleConf], kw_only=True, frozen=True):
    """S§6.21. ``duration`` in seconds; ``connector_id`` 0 is the grid connection."""

    action = "GetCompositeSchedule"
    conf = GetCompositeScheduleConf
    sender = Role.CENTRAL_SYSTEM

    connector_id: ConnectorOrStation
    duration: Integer
    charging_rate_unit: MayBeLeftOut[ChargingRateUnit] = None


class SetChargingProfileConf(Confirmation, kw_only=True, frozen=True):
    """S§6.44."""

    action = "SetChargingProfile"

    status: ChargingProfileStatus


class SetChargingProfile(Request[SetChargingProfileConf], kw_only=True, frozen=True):
    """S§6.43."""

    action = "SetChargingProfile"
    conf = SetChargingProfileConf
    sender = Role.CENTRAL_SYSTEM

    connector_id: ConnectorOrStation
    cs_charging_profiles: ChargingProfile


MESSAGES: tuple[type[Request], ...] = (ClearChargingProfile, GetCompositeSchedule, SetChargingProfile)
