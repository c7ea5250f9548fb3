"""The Core profile (S§3.3): what every station and central system can do."""

from typing import Annotated

from msgspec import Meta

from chargeproof.ocpp.charging_profile import ChargingProfile
from chargeproof.ocpp.enums import (
    AvailabilityStatus,
    AvailabilityType,
    ChargePointErrorCode,
    ChargePointStatus,
    ClearCacheStatus,
    ConfigurationStatus,
    DataTransferStatus,
    Reason,
    RegistrationStatus,
    RemoteStartStopStatus,
    ResetStatus,
    ResetType,
    UnlockStatus,
)
from chargeproof.ocpp.messages import (
    CiString20,
    CiString25,
    CiString50,
    CiString255,
    CiString500,
    Confirmation,
    ConnectorId,
    ConnectorOrStation,
    IdTagInfo,
    IdToken,
    Integer,
    MayBeLeftOut,
    Part,
    Request,
    Role,
    Timestamp,
)
from chargeproof.ocpp.metering import MeterValue


class AuthorizeConf(Confirmation, kw_only=True, frozen=True):
    """S§6.2."""

    action = "Authorize"

    id_tag_info: IdTagInfo


class Authorize(Request[AuthorizeConf], kw_only=True, frozen=True):
    """S§6.1 May this idTag charge?"""

    action = "Authorize"
    conf = AuthorizeConf
    sender = Role.CHARGE_POINT

    id_tag: IdToken


class BootNotificationConf(Confirmation, kw_only=True, frozen=True):
    """S§6.4. ``interval`` in seconds: of the heartbeat if Accepted, else until the next BootNotification."""

    action = "BootNotification"

    status: RegistrationStatus
    current_time: Timestamp
    interval: Integer


class BootNotification(Request[BootNotificationConf], kw_only=True, frozen=True):
    """S§6.3 The station says who it is."""

    action = "BootNotification"
    conf = BootNotificationConf
    sender = Role.CHARGE_POINT

    charge_point_vendor: CiString20
    charge_point_model: CiString20
    charge_point_serial_number: MayBeLeftOut[CiString25] = None
    charge_box_serial_number: MayBeLeftOut[CiString25] = None
    firmware_version: MayBeLeftOut[CiString50] = None
    iccid: MayBeLeftOut[CiString20] = None
    imsi: MayBeLeftOut[CiString20] = None
    meter_type: MayBeLeftOut[CiString25] = None
    meter_serial_number: MayBeLeftOut[CiString25] = None


class ChangeAvailabilityConf(Confirmation, kw_only=True, frozen=True):
    """S§6.8."""

    action = "ChangeAvailability"

    status: AvailabilityStatus


class ChangeAvailability(Request[ChangeAvailabilityConf], kw_only=True, frozen=True):
    """S§6.7. ``connector_id`` 0 is the station with all its connectors."""

    action = "ChangeAvailability"
    conf = ChangeAvailabilityConf
    sender = Role.CENTRAL_SYSTEM

    connector_id: ConnectorOrStation
    type: AvailabilityType


class ChangeConfigurationConf(Confirmation, kw_only=True, frozen=True):
    """S§6.10."""

    action = "ChangeConfiguration"

    status: ConfigurationStatus


class ChangeConfiguration(Request[ChangeConfigurationConf], kw_only=True, frozen=True):
    """S§6.9."""

    action = "ChangeConfiguration"
    conf = ChangeConfigurationConf
    sender = Role.CENTRAL_SYSTEM

    key: CiString50
    value: CiString500


class ClearCacheConf(Confirmation, kw_only=True, frozen=True):
    """S§6.12."""

    action = "ClearCache"

    status: ClearCacheStatus


class ClearCache(Request[ClearCacheConf], kw_only=True, frozen=True):
    """S§6.11."""

    action = "ClearCache"
    conf = ClearCacheConf
    sender = Role.CENTRAL_SYSTEM


class DataTransferConf(Confirmation, kw_only=True, frozen=True):
    """S§6.16."""

    action = "DataTransfer"

    status: DataTransferStatus
    data: MayBeLeftOut[str] = None


class DataTransfer(Request[DataTransferConf], kw_only=True, frozen=True):
    """S§6.15 Anything between one vendor's station and a central system that knows it; both roles send it."""

    action = "DataTransfer"
    conf = DataTransferConf
    sender = None

    vendor_id: CiString255
    message_id: MayBeLeftOut[CiString50] = None
    data: MayBeLeftOut[str] = None


class KeyValue(Part, kw_only=True, frozen=True):
    """S§7.29 One configuration key."""

    key: CiString50
    readonly: bool
    value: MayBeLeftOut[CiString500] = None


class GetConfigurationConf(Confirmation, kw_only=True, frozen=True):
    """S§6.24."""

    action = "GetConfiguration"

    configuration_key: MayBeLeftOut[list[KeyValue]] = None
    unknown_key: MayBeLeftOut[list[CiString50]] = None


class GetConfiguration(Request[GetConfigurationConf], kw_only=True, frozen=True):
    """S§6.23. No ``key`` asks for all."""

    action = "GetConfiguration"
    conf = GetConfigurationConf
    sender = Role.CENTRAL_SYSTEM

    key: MayBeLeftOut[list[CiString50]] = None


class HeartbeatConf(Confirmation, kw_only=True, frozen=True):
    """S§6.30."""

    action = "Heartbeat"

    current_time: Timestamp


class Heartbeat(Request[HeartbeatConf], kw_only=True, frozen=True):
    """S§6.29."""

    action = "Heartbeat"
    conf = HeartbeatConf
    sender = Role.CHARGE_POINT


class MeterValuesConf(Confirmation, kw_only=True, frozen=True):
    """S§6.32."""

    action = "MeterValues"


class MeterValues(Request[MeterValuesConf], kw_only=True, frozen=True):
    """S§6.31. ``connector_id`` 0 is the main power meter."""

    action = "MeterValues"
    conf = MeterValuesConf
    sender = Role.CHARGE_POINT

    connector_id: ConnectorOrStation
    meter_value: Annotated[list[MeterValue], Meta(min_length=1)]
    transaction_id: MayBeLeftOut[Integer] = None


class RemoteStartTransactionConf(Confirmation, kw_only=True, frozen=True):
    """S§6.34."""

    action = "RemoteStartTransaction"

    status: RemoteStartStopStatus


class RemoteStartTransaction(Request[RemoteStartTransactionConf], kw_only=True, frozen=True):
    """S§6.33."""

    action = "RemoteStartTransaction"
    conf = RemoteStartTransactionConf
    sender = Role.CENTRAL_SYSTEM

    id_tag: IdToken
    connector_id: MayBeLeftOut[ConnectorId] = None
    charging_profile: MayBeLeftOut[ChargingProfile] = None


class RemoteStopTransactionConf(Confirmation, kw_only=True, frozen=True):
    """S§6.36."""

    action = "RemoteStopTransaction"

    status: RemoteStartStopStatus


class RemoteStopTransaction(Request[RemoteStopTransactionConf], kw_only=True, frozen=True):
    """S§6.35."""

    action = "RemoteStopTransaction"
    conf = RemoteStopTransactionConf
    sender = Role.CENTRAL_SYSTEM

    transaction_id: Integer


class ResetConf(Confirmation, kw_only=True, frozen=True):
    """S§6.40."""

    action = "Reset"

    status: ResetStatus


class Reset(Request[ResetConf], kw_only=True, frozen=True):
    """S§6.39."""

    action = "Reset"
    conf = ResetConf
    sender = Role.CENTRAL_SYSTEM

    type: ResetType


class StartTransactionConf(Confirmation, kw_only=True, frozen=True):
    """S§6.46. The central system gives the ``transaction_id``."""

    action = "StartTransaction"

    id_tag_info: IdTagInfo
    transaction_id: Integer


class StartTransaction(Request[StartTransactionConf], kw_only=True, frozen=True):
    """S§6.45. ``meter_start`` in Wh."""

    action = "StartTransaction"
    conf = StartTransactionConf
    sender = Role.CHARGE_POINT

    connector_id: ConnectorId
    id_tag: IdToken
    meter_start: Integer
    timestamp: Timestamp
    reservation_id: MayBeLeftOut[Integer] = None


class StatusNotificationConf(Confirmation, kw_only=True, frozen=True):
    """S§6.48."""

    action = "StatusNotification"


class StatusNotification(Request[StatusNotificationConf], kw_only=True, frozen=True):
    """S§6.47. ``connector_id`` 0 is the station itself."""

    action = "StatusNotification"
    conf = StatusNotificationConf
    sender = Role.CHARGE_POINT

    connector_id: ConnectorOrStation
    error_code: ChargePointErrorCode
    status: ChargePointStatus
    info: MayBeLeftOut[CiString50] = None
    timestamp: MayBeLeftOut[Timestamp] = None
    vendor_id: MayBeLeftOut[CiString255] = None
    vendor_error_code: MayBeLeftOut[CiString50] = None


class StopTransactionConf(Confirmation, kw_only=True, frozen=True):
    """S§6.50."""

    action = "StopTransaction"

    id_tag_info: MayBeLeftOut[IdTagInfo] = None


class StopTransaction(Request[StopTransactionConf], kw_only=True, frozen=True):
    """S§6.49. ``meter_stop`` in Wh; no ``reason`` means Local."""

    action = "StopTransaction"
    conf = StopTransactionConf
    sender = Role.CHARGE_POINT

    transaction_id: Integer
    meter_stop: Integer
    timestamp: Timestamp
    id_tag: MayBeLeftOut[IdToken] = None
    reason: MayBeLeftOut[Reason] = None
    transaction_data: MayBeLeftOut[list[MeterValue]] = None


class UnlockConnectorConf(Confirmation, kw_only=True, frozen=True):
    """S§6.54."""

    action = "UnlockConnector"

    status: UnlockStatus


class UnlockConnector(Request[UnlockConnectorConf], kw_only=True, frozen=True):
    """S§6.53."""

    action = "UnlockConnector"
    conf = UnlockConnectorConf
    sender = Role.CENTRAL_SYSTEM

    connector_id: ConnectorId


MESSAGES: tuple[type[Request], ...] = (
    Authorize,
    BootNotification,
    ChangeAvailability,
    ChangeConfiguration,
    ClearCache,
    DataTransfer,
    GetConfiguration,
    Heartbeat,
    MeterValues,
    RemoteStartTransaction,
    RemoteStopTransaction,
    Reset,
    StartTransaction,
    StatusNotification,
    StopTransaction,
    UnlockConnector,
)
