"""Which class belongs to which action, and which action to which feature profile (S§3.3)."""

from chargeproof.ocpp import (
    core,
    firmware_management,
    local_auth_list,
    remote_trigger,
    reservation,
    security,
    smart_charging,
)
from chargeproof.ocpp.messages import Confirmation, Request

FEATURE_PROFILES: dict[str, tuple[type[Request], ...]] = {
    "Core": core.MESSAGES,
    "FirmwareManagement": firmware_management.MESSAGES,
    "LocalAuthListManagement": local_auth_list.MESSAGES,
    "Reservation": reservation.MESSAGES,
    "SmartCharging": smart_charging.MESSAGES,
    "RemoteTrigger": remote_trigger.MESSAGES,
}
"""Requests by feature profile, named as in the configuration key SupportedFeatureProfiles (S§9.1.29)."""

SECURITY_EXTENSION: tuple[type[Request], ...] = security.MESSAGES
"""The extension is no feature profile: a station that has it does not name it in SupportedFeatureProfiles."""

REQUESTS: dict[str, type[Request]] = {
    request.action: request
    for messages in (*FEATURE_PROFILES.values(), SECURITY_EXTENSION)
    for request in messages
}
CONFIRMATIONS: dict[str, type[Confirmation]] = {action: request.conf for action, request in REQUESTS.items()}
