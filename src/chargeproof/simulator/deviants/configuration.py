"""Deviants of GetConfiguration and ChangeConfiguration."""

import asyncio
from typing import Any

from chargeproof.ocpp import (
    CallReceived,
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    GetConfiguration,
    GetConfigurationConf,
)
from chargeproof.simulator.configuration import split_list
from chargeproof.simulator.deviants.edits import EditsKeys
from chargeproof.simulator.deviants.registry import deviant, near_miss
from chargeproof.simulator.station import SimulatedStation
from chargeproof.simulator.variants import lawful

MEASURANDS = "MeterValuesSampledData"
INTERVAL = "MeterValueSampleInterval"
MANY_MEASURANDS = ",".join(f"Current.Import.L{number % 3 + 1}" for number in range(40))
SHOWS_KEY = lawful().with_key("AuthorizationKey", hidden=False, value="open-sesame-4711")
MASKS_KEY = lawful().with_key("AuthorizationKey", hidden=False, value="************")


@deviant("L-09")
class ReadonlyIsAText(EditsKeys):
    """Writes readonly as a text."""

    key = "NumberOfConnectors"

    def change_item(self, item: dict[str, Any]) -> None:
        item["readonly"] = "true"


@deviant("L-09")
class ValueIsANumber(EditsKeys):
    """Gives the value of a key as a number."""

    key = "BlinkRepeat"

    def change_item(self, item: dict[str, Any]) -> None:
        item["value"] = 3


@deviant("L-09")
class BooleanIsAOne(EditsKeys):
    """Gives 1 for true."""

    key = "LocalPreAuthorize"

    def change_item(self, item: dict[str, Any]) -> None:
        item["value"] = "1" if item["value"] == "true" else "0"


class _FillsAKey(EditsKeys):
    """Shows a value of many characters in a key of its own."""

    key = "ConnectorPhaseRotation"
    length = 0

    def change_item(self, item: dict[str, Any]) -> None:
        item["value"] = "0.RST,".ljust(self.length, "x")


@deviant("L-09")
class ValueHas501Characters(_FillsAKey):
    """Shows a value of 501 characters."""

    length = 501


@near_miss("L-09")
class ValueHas500Characters(_FillsAKey):
    """Shows a value of 500 characters."""

    length = 500


@near_miss("L-09")
class BooleansInCapitals(EditsKeys):
    """Writes booleans in capital letters, and leaves out an empty value."""

    def change_answer(self, payload: dict[str, Any]) -> None:
        for item in payload.get("configurationKey", ()):
            if item["value"] in ("true", "false"):
                item["value"] = item["value"].upper()
            elif not item["value"]:
                del item["value"]


@deviant("L-36")
class MeasurandListTooLong(EditsKeys):
    """Shows a list of measurands of over 500 characters."""

    key = "StopTxnSampledData"

    def change_item(self, item: dict[str, Any]) -> None:
        item["value"] = MANY_MEASURANDS


@near_miss("L-36")
class MeasurandListJustFits(EditsKeys):
    """Shows a list of measurands of 500 characters, and something else that is longer."""

    def change_answer(self, payload: dict[str, Any]) -> None:
        for item in payload.get("configurationKey", ()):
            if item["key"] == "StopTxnSampledData":
                item["value"] = MANY_MEASURANDS[:500]
            elif item["key"] == "ConnectorPhaseRotation":
                item["value"] = "0.RST," * 100


@deviant("L-10")
class DoesNotListItsKeys(SimulatedStation):
    """Leaves GetConfiguration without keys unanswered."""

    def answer_get_configuration(self, request: GetConfiguration) -> GetConfigurationConf | None:
        return super().answer_get_configuration(request) if request.key else None


@deviant("L-10")
class HangsAndDropsTheSocket(SimulatedStation):
    """Leaves one ChangeConfiguration unanswered and drops the socket 25 seconds later."""

    hung = False

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if self.hung:
            return super().answer_change_configuration(request)
        self.hung = True
        self.spawn(self._drop(), "drop")
        return None

    async def _drop(self) -> None:
        await asyncio.sleep(25)
        if self.link is not None:
            await self.link.wire.close()


class AnswersLate(SimulatedStation):
    """Takes its time to answer some calls of the central system."""

    action = ""
    delay_s = 0.0

    def answer(self, event: CallReceived) -> Any:
        if event.action != self.action:
            return super().answer(event)
        confirmation = super().answer(event)
        self.spawn(self._answer_late(event.unique_id, confirmation), "late answer")
        return None

    async def _answer_late(self, unique_id: str, confirmation: Any) -> None:
        await asyncio.sleep(self.delay_s)
        if self.link is not None and confirmation is not None:
            self.link.connection.send_result(unique_id, confirmation)
            for text in self.link.connection.texts_to_send():
                self.on_text_sent(text)
                self.link.wire.send(text)


@near_miss("L-10")
class ListsItsKeysSlowly(AnswersLate):
    """Takes 25 seconds to answer GetConfiguration."""

    action, delay_s = "GetConfiguration", 25.0


class _TakesMeasurands(SimulatedStation):
    """Has its own view of lists of measurands."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key != MEASURANDS:
            return super().answer_change_configuration(request)
        return ChangeConfigurationConf(status=self.take(request.value))

    def take(self, value: str) -> ConfigurationStatus:
        raise NotImplementedError


@deviant("L-20")
class AcceptsMeasurandsItNeverSends(_TakesMeasurands):
    """Accepts any list of measurands and sends its register alone."""

    def take(self, value: str) -> ConfigurationStatus:
        self.configuration.store(MEASURANDS, value)
        return ConfigurationStatus.ACCEPTED

    def measurands_sampled(self) -> list[str]:
        return ["Energy.Active.Import.Register"]


@deviant("L-20")
class RejectsWholeLists(_TakesMeasurands):
    """Rejects every list of more than one measurand, and accepts each of them by itself."""

    def take(self, value: str) -> ConfigurationStatus:
        if len(split_list(value)) > 1:
            return ConfigurationStatus.REJECTED
        return self.configuration.change(MEASURANDS, value)


@near_miss("L-20")
class RejectsWhatItDoesNotMeasure(_TakesMeasurands):
    """Rejects a list for one measurand that it does not have, and that measurand by itself."""

    def take(self, value: str) -> ConfigurationStatus:
        if "Voltage" in split_list(value):
            return ConfigurationStatus.REJECTED
        return self.configuration.change(MEASURANDS, value)


class _TakesOneKey(SimulatedStation):
    """Does something of its own with one key."""

    key = "LightIntensity"

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key != self.key:
            return super().answer_change_configuration(request)
        return ChangeConfigurationConf(status=self.take(request.value))

    def take(self, value: str) -> ConfigurationStatus:
        raise NotImplementedError


@deviant("L-21")
class AcceptsAndKeepsTheOldValue(_TakesOneKey):
    """Accepts a heartbeat interval and keeps the old one."""

    key = "HeartbeatInterval"

    def take(self, value: str) -> ConfigurationStatus:
        return ConfigurationStatus.ACCEPTED


@deviant("L-21")
class AcceptsAndCutsTheValue(_TakesOneKey):
    """Accepts a list of measurands and keeps its first ten characters."""

    key = MEASURANDS

    def take(self, value: str) -> ConfigurationStatus:
        self.configuration.store(MEASURANDS, value[:10] if len(value) > 40 else value)
        return ConfigurationStatus.ACCEPTED

    def measurands_sampled(self) -> list[str]:
        return ["Energy.Active.Import.Register"]


@near_miss("L-21")
class SpacesTheListItWasGiven(EditsKeys):
    """Shows a list with spaces between its items, and booleans with a capital letter."""

    def change_answer(self, payload: dict[str, Any]) -> None:
        for item in payload.get("configurationKey", ()):
            item["value"] = item["value"].replace(",", ", ").replace("true", "True")


@near_miss("L-21")
class RejectsAndKeepsTheOldValue(_TakesOneKey):
    """Rejects a heartbeat interval and keeps the old one."""

    key = "HeartbeatInterval"

    def take(self, value: str) -> ConfigurationStatus:
        return ConfigurationStatus.REJECTED


@deviant("L-34")
class SmallestIntervalIsAMinute(_TakesOneKey):
    """Accepts a meter interval of 30 seconds and makes a minute of it."""

    key = INTERVAL

    def take(self, value: str) -> ConfigurationStatus:
        return self.configuration.change(INTERVAL, str(max(int(value), 60)))


@deviant("L-34")
class RejectsHalfAMinute(_TakesOneKey):
    """Rejects a meter interval of 30 seconds."""

    key = INTERVAL

    def take(self, value: str) -> ConfigurationStatus:
        rejected = int(value) < 60
        return ConfigurationStatus.REJECTED if rejected else self.configuration.change(INTERVAL, value)


@near_miss("L-34", model=lawful().with_key(INTERVAL, reboot=True))
class IntervalAfterAReboot(EditsKeys):
    """Shows the old meter interval until the reboot that it has asked for."""

    key = INTERVAL

    def change_item(self, item: dict[str, Any]) -> None:
        item["value"] = self.configuration.text(INTERVAL)


@deviant("L-31", model=SHOWS_KEY)
class ShowsItsPassword(SimulatedStation):
    """Lists its AuthorizationKey with the value."""


@near_miss("L-31", model=MASKS_KEY)
class MasksItsPassword(SimulatedStation):
    """Lists its AuthorizationKey with asterisks."""
