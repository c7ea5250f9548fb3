"""Mutants of function 4: Get configuration (list parameters that can be read)."""

from typing import Any

from chargeproof.ocpp import (
    Confirmation,
    ErrorCode,
    GetConfiguration,
    GetConfigurationConf,
    KeyValue,
)
from chargeproof.simulator.link import Refused, edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful_without

KEY = "BlinkRepeat"
A_FEW = 12


class _EditedList(SimulatedStation):
    """Changes the list of all keys on the wire, not the answers to questions by name."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        self.asked_for_all = not request.key
        return super().answer_get_configuration(request)

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if isinstance(confirmation, GetConfigurationConf) and self.asked_for_all:
            return edited_payload(text, self.edit)
        return text

    def edit(self, payload: dict[str, Any]) -> None:
        """Change the payload in place."""


# ── 4.1a: a list comes ───────────────────────────────────────────────────────────────────────────────


@mutant(fails="4.1a", because="the list of keys is empty")
class GcEmpty(_EditedList):
    """Answers GetConfiguration without keys with an empty list."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["configurationKey"] = []


@mutant(fails="4.1a", because="the list of keys is empty")
class GcWithoutAList(_EditedList):
    """Answers GetConfiguration without keys with nothing in it."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload.clear()


@mutant(fails="4.1a", because="GetConfiguration without keys was not answered")
class GcNoReply(SimulatedStation):
    """Does not answer GetConfiguration without keys."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        return super().answer_get_configuration(request) if request.key else None


@mutant(fails="4.1a", because="GetConfiguration without keys was answered with CALLERROR")
class GcWantsNames(SimulatedStation):
    """Refuses GetConfiguration unless it names the keys."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        if not request.key:
            raise Refused(ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "key is missing")
        return super().answer_get_configuration(request)


@mutant(fails="4.1a", because="BlinkRepeat without readonly")
class GcWithoutReadonly(_EditedList):
    """Leaves out of one key whether it is read-only."""

    def edit(self, payload: dict[str, Any]) -> None:
        for item in payload["configurationKey"]:
            if item["key"] == KEY:
                del item["readonly"]


@mutant(fails="4.1a", because="1 of 44 keys are incomplete: an item without key")
class GcItemWithoutKey(_EditedList):
    """Ends its list with an item that has no key."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["configurationKey"].append({"readonly": True, "value": ""})


# ── 4.1b: the list is complete ───────────────────────────────────────────────────────────────────────


@mutant(fails="4.1b", because="required keys missing")
class GcTruncated(_EditedList):
    """Ends its list after a few keys."""

    def edit(self, payload: dict[str, Any]) -> None:
        kept = ("HeartbeatInterval", "NumberOfConnectors", "SupportedFeatureProfiles")
        items = payload["configurationKey"]
        payload["configurationKey"] = items[:A_FEW] + [i for i in items[A_FEW:] if i["key"] in kept]


@mutant(fails="4.1b", because="required keys missing", model=lawful_without("ResetRetries"))
class GcLacksARequiredKey(SimulatedStation):
    """Has no ResetRetries, which is required."""


@mutant(fails="4.1b", because="required keys missing", model=lawful_without("MaxChargingProfilesInstalled"))
class GcLacksAKeyOfItsProfile(SimulatedStation):
    """Says that it has smart charging and has no MaxChargingProfilesInstalled, which that requires."""


@mutant(fails="4.1b", because="keys listed more than once")
class GcDoubledKey(_EditedList):
    """Lists one key twice."""

    def edit(self, payload: dict[str, Any]) -> None:
        payload["configurationKey"].append(dict(payload["configurationKey"][0]))


@mutant(fails="4.1b", because="keys listed more than once")
class GcDoubledKeyInOtherCase(_EditedList):
    """Lists one key twice, the second time in capital letters."""

    def edit(self, payload: dict[str, Any]) -> None:
        first = payload["configurationKey"][0]
        payload["configurationKey"].append({**first, "key": first["key"].upper()})


@mutant(fails="4.1b", because="BlinkRepeat listed, but unknown when asked by name")
class GcListedButUnknownByName(SimulatedStation):
    """Lists a key and calls it unknown when it is asked for by its name."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        answered = super().answer_get_configuration(request)
        if answered is None or KEY not in (request.key or ()):
            return answered
        others = [item for item in answered.configuration_key or () if item.key != KEY]
        return GetConfigurationConf(configuration_key=others or None, unknown_key=[KEY])


@mutant(fails="4.1b", because="BlinkRepeat listed, but not answered when asked by name")
class GcListedButSilentByName(SimulatedStation):
    """Lists a key and leaves it out of the answer when it is asked for by its name."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        answered = super().answer_get_configuration(request)
        if answered is None or KEY not in (request.key or ()):
            return answered
        others = [item for item in answered.configuration_key or () if item.key != KEY]
        return GetConfigurationConf(configuration_key=others or None)


@mutant(fails="4.1b", because="was answered with CALLERROR")
class GcRefusesBatchesThatItAllows(SimulatedStation):
    """Allows 50 keys in one GetConfiguration, by its own GetConfigurationMaxKeys, and refuses more than 10."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        if len(request.key or ()) > 10:
            raise Refused(ErrorCode.OCCURENCE_CONSTRAINT_VIOLATION, "10 keys at most")
        return super().answer_get_configuration(request)


@mutant(fails="4.1b", because="HiddenFeature known by name, but not listed")
class GcKnowsMoreThanItLists(SimulatedStation):
    """Brings a key in its answers by name that its list does not hold."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        answered = super().answer_get_configuration(request)
        if answered is None or KEY not in (request.key or ()):
            return answered
        hidden = KeyValue(key="HiddenFeature", readonly=True, value="on")
        return GetConfigurationConf(configuration_key=[*(answered.configuration_key or ()), hidden])
