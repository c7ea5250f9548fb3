"""The station's configuration keys: what is lawful for each, and which can be written."""

from collections.abc import Callable
from dataclasses import dataclass

MEASURANDS = frozenset(
    {"Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage", "Current.Offered"}
)


def is_whole(value: str) -> bool:
    return value.isascii() and value.isdigit()


def is_truth(value: str) -> bool:
    return value.lower() in ("true", "false")


def are_measurands(value: str) -> bool:
    return all(part.strip() in MEASURANDS for part in value.split(",")) if value else True


def is_text(value: str) -> bool:
    return len(value) <= 500


@dataclass
class Key:
    value: str
    lawful: Callable[[str], bool] = is_whole
    readonly: bool = False


def factory_settings(connectors: int) -> dict[str, Key]:
    """What is written in the station when it leaves the works: all keys that Core requires, and some more."""
    energy = "Energy.Active.Import.Register"
    return {
        "AllowOfflineTxForUnknownId": Key("false", is_truth),
        "AuthorizationCacheEnabled": Key("true", is_truth),
        "AuthorizeRemoteTxRequests": Key("false", is_truth),
        "ClockAlignedDataInterval": Key("0"),
        "ConnectionTimeOut": Key("120"),
        "ConnectorPhaseRotation": Key("0.RST,1.RST,2.RST", is_text),
        "GetConfigurationMaxKeys": Key("40", readonly=True),
        "HeartbeatInterval": Key("900"),
        "LocalAuthListEnabled": Key("true", is_truth),
        "LocalAuthListMaxLength": Key("20", readonly=True),
        "LocalAuthorizeOffline": Key("true", is_truth),
        "LocalPreAuthorize": Key("false", is_truth),
        "MeterValuesAlignedData": Key(energy, are_measurands),
        "MeterValuesSampledData": Key(energy, are_measurands),
        "MeterValueSampleInterval": Key("60"),
        "NumberOfConnectors": Key(str(connectors), readonly=True),
        "ResetRetries": Key("1"),
        "SendLocalListMaxLength": Key("20", readonly=True),
        "StopTransactionOnEVSideDisconnect": Key("true", is_truth),
        "StopTransactionOnInvalidId": Key("true", is_truth),
        "StopTxnAlignedData": Key("", are_measurands),
        "StopTxnSampledData": Key("", are_measurands),
        "SupportedFeatureProfiles": Key(
            "Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger", is_text, readonly=True
        ),
        "SupportedFileTransferProtocols": Key("FTP,HTTP", is_text, readonly=True),
        "TransactionMessageAttempts": Key("3"),
        "TransactionMessageRetryInterval": Key("10"),
        "UnlockConnectorOnEVSideDisconnect": Key("true", is_truth),
        "WebSocketPingInterval": Key("0"),
    }


class Configuration:
    """The keys as they are now. Lives as long as the process, so it survives every reset."""

    def __init__(self, connectors: int) -> None:
        self.keys = factory_settings(connectors)

    def change(self, key: str, value: str) -> str:
        """Write a key; returns the ConfigurationStatus."""
        held = self.keys.get(key)
        if held is None:
            return "NotSupported"
        if held.readonly or not held.lawful(value):
            return "Rejected"
        held.value = value
        return "Accepted"

    def seconds(self, key: str) -> int:
        return int(self.keys[key].value)

    def is_on(self, key: str) -> bool:
        return self.keys[key].value.lower() == "true"

    def listed(self, key: str) -> list[str]:
        """The items of a comma separated list."""
        return [part.strip() for part in self.keys[key].value.split(",") if part.strip()]
