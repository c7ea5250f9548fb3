"""Odd but lawful: configuration keys."""

from typing import Any

from msgspec.structs import replace

from chargeproof.ocpp import (
    BootNotificationConf,
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    Confirmation,
    GetConfigurationConf,
)
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.model import KeyModel
from chargeproof.simulator.odd.registry import odd
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful, lawful_without

VENDOR_KEYS = {f"Vendor.Feature/{number}_ä": KeyModel(value="x" * number) for number in range(1, 136)}
OF_PROFILES = (
    "LocalAuthListEnabled",
    "LocalAuthListMaxLength",
    "SendLocalListMaxLength",
    "ReserveConnectorZeroSupported",
    "ChargeProfileMaxStackLevel",
    "ChargingScheduleAllowedChargingRateUnit",
    "ChargingScheduleMaxPeriods",
    "ConnectorSwitch3to1PhaseSupported",
    "MaxChargingProfilesInstalled",
    "SupportedFileTransferProtocols",
)
AT_THE_START = ("ConnectionTimeOut", "LightIntensity", "MeterValuesSampledData", "WebSocketPingInterval")
NO_CACHE = lawful_without("AuthorizationCacheEnabled")


class _EditedItems(SimulatedStation):
    """Shows its configuration keys otherwise."""

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if not isinstance(confirmation, GetConfigurationConf):
            return text
        return edited_payload(text, self.edit_all)

    def edit_all(self, payload: dict[str, Any]) -> None:
        for item in payload.get("configurationKey", ()):
            self.edit(item)

    def edit(self, item: dict[str, Any]) -> None:
        """Change an item in place."""


@odd(
    note="178 keys, most of them its builder's own (S§5.3 allows them)",
    model=lawful(keys={**lawful().keys, **VENDOR_KEYS}),
)
class ManyKeysOfItsOwn(SimulatedStation):
    """Has a key for everything."""


@odd(
    note="one key at a time, by GetConfigurationMaxKeys",
    model=lawful().with_key("GetConfigurationMaxKeys", value="1"),
)
class OneKeyAtATime(SimulatedStation):
    """Has little memory."""


@odd(
    note="no feature profile but Core: what the others bring is not applicable",
    model=lawful(feature_profiles=("Core",), keys=lawful_without(*OF_PROFILES).keys),
)
class CoreAlone(SimulatedStation):
    """Has neither triggers nor lists, reservations, schedules or updates."""


@odd(note="no authorization cache: ClearCache is rejected, as E3.23 wants", model=NO_CACHE)
class NoAuthorizationCache(SimulatedStation):
    """Asks for every card."""


@odd(
    note="key names in small letters; a CiString has no case (S§7.29)",
    model=lawful(keys={key.lower(): item for key, item in lawful().keys.items()}),
)
class KeysInSmallLetters(SimulatedStation):
    """Spells its keys in its own way."""


@odd(note="answers a question for a key with the name as it was asked, not as it is listed")
class KeysInCapitals(_EditedItems):
    """Shows all names in capital letters."""

    def edit(self, item: dict[str, Any]) -> None:
        item["key"] = item["key"].upper()


@odd(note="shows truth values as True and False and takes them in any case")
class TruthInCapitals(_EditedItems):
    """Was written in Python."""

    def edit(self, item: dict[str, Any]) -> None:
        if item["value"] in ("true", "false"):
            item["value"] = item["value"].title()


@odd(note="writes lists with a blank after each comma; blanks are no items")
class ListsWithBlanks(_EditedItems):
    """Likes it airy."""

    def edit(self, item: dict[str, Any]) -> None:
        item["value"] = item["value"].replace(",", ", ")


@odd(note="leaves value out where it is empty: the field is optional (S§7.29)")
class NoValueWhereEmpty(_EditedItems):
    """Saves bytes."""

    def edit(self, item: dict[str, Any]) -> None:
        if item["value"] == "":
            del item["value"]


@odd(
    note="RebootRequired for keys that it reads at its start only (S§5.3)",
    model=lawful(
        keys={
            key: replace(item, reboot=not item.readonly and key in AT_THE_START)
            for key, item in lawful().keys.items()
        }
    ),
)
class SomeKeysNeedAReboot(SimulatedStation):
    """Reads the time-out, the measurands and lights at its start only."""


@odd(
    note="HeartbeatInterval takes effect after a reboot only",
    model=lawful().with_key("HeartbeatInterval", reboot=True),
)
class HeartbeatIntervalNeedsAReboot(SimulatedStation):
    """Sets its timer at its start, to what the BootNotification.conf says."""

    boot_interval_s = 900.0

    def on_boot_answered(self, confirmation: BootNotificationConf) -> float | None:
        self.boot_interval_s = float(confirmation.interval)
        return super().on_boot_answered(confirmation)

    def heartbeat_interval_s(self) -> float:
        return self.boot_interval_s


@odd(note="no interval below two minutes by ChangeConfiguration, which Rejected is for (S§5.3)")
class NoShortHeartbeats(SimulatedStation):
    """Takes what a BootNotification.conf says, and of others what is long enough."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        wanted = request.value
        if request.key == "HeartbeatInterval" and wanted.isdecimal() and int(wanted) < 120:
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)
