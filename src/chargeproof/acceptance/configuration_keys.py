"""Configuration keys: which must be there, which are never written, which are never shown."""

import re

from chargeproof.ocpp.secrets import is_secret_key

# S§9.1: Core keys marked as required.
CORE_REQUIRED = (
    "AuthorizeRemoteTxRequests",
    "ClockAlignedDataInterval",
    "ConnectionTimeOut",
    "ConnectorPhaseRotation",
    "GetConfigurationMaxKeys",
    "HeartbeatInterval",
    "LocalAuthorizeOffline",
    "LocalPreAuthorize",
    "MeterValuesAlignedData",
    "MeterValuesSampledData",
    "MeterValueSampleInterval",
    "NumberOfConnectors",
    "ResetRetries",
    "StopTransactionOnEVSideDisconnect",
    "StopTransactionOnInvalidId",
    "StopTxnAlignedData",
    "StopTxnSampledData",
    "SupportedFeatureProfiles",
    "TransactionMessageAttempts",
    "TransactionMessageRetryInterval",
    "UnlockConnectorOnEVSideDisconnect",
)

# S§9.2 to 9.4: keys that a named feature profile makes required.
PROFILE_REQUIRED = {
    "LocalAuthListManagement": ("LocalAuthListEnabled", "LocalAuthListMaxLength", "SendLocalListMaxLength"),
    "SmartCharging": (
        "ChargeProfileMaxStackLevel",
        "ChargingScheduleAllowedChargingRateUnit",
        "ChargingScheduleMaxPeriods",
        "MaxChargingProfilesInstalled",
    ),
}

METER_INTERVAL_KEY = "MeterValueSampleInterval"
MEASURANDS_KEY = "MeterValuesSampledData"

_NEVER_WRITTEN = re.compile(
    r"authorizationkey|passw|secret|token|credential|certificate|securityprofile|url|uri|endpoint|backend"
    r"|host|server|address|gateway|network|ethernet|wifi|wlan|ssid|apn|modem|dns|vpn|proxy|simpin"
    r"|(?<![a-z])(ip|mac|port)(?![a-z])|(?:^|[a-z_.-])(IP|MAC|Port)(?![a-z])|chargeboxid|chargepointid|identity",
    re.IGNORECASE,
)


def is_never_written(key: str, left_alone: tuple[str, ...] = ()) -> bool:
    """Whether function 5 leaves the key alone: an address, a password, the security profile, the network."""
    return key in left_alone or _NEVER_WRITTEN.search(key) is not None


def is_secret(key: str) -> bool:
    """Whether the key's value is a secret that no report may show."""
    return is_secret_key(key)


def required_keys(feature_profiles: str | None) -> tuple[str, ...]:
    """The keys that must be listed: the core's, and those of each profile in SupportedFeatureProfiles."""
    named = [part.strip() for part in (feature_profiles or "").split(",")]
    return CORE_REQUIRED + tuple(key for name in named for key in PROFILE_REQUIRED.get(name, ()))
