"""Configuration keys: typed, validated, persistent (S§5.3, S§5.8, S§9)."""

import re
from collections.abc import Callable

from chargeproof.ocpp.core import KeyValue
from chargeproof.ocpp.enums import ConfigurationStatus
from chargeproof.simulator.memory import Memory
from chargeproof.simulator.model import KeyModel, StationModel

MEMORY_NAME = "configuration"
INTEGER = re.compile(r"-?\d+")
PHASED_MEASURAND = re.compile(r"(?P<measurand>.+?)(?:\.(?:L1|L2|L3|N|L[123]-N|L1-L2|L2-L3|L3-L1))?")


class Configuration:
    """All keys of a station. Names are compared without regard to case (CiString)."""

    def __init__(self, model: StationModel, memory: Memory, changed: Callable[[str], None]) -> None:
        self._model = model
        self._memory = memory
        self._changed = changed
        self._names = {key.lower(): key for key in model.keys}
        self._stored = {key: item.value for key, item in model.keys.items()}
        self._stored.update(memory.get(MEMORY_NAME, {}))
        for key, value in computed_values(model).items():
            name = self.name_of(key)
            if name is not None:
                self._stored[name] = value
        self._at_boot = dict(self._stored)

    def __contains__(self, key: str) -> bool:
        return key.lower() in self._names

    def name_of(self, key: str) -> str | None:
        """The key as the model spells it; None if there is no such key."""
        return self._names.get(key.lower())

    def readable_keys(self) -> list[str]:
        """Names of all keys that may be read, in the model's order."""
        return [key for key, item in self._model.keys.items() if not item.hidden]

    def text(self, key: str, default: str = "") -> str:
        """The value that is in effect: a reboot key changed since the boot still has its old one."""
        name = self.name_of(key)
        if name is None:
            return default
        return (self._at_boot if self._model.keys[name].reboot else self._stored)[name]

    def integer(self, key: str, default: int = 0) -> int:
        value = self.text(key)
        return int(value) if INTEGER.fullmatch(value) else default

    def boolean(self, key: str, default: bool = False) -> bool:
        value = self.text(key).lower()
        return value == "true" if value in {"true", "false"} else default

    def items(self, key: str) -> list[str]:
        """The items of a list, without blanks."""
        return split_list(self.text(key))

    def shown(self, key: str) -> KeyValue | None:
        """The key as GetConfiguration shows it; None if there is no such key, or it is write-only."""
        name = self.name_of(key)
        if name is None or self._model.keys[name].hidden:
            return None
        return KeyValue(key=name, readonly=self._model.keys[name].readonly, value=self._stored[name])

    def change(self, key: str, value: str) -> ConfigurationStatus:
        """Set a key for a ChangeConfiguration (S§5.3); nothing changes unless it is accepted."""
        name = self.name_of(key)
        if name is None:
            return ConfigurationStatus.NOT_SUPPORTED
        item = self._model.keys[name]
        if item.readonly or not self.is_valid(name, value):
            return ConfigurationStatus.REJECTED
        self.store(name, value.lower() if item.type == "boolean" else value)
        return ConfigurationStatus.REBOOT_REQUIRED if item.reboot else ConfigurationStatus.ACCEPTED

    def store(self, key: str, value: str) -> None:
        """Set a key without asking whether the central system may."""
        name = self.name_of(key)
        if name is None:
            return
        self._stored[name] = value
        self._memory[MEMORY_NAME] = self._stored
        self._changed(name)

    def is_valid(self, key: str, value: str) -> bool:
        item = self._model.keys[key]
        match item.type:
            case "integer":
                return is_integer_of(item, value)
            case "boolean":
                return value.lower() in {"true", "false"}
            case "list":
                return is_list_of(item, value)
            case "measurands":
                return self._is_measurand_list(key, item, value)
            case "text":
                fits = item.max_length is None or len(value) <= item.max_length
                return fits and (not item.choices or value in item.choices)

    def _is_measurand_list(self, key: str, item: KeyModel, value: str) -> bool:
        """S§3.16.4: one unsupported measurand rejects the whole list."""
        wanted = split_list(value)
        limit = self.integer(f"{key}MaxLength", item.max_length or len(wanted))
        supported = set(self._model.meter.supported_measurands)
        return len(wanted) <= limit and all(measurand_of(one) in supported for one in wanted)


def computed_values(model: StationModel) -> dict[str, str]:
    """Keys whose value follows from the rest of the model."""
    return {
        "NumberOfConnectors": str(model.connectors),
        "SupportedFeatureProfiles": ",".join(model.feature_profiles),
    }


def split_list(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def measurand_of(item: str) -> str:
    """The measurand of a list item that may name a phase, e.g. `Current.Import.L1`."""
    match = PHASED_MEASURAND.fullmatch(item)
    return match["measurand"] if match else item


def is_integer_of(item: KeyModel, value: str) -> bool:
    if not INTEGER.fullmatch(value):
        return False
    return item.minimum <= int(value) and (item.maximum is None or int(value) <= item.maximum)


def is_list_of(item: KeyModel, value: str) -> bool:
    items = split_list(value)
    fits = item.max_length is None or len(items) <= item.max_length
    return fits and (not item.choices or all(one in item.choices for one in items))
