"""Mutants of function 5: Set configuration (set parameters that can be configured)."""

from typing import Any

from chargeproof.ocpp import (
    ChangeConfiguration,
    ChangeConfigurationConf,
    ConfigurationStatus,
    Confirmation,
    ErrorCode,
)
from chargeproof.simulator.link import Refused, edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.station import SimulatedStation

KEY = "LightIntensity"


class _OneKey(SimulatedStation):
    """Does something else with one of its keys."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key != KEY:
            return super().answer_change_configuration(request)
        return self.change(request)

    def change(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        """What it does."""
        return super().answer_change_configuration(request)


class _OneAnswer(_OneKey):
    """Says of one key, which it has set, something that a listed and writable key must not get."""

    said: ConfigurationStatus

    def change(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        super().change(request)
        return ChangeConfigurationConf(status=self.said)


@mutant(fails="5.1a", because="ChangeConfiguration of LightIntensity was answered with NotSupported")
class CcNotsupportedOnListedKey(_OneAnswer):
    """Lists a key and calls it NotSupported when it is to be set."""

    said = ConfigurationStatus.NOT_SUPPORTED


@mutant(fails="5.1a", because="ChangeConfiguration of LightIntensity was answered with Rejected")
class CcRejectsThePresentValue(_OneAnswer):
    """Lists a key as writable and rejects the value that it has."""

    said = ConfigurationStatus.REJECTED


class _OneError(_OneKey):
    """Answers one key with a CALLERROR."""

    code = ErrorCode.NOT_IMPLEMENTED

    def change(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        raise Refused(self.code, "not here")


@mutant(fails="5.1a", because="LightIntensity was answered with CALLERROR NotImplemented")
class CcNotImplemented(_OneError):
    """Answers NotImplemented when one of its keys is to be set."""


@mutant(fails="5.1a", because="LightIntensity was answered with CALLERROR InternalError")
class CcBreaksOnOneKey(_OneError):
    """Answers with an internal error when one of its keys is to be set."""

    code = ErrorCode.INTERNAL_ERROR


@mutant(fails="5.1a", because="ChangeConfiguration of LightIntensity was not answered")
class CcUnanswered(_OneKey):
    """Sets one of its keys and does not answer."""

    def change(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        super().change(request)
        return None


@mutant(fails="5.1a", because="the value reads back differently")
class CcForgetsTheValue(_OneKey):
    """Accepts the present value of a key and has none afterwards."""

    def change(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.configuration.store(KEY, "")
        return ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED)


@mutant(
    fails="5.1a",
    because="ChangeConfiguration of LightIntensity was answered Accepted, but the value reads back",
)
class CcDoublesTheValue(_OneKey):
    """Accepts a number for a key and stores twice as much."""

    def change(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.configuration.store(KEY, str(2 * int(request.value)))
        return ChangeConfigurationConf(status=ConfigurationStatus.ACCEPTED)


@mutant(
    fails="5.1a", because="ChangeConfiguration of LightIntensity was answered RebootRequired, but the value"
)
class CcRebootRequiredAndLost(_OneKey):
    """Says RebootRequired to the present value of a key and shows another one from then on."""

    def change(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.configuration.store(KEY, "0")
        return ChangeConfigurationConf(status=ConfigurationStatus.REBOOT_REQUIRED)


@mutant(
    fails="5.1a", because="ConnectorPhaseRotation was answered Accepted, but the value reads back differently"
)
class CcCutsLists(SimulatedStation):
    """Keeps the first item of a list that is written to it."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        answered = super().answer_change_configuration(request)
        if request.key == "ConnectorPhaseRotation":
            self.configuration.store(request.key, request.value.split(",")[0])
        return answered


@mutant(fails="5.1a", because="an answer without a status")
class CcAnswersWithoutStatus(SimulatedStation):
    """Answers the change of one key with an empty payload."""

    key = ""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        self.key = request.key
        return super().answer_change_configuration(request)

    def text_of_answer(self, text: str, confirmation: Confirmation) -> str | None:
        if isinstance(confirmation, ChangeConfigurationConf) and self.key == KEY:
            return edited_payload(text, self.say)
        return text

    def say(self, payload: dict[str, Any]) -> None:
        payload.clear()


@mutant(fails="5.1a", because="LightIntensity was answered with NotImplemented")
class CcStatusNotImplemented(CcAnswersWithoutStatus):
    """Answers the change of one key with the status NotImplemented, which ChangeConfiguration does not know."""

    def say(self, payload: dict[str, Any]) -> None:
        payload["status"] = "NotImplemented"


@mutant(fails="5.1a", because="ChangeConfiguration of HeartbeatInterval was answered with Rejected")
class CcOnlyThePresentValue(SimulatedStation):
    """Takes for HeartbeatInterval its present value, the short ones that function 2 measures, and no other."""

    def answer_change_configuration(self, request: ChangeConfiguration) -> ChangeConfigurationConf | None:
        if request.key == "HeartbeatInterval" and request.value in ("240", "260"):
            return ChangeConfigurationConf(status=ConfigurationStatus.REJECTED)
        return super().answer_change_configuration(request)
