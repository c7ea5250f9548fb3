"""What a station does when it carries out a command, as far as its own messages show it."""

from collections.abc import Callable
from typing import Any

import msgspec

from chargeproof.ocpp import Request

Payload = dict[str, Any]
Match = Callable[[Payload], bool]


class Expectation(msgspec.Struct, frozen=True):
    """`text`: what is looked for, in plain words. `fits` judges the payload of a request of this action."""

    text: str
    action: str
    fits: Match

    def shown_by(self, action: str | None, payload: Payload) -> bool:
        return action == self.action and self.fits(payload)


def _anything(payload: Payload) -> bool:
    return True


def _reset(asked: Payload) -> Expectation:
    return Expectation("The station boots again (BootNotification)", "BootNotification", _anything)


def _remote_start(asked: Payload) -> Expectation:
    id_tag, connector = str(asked.get("idTag", "")), asked.get("connectorId")

    def fits(payload: Payload) -> bool:
        same = str(payload.get("idTag", "")).lower() == id_tag.lower()
        return same and connector in (None, payload.get("connectorId"))

    place = "" if connector is None else f" at connector {connector}"
    return Expectation(f"A StartTransaction with {id_tag}{place}", "StartTransaction", fits)


def _remote_stop(asked: Payload) -> Expectation:
    number = asked.get("transactionId")
    return Expectation(
        f"A StopTransaction of transaction {number}",
        "StopTransaction",
        lambda payload: payload.get("transactionId") == number,
    )


def _availability(asked: Payload) -> Expectation:
    connector, inoperative = asked.get("connectorId"), asked.get("type") == "Inoperative"

    def fits(payload: Payload) -> bool:
        here = connector == 0 or payload.get("connectorId") == connector
        return here and (payload.get("status") == "Unavailable") == inoperative

    place = "a connector" if connector == 0 else f"connector {connector}"
    status = "Unavailable" if inoperative else "anything but Unavailable"
    return Expectation(f"A StatusNotification of {place} with {status}", "StatusNotification", fits)


_TRIGGERED = {"SignChargePointCertificate": "SignCertificate"}


def _trigger(asked: Payload) -> Expectation:
    wanted, connector = str(asked.get("requestedMessage", "")), asked.get("connectorId")
    action = _TRIGGERED.get(wanted, wanted)
    place = "" if connector is None else f" of connector {connector}"
    return Expectation(
        f"The {action}{place} that was asked for",
        action,
        lambda payload: connector in (None, payload.get("connectorId", connector)),
    )


def _told(action: str, status: str, what: str) -> Callable[[Payload], Expectation]:
    def expectation(asked: Payload) -> Expectation:
        return Expectation(f"{what} ({action}: {status})", action, lambda told: told.get("status") == status)

    return expectation


def _reservation(asked: Payload) -> Expectation:
    connector = asked.get("connectorId")
    return Expectation(
        f"Connector {connector} is Reserved (StatusNotification)",
        "StatusNotification",
        lambda told: told.get("status") == "Reserved" and connector in (0, told.get("connectorId")),
    )


_EXPECTATIONS: dict[str, Callable[[Payload], Expectation]] = {
    "Reset": _reset,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "ChangeAvailability": _availability,
    "TriggerMessage": _trigger,
    "ExtendedTriggerMessage": _trigger,
    "ReserveNow": _reservation,
    "CancelReservation": _told("StatusNotification", "Available", "The connector is free again"),
    "UpdateFirmware": _told("FirmwareStatusNotification", "Installed", "The firmware is installed"),
    "SignedUpdateFirmware": _told(
        "SignedFirmwareStatusNotification", "Installed", "The firmware is installed"
    ),
    "GetDiagnostics": _told("DiagnosticsStatusNotification", "Uploaded", "The diagnostics are uploaded"),
    "GetLog": _told("LogStatusNotification", "Uploaded", "The log is uploaded"),
}


def expectation_of(action: str, payload: Payload) -> Expectation | None:
    """What to look for after this command; None where no message can show that it was done."""
    make = _EXPECTATIONS.get(action)
    return None if make is None else make(payload)


EFFECTS = {
    "Reset": "a BootNotification",
    "RemoteStartTransaction": "a StartTransaction with this id tag",
    "RemoteStopTransaction": "the StopTransaction of this transaction",
    "ChangeAvailability": "a StatusNotification with the new status",
    "TriggerMessage": "the message that was asked for",
    "ExtendedTriggerMessage": "the message that was asked for",
    "ReserveNow": "a StatusNotification with Reserved",
    "CancelReservation": "a StatusNotification with Available",
    "UpdateFirmware": "a FirmwareStatusNotification with Installed",
    "SignedUpdateFirmware": "a SignedFirmwareStatusNotification with Installed",
    "GetDiagnostics": "a DiagnosticsStatusNotification with Uploaded",
    "GetLog": "a LogStatusNotification with Uploaded",
}
"""What will show that a command was done, before its payload is known."""


def payload_of(request: Request) -> Payload:
    """The payload as JSON values, as a station gets it."""
    value: Payload = msgspec.to_builtins(request)
    return value
