"""Mutants of function 1: Boot notification."""

from typing import Any

from chargeproof.ocpp import (
    BootNotification,
    BootNotificationConf,
    RegistrationStatus,
    Request,
    ResetType,
)
from chargeproof.simulator.link import edited_payload
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.parts import BOOTS
from chargeproof.simulator.station import SimulatedStation


@mutant(fails=("1.1a", "9.1a", "9.2a"), because="no BootNotification after the restart")
class BootAbsent(SimulatedStation):
    """Sends a BootNotification when it is first put up, and never again after a restart.

    Three checks ask for it.
    """

    async def boot_once(self) -> float | None:
        if int(self.memory.get(BOOTS, 0)) == 1:
            return await super().boot_once()
        return self.on_boot_answered(
            BootNotificationConf(
                status=RegistrationStatus.ACCEPTED,
                current_time=self.now(),
                interval=int(self.heartbeat_interval_s()),
            )
        )


@mutant(fails="1.1a", because="the BootNotification is empty")
class BootEmpty(SimulatedStation):
    """Sends a BootNotification without any content."""

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, BootNotification):
            return text
        return text[: text.index("{")] + "{}]"


@mutant(fails=("1.1a", "9.2a"), because="no BootNotification after the restart by Reset Soft")
class BootAbsentAfterSoftReset(SimulatedStation):
    """Takes a soft reset for a mere reconnect. Both checks ask for the BootNotification after it."""

    soft = False

    async def reset(self, kind: ResetType) -> None:
        self.soft = kind is ResetType.SOFT
        await super().reset(kind)

    async def boot_once(self) -> float | None:
        soft, self.soft = self.soft, False
        if not soft:
            return await super().boot_once()
        return self.on_boot_answered(
            BootNotificationConf(
                status=RegistrationStatus.ACCEPTED,
                current_time=self.now(),
                interval=int(self.heartbeat_interval_s()),
            )
        )


class _ChangedField(SimulatedStation):
    """Changes one field of its BootNotification on the wire; None leaves the field out."""

    field = ""
    replacement: str | int | None = None

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, BootNotification):
            return text
        return edited_payload(text, self.change)

    def change(self, payload: dict[str, Any]) -> None:
        payload.pop(self.field, None)
        if self.replacement is not None:
            payload[self.field] = self.replacement


# ── 1.1b ─────────────────────────────────────────────────────────────────────────────────────────────


@mutant(fails="1.1b", because="lacks chargePointVendor")
class VendorEmpty(_ChangedField):
    """Names its vendor with an empty string."""

    field, replacement = "chargePointVendor", ""


@mutant(fails="1.1b", because="lacks chargePointVendor")
class VendorMissing(_ChangedField):
    """Does not name its vendor."""

    field = "chargePointVendor"


@mutant(fails="1.1b", because="lacks chargePointVendor")
class VendorTooLong(_ChangedField):
    """Names its vendor with 21 characters."""

    field, replacement = "chargePointVendor", "V" * 21


@mutant(fails="1.1b", because="lacks chargePointVendor")
class VendorUnknown(_ChangedField):
    """Names its vendor “unknown”."""

    field, replacement = "chargePointVendor", "unknown"


@mutant(fails="1.1b", because="lacks chargePointModel")
class ModelMissing(_ChangedField):
    """Does not name its model."""

    field = "chargePointModel"


@mutant(fails="1.1b", because="lacks chargePointModel")
class ModelEmpty(_ChangedField):
    """Names its model with an empty string."""

    field, replacement = "chargePointModel", ""


@mutant(fails="1.1b", because="lacks chargePointModel")
class ModelTooLong(_ChangedField):
    """Names its model with 21 characters."""

    field, replacement = "chargePointModel", "M" * 21


@mutant(fails="1.1b", because="lacks chargePointModel")
class ModelIsANumber(_ChangedField):
    """Gives its model as a number instead of a text."""

    field, replacement = "chargePointModel", 22


# ── 1.1c ─────────────────────────────────────────────────────────────────────────────────────────────


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialMissing(_ChangedField):
    """Does not give its serial number."""

    field = "chargePointSerialNumber"


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialBlank(_ChangedField):
    """Gives its serial number as white space."""

    field, replacement = "chargePointSerialNumber", "  "


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialTooLong(_ChangedField):
    """Gives a serial number of 26 characters."""

    field, replacement = "chargePointSerialNumber", "S" * 26


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialIsTheWordNull(_ChangedField):
    """Gives its serial number as the word null."""

    field, replacement = "chargePointSerialNumber", "null"


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialInTheWrongField(_ChangedField):
    """Gives its serial number as chargeBoxSerialNumber, which OCPP 1.6 has deprecated."""

    field = "chargePointSerialNumber"

    def change(self, payload: dict[str, Any]) -> None:
        payload["chargeBoxSerialNumber"] = payload.pop(self.field)


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialAtTheFirstBootOnly(_ChangedField):
    """Gives its serial number at the first boot and leaves it out after a restart."""

    field = "chargePointSerialNumber"

    def change(self, payload: dict[str, Any]) -> None:
        if int(self.memory.get(BOOTS, 0)) > 1:
            super().change(payload)


# ── 1.1d ─────────────────────────────────────────────────────────────────────────────────────────────


@mutant(fails="1.1d", because="iccid is missing at a station with a modem")
class IccidMissingOnModem(_ChangedField):
    """Has a modem and gives no ICCID."""

    field = "iccid"


@mutant(fails="1.1d", because="iccid is missing at a station with a modem")
class IccidBlankOnModem(_ChangedField):
    """Has a modem and gives an empty ICCID."""

    field, replacement = "iccid", ""


@mutant(fails="1.1d", because="iccid is missing at a station with a modem")
class IccidIsASignalStrength(_ChangedField):
    """Has a modem and gives its signal strength where the ICCID belongs."""

    field, replacement = "iccid", "-67"


@mutant(fails="1.1d", because="iccid is missing at a station with a modem")
class IccidIsTheImsi(_ChangedField):
    """Has a modem and gives the IMSI where the ICCID belongs."""

    field, replacement = "iccid", "204043396257110"


@mutant(fails="1.1d", because="iccid is missing at a station with a modem")
class IccidCutShort(_ChangedField):
    """Has a modem and gives the first twelve digits of its ICCID."""

    field, replacement = "iccid", "893104101065"


# ── 1.1e ─────────────────────────────────────────────────────────────────────────────────────────────


@mutant(fails="1.1e", because="lacks firmwareVersion")
class FirmwareMissing(_ChangedField):
    """Does not give its firmware version."""

    field = "firmwareVersion"


@mutant(fails="1.1e", because="lacks firmwareVersion")
class FirmwareEmpty(_ChangedField):
    """Gives its firmware version as an empty string."""

    field, replacement = "firmwareVersion", ""


@mutant(fails="1.1e", because="lacks firmwareVersion")
class FirmwareTooLong(_ChangedField):
    """Gives a firmware version of 51 characters."""

    field, replacement = "firmwareVersion", "9" * 51
