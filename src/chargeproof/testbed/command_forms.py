"""The commands that a central system sends, as forms: JSON schemas made from the typed messages, and words."""

from functools import cache
from typing import Any

import msgspec

from chargeproof.ocpp import FEATURE_PROFILES, REQUESTS, Request, Role
from chargeproof.resources.commands import CommandSchema
from chargeproof.testbed.effects import EFFECTS

SECURITY = "Security"
"""What the security extension is called here; it is no feature profile of S§3.3."""

_TEXTS: dict[str, tuple[str, str]] = {
    "CancelReservation": ("Cancel reservation", "Give a reserved connector free."),
    "CertificateSigned": ("Certificate signed", "Hand the station the certificate that it asked for."),
    "ChangeAvailability": (
        "Change availability",
        "Take a connector, or the station, out of use or back into it.",
    ),
    "ChangeConfiguration": ("Change configuration", "Set one configuration key."),
    "ClearCache": ("Clear cache", "Forget the id tags that the station remembers from earlier answers."),
    "ClearChargingProfile": (
        "Clear charging profile",
        "Remove charging profiles; all that fit what is filled in.",
    ),
    "DataTransfer": ("Data transfer", "Anything that this vendor's station understands."),
    "DeleteCertificate": ("Delete certificate", "Remove an installed root certificate."),
    "ExtendedTriggerMessage": (
        "Trigger message (extended)",
        "Ask for a message now, those of security included.",
    ),
    "GetCompositeSchedule": ("Get composite schedule", "Ask what limits hold for the next seconds."),
    "GetConfiguration": ("Get configuration", "Read configuration keys; without any, all."),
    "GetDiagnostics": ("Get diagnostics", "Have the station upload its diagnostics."),
    "GetInstalledCertificateIds": (
        "Get installed certificates",
        "List the root certificates of the station.",
    ),
    "GetLocalListVersion": (
        "Get local list version",
        "Ask for the version of the station's own list of id tags.",
    ),
    "GetLog": ("Get log", "Have the station upload its diagnostics or security log."),
    "InstallCertificate": ("Install certificate", "Give the station a root certificate."),
    "RemoteStartTransaction": ("Remote start", "Have the station start a transaction for an id tag."),
    "RemoteStopTransaction": ("Remote stop", "Have the station end a transaction."),
    "ReserveNow": ("Reserve now", "Keep a connector for an id tag."),
    "Reset": ("Reset", "Restart the station; Soft ends transactions in order, Hard may not."),
    "SendLocalList": ("Send local list", "Replace or update the station's own list of id tags."),
    "SetChargingProfile": (
        "Set charging profile",
        "Limit the power or current of a connector or the station.",
    ),
    "SignedUpdateFirmware": (
        "Update firmware (signed)",
        "Have the station install firmware with a signature.",
    ),
    "TriggerMessage": ("Trigger message", "Ask for a message now."),
    "UnlockConnector": ("Unlock connector", "Open the lock of a cable; an ongoing transaction ends first."),
    "UpdateFirmware": ("Update firmware", "Have the station fetch and install firmware."),
}

_WARNINGS = {
    "CertificateSigned": "The station will use this certificate; a wrong one keeps it from connecting.",
    "ChangeAvailability": "Out of use, a connector charges nobody until it is taken back into use.",
    "ChangeConfiguration": "A wrong value can keep the station from connecting or charging.",
    "ClearCache": "Id tags that the station knew are asked for anew, and refused while it is offline.",
    "ClearChargingProfile": "Limits that protect the installation may be removed.",
    "DeleteCertificate": "Without its root certificate the station cannot verify this central system.",
    "InstallCertificate": "The station will trust whoever holds this certificate's key.",
    "RemoteStopTransaction": "Somebody's charging ends.",
    "Reset": "Charging ends, and the station is away for a while.",
    "SendLocalList": "The station's own list of id tags is changed.",
    "SetChargingProfile": "Charging may slow down or stop.",
    "SignedUpdateFirmware": "The station will be replaced in what it does, and is away for a while.",
    "UnlockConnector": "An ongoing transaction ends, and the cable is free to be taken.",
    "UpdateFirmware": "The station will be replaced in what it does, and is away for a while.",
}
"""What can do harm, and how."""

_FIELDS: dict[str, tuple[str, str]] = {
    "connectorId": ("Connector", "From 1 on; 0 is the station itself."),
    "transactionId": ("Transaction", "The number of an open transaction."),
    "reservationId": ("Reservation", "A number of your choice; the same one cancels it."),
    "idTag": ("Id tag", "As on the card; at most 20 characters."),
    "parentIdTag": ("Parent id tag", "The group that may use the reservation too."),
    "key": ("Key", "The name of a configuration key."),
    "value": ("Value", "As text, also for numbers and booleans."),
    "duration": ("Duration", "Seconds."),
    "startPeriod": ("Begins after", "Seconds from the start of the schedule."),
    "minChargingRate": ("Lowest charging rate", "In the unit of the schedule."),
    "chargingRateUnit": ("Unit", "W for watts, A for amperes per phase."),
    "limit": ("Limit", "In the unit of the schedule, with one decimal at most."),
    "numberPhases": ("Phases", "1 to 3; 3 when left out."),
    "stackLevel": ("Stack level", "The higher one counts; from 0 on."),
    "retries": ("Retries", "How often the station tries again."),
    "retryInterval": ("Retry interval", "Seconds between two tries."),
    "location": ("Address", "ftp:// or http:// URL, with user and password where needed."),
    "retrieveDate": ("Fetch from", "When the station may fetch it."),
    "retrieveDateTime": ("Fetch from", "When the station may fetch it."),
    "installDateTime": ("Install from", "When the station may install it."),
    "startTime": ("From", "Only what happened since."),
    "stopTime": ("Until", "Only what happened before."),
    "expiryDate": ("Until", "When it ends."),
    "requestedMessage": ("Message", "The message that the station shall send."),
    "listVersion": ("Version of the list", "From 1 on."),
    "vendorId": ("Vendor", "The vendor who defined the message."),
    "messageId": ("Message", "The vendor's name of it."),
    "data": ("Data", "Any text, as the vendor defines it."),
    "type": ("Type", ""),
    "updateType": ("How", "Full replaces the list, Differential changes it."),
}


@cache
def command_forms() -> tuple[CommandSchema, ...]:
    """Every command, by its title."""
    made = [_form(cls) for cls in REQUESTS.values() if cls.may_be_sent_by(Role.CENTRAL_SYSTEM)]
    return tuple(sorted(made, key=lambda form: form.title))


def form_of(action: str) -> CommandSchema | None:
    return next((form for form in command_forms() if form.action == action), None)


def profile_of(action: str) -> str:
    """The feature profile that an action belongs to."""
    for profile, messages in FEATURE_PROFILES.items():
        if any(message.action == action for message in messages):
            return profile
    return SECURITY


def _form(cls: type[Request]) -> CommandSchema:
    title, description = _TEXTS.get(cls.action, (cls.action, ""))
    warning = _WARNINGS.get(cls.action, "")
    return CommandSchema(
        action=cls.action,
        title=title,
        description=description,
        profile=profile_of(cls.action),
        destructive=bool(warning),
        warning=warning,
        effect=EFFECTS.get(cls.action, ""),
        payload_schema=payload_schema(cls),
    )


def payload_schema(cls: type[Request]) -> dict[str, Any]:
    """JSON schema (2020-12) of a payload, every definition in its place, with titles and units."""
    (schema,), definitions = msgspec.json.schema_components([cls], ref_template="{name}")
    found: dict[str, Any] = _resolved(schema, definitions)
    found["additionalProperties"] = False
    return found


def _resolved(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_resolved(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return {**_resolved(definitions[schema["$ref"]], definitions), **rest}
    resolved = {
        name: _resolved(value, definitions)
        for name, value in schema.items()
        if name not in ("description", "default")
    }
    if isinstance(schema.get("properties"), dict):
        resolved["properties"] = {
            name: _described(name, _resolved(value, definitions))
            for name, value in schema["properties"].items()
        }
    return resolved


def _described(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    title, description = _FIELDS.get(name, (_spaced(name), ""))
    described = {"title": title, **{key: value for key, value in schema.items() if key != "title"}}
    if description:
        described["description"] = description
    described.pop("default", None)
    return described


def _spaced(name: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return words[:1].upper() + words[1:]
