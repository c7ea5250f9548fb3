"""The Firmware Management profile (S§3.3)."""

from chargeproof.ocpp.enums import DiagnosticsStatus, FirmwareStatus
from chargeproof.ocpp.messages import (
    CiString255,
    Confirmation,
    Integer,
    MayBeLeftOut,
    Request,
    Role,
    Timestamp,
)


class DiagnosticsStatusNotificationConf(Confirmation, kw_only=True, frozen=True):
    """S§6.18."""

    action = "DiagnosticsStatusNotification"


class DiagnosticsStatusNotification(Request[DiagnosticsStatusNotificationConf], kw_only=True, frozen=True):
    """S§6.17."""

    action = "DiagnosticsStatusNotification"
    conf = DiagnosticsStatusNotificationConf
    sender = Role.CHARGE_POINT

    status: DiagnosticsStatus


class FirmwareStatusNotificationConf(Confirmation, kw_only=True, frozen=True):
    """S§6.20."""

    action = "FirmwareStatusNotification"


class FirmwareStatusNotification(Request[FirmwareStatusNotificationConf], kw_only=True, frozen=True):
    """S§6.19."""

    action = "FirmwareStatusNotification"
    conf = FirmwareStatusNotificationConf
    sender = Role.CHARGE_POINT

    status: FirmwareStatus


class GetDiagnosticsConf(Confirmation, kw_only=True, frozen=True):
    """S§6.26. No ``file_name``: there is nothing to send."""

    action = "GetDiagnostics"

    file_name: MayBeLeftOut[CiString255] = None


class GetDiagnostics(Request[GetDiagnosticsConf], kw_only=True, frozen=True):
    """S§6.25. ``location`` is the URI of a directory; ``retry_interval`` in seconds."""

    action = "GetDiagnostics"
    conf = GetDiagnosticsConf
    sender = Role.CENTRAL_SYSTEM

    location: str
    retries: MayBeLeftOut[Integer] = None
    retry_interval: MayBeLeftOut[Integer] = None
    start_time: MayBeLeftOut[Timestamp] = None
    stop_time: MayBeLeftOut[Timestamp] = None


class UpdateFirmwareConf(Confirmation, kw_only=True, frozen=True):
    """S§6.56."""

    action = "UpdateFirmware"


class UpdateFirmware(Request[UpdateFirmwareConf], kw_only=True, frozen=True):
    """S§6.55. ``location`` is the URI of a file; ``retry_interval`` in seconds."""

    action = "UpdateFirmware"
    conf = UpdateFirmwareConf
    sender = Role.CENTRAL_SYSTEM

    location: str
    retrieve_date: Timestamp
    retries: MayBeLeftOut[Integer] = None
    retry_interval: MayBeLeftOut[Integer] = None


MESSAGES: tuple[type[Request], ...] = (
    DiagnosticsStatusNotification,
    FirmwareStatusNotification,
    GetDiagnostics,
    UpdateFirmware,
)
