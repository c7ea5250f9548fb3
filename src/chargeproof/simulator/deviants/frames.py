"""Deviants whose texts are not quite frames, and whose payloads are not quite messages."""

import json
from typing import Any

from chargeproof.ocpp import Authorize, Heartbeat, StatusNotification, StopTransaction
from chargeproof.simulator.deviants.edits import EditsCalls, SendsByHand
from chargeproof.simulator.deviants.registry import deviant, near_miss


@deviant("L-11")
class EndsWithNulBytes(EditsCalls):
    """Ends its BootNotification with NUL bytes."""

    def rewrite(self, text: str) -> str:
        return text + "\x00\x00"


@deviant("L-11")
class BreaksItsJson(EditsCalls):
    """Forgets a closing brace in its heartbeats."""

    kind = Heartbeat

    def rewrite(self, text: str) -> str:
        return text.replace("{}", "{")


@deviant("L-11")
class WritesRawLineBreaks(EditsCalls):
    """Writes line breaks into its texts without escaping them."""

    def rewrite(self, text: str) -> str:
        return text.replace("Lawful", "Law\nful")


@near_miss("L-11")
class WritesJsonInItsOwnWay(EditsCalls):
    """Writes JSON with blanks, line breaks between the elements, escapes and a letter that is not ASCII."""

    def rewrite(self, text: str) -> str:
        frame = json.loads(text)
        frame[3]["meterType"] = "zähler\t\u4e2d"
        return " " + json.dumps(frame, indent=2, ensure_ascii=False) + "\r\n"


@deviant("S-duplicate-key")
class NamesAFieldTwice(EditsCalls):
    """Names its model twice in the BootNotification."""

    def rewrite(self, text: str) -> str:
        return text.replace('"chargePointModel"', '"chargePointModel":"Other","chargePointModel"', 1)


@near_miss("S-duplicate-key")
class NamesAFieldInAnotherCase(EditsCalls):
    """Has a text that looks like a field which is there already."""

    def change(self, payload: dict[str, Any]) -> None:
        payload["meterType"] = '"meterType":"a"'


@deviant("S-frame")
class UniqueIdsAreNumbers(EditsCalls):
    """Uses numbers as unique ids of its heartbeats."""

    kind = Heartbeat

    def rewrite(self, text: str) -> str:
        frame = json.loads(text)
        return json.dumps([frame[0], 4711, *frame[2:]])


@near_miss("S-frame")
class UniqueIdsLookLikeNumbers(EditsCalls):
    """Uses texts of digits as unique ids of its heartbeats, which nobody answers to it then."""

    kind = Heartbeat
    number = 0

    def rewrite(self, text: str) -> str:
        self.number += 1
        frame = json.loads(text)
        return json.dumps([frame[0], f"{self.number:036}", *frame[2:]])


@deviant("S-unknown-action")
class HasAMessageOfItsOwn(SendsByHand):
    """Sends a message that OCPP 1.6 does not know."""

    text = '[2,"own-1","FirmwareLog",{}]'

    def on_connected(self) -> None:
        super().on_connected()
        self.send_by_hand(self.text)


@near_miss("S-unknown-action")
class SendsDataOfItsOwn(HasAMessageOfItsOwn):
    """Sends what OCPP 1.6 does not know as DataTransfer."""

    text = '[2,"own-1","DataTransfer",{"vendorId":"org.example","messageId":"FirmwareLog","data":"{}"}]'


@deviant("S-not-an-object")
class PayloadIsAList(EditsCalls):
    """Sends its heartbeats with a list as payload."""

    kind = Heartbeat

    def rewrite(self, text: str) -> str:
        return text.replace("{}", "[]")


@near_miss("S-not-an-object")
class PayloadIsAnEmptyObject(EditsCalls):
    """Sends its heartbeats with an object that holds a blank."""

    kind = Heartbeat

    def rewrite(self, text: str) -> str:
        return text.replace("{}", "{ }")


class _EditsStatuses(EditsCalls):
    """Changes its statuses."""

    kind = StatusNotification


@deviant("S-unknown-field")
class HasAFieldOfItsOwn(_EditsStatuses):
    """Adds a field of its own."""

    def change(self, payload: dict[str, Any]) -> None:
        payload["chargingPower"] = 11


@near_miss("S-unknown-field")
class FillsEveryField(_EditsStatuses):
    """Fills every field that there is."""

    def change(self, payload: dict[str, Any]) -> None:
        payload.update(info="a cable is in", vendorId="org.example", vendorErrorCode="E1")


@deviant("S-missing")
class NoIdTagInAuthorize(EditsCalls):
    """Asks for an authorization and does not say for which card."""

    kind = Authorize

    def change(self, payload: dict[str, Any]) -> None:
        del payload["idTag"]


@near_miss("S-missing")
class NoOptionalFields(EditsCalls):
    """Leaves out everything that is optional when a transaction ends."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        for name in ("idTag", "reason", "transactionData"):
            payload.pop(name, None)


@deviant("S-null")
class OptionalFieldsAreNull(_EditsStatuses):
    """Sends null for what it does not know."""

    def change(self, payload: dict[str, Any]) -> None:
        payload["vendorId"] = None


@near_miss("S-null")
class TextsHoldTheWordNull(_EditsStatuses):
    """Sends a text in which the word null stands."""

    def change(self, payload: dict[str, Any]) -> None:
        payload["info"] = "the null conductor"


@deviant("S-wrong-type")
class ConnectorIsAText(_EditsStatuses):
    """Sends the connector as a text."""

    def change(self, payload: dict[str, Any]) -> None:
        payload["connectorId"] = str(payload["connectorId"])


@near_miss("S-wrong-type")
class TextsOfDigits(_EditsStatuses):
    """Sends texts that are digits."""

    def change(self, payload: dict[str, Any]) -> None:
        payload["vendorErrorCode"], payload["info"] = "42", "1"


class _LongInfo(_EditsStatuses):
    """Has much to say."""

    length = 0

    def change(self, payload: dict[str, Any]) -> None:
        payload["info"] = "x" * self.length


@deviant("S-too-long")
class InfoHas51Characters(_LongInfo):
    """Sends an info of 51 characters."""

    length = 51


@near_miss("S-too-long")
class InfoHas50Characters(_LongInfo):
    """Sends an info of 50 characters."""

    length = 50


@deviant("S-not-in-enum")
class ReasonOfItsOwn(EditsCalls):
    """Stops for a reason that OCPP 1.6 does not know."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        payload["reason"] = "BatteryFull"


@near_miss("S-not-in-enum")
class RareReason(EditsCalls):
    """Stops for a reason that is rare."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        payload["reason"] = "EmergencyStop"


@deviant("S-out-of-range")
class ConnectorIsNegative(_EditsStatuses):
    """Reports a connector -1 where connector 0 belongs."""

    def change(self, payload: dict[str, Any]) -> None:
        if payload["connectorId"] == 0:
            payload["connectorId"] = -1


@near_miss("S-out-of-range")
class RegisterIsNegative(EditsCalls):
    """Stops with a negative register, which the schema allows."""

    kind = StopTransaction

    def change(self, payload: dict[str, Any]) -> None:
        payload["meterStop"] = -5
