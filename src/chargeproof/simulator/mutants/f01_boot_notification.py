"""Mutants of function 1: Boot notification."""

import msgspec

from chargeproof.ocpp import BootNotification, BootNotificationConf, RegistrationStatus, Request
from chargeproof.simulator.mutants.registry import mutant
from chargeproof.simulator.parts import BOOTS
from chargeproof.simulator.station import SimulatedStation


@mutant(fails=("1.1a", "9.1a", "9.2a", "12.3a"), because="no BootNotification after the restart")
class BootAbsent(SimulatedStation):
    """Sends a BootNotification when it is first put up, and never again after a restart."""

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


class _WithoutField(SimulatedStation):
    """Changes one field of its BootNotification on the wire."""

    field = ""
    replacement: str | None = None

    def text_of_call(self, text: str, request: Request) -> str | None:
        if not isinstance(request, BootNotification):
            return text
        frame = msgspec.json.decode(text)
        if self.replacement is None:
            frame[3].pop(self.field, None)
        else:
            frame[3][self.field] = self.replacement
        return msgspec.json.encode(frame).decode()


@mutant(fails="1.1b", because="lacks chargePointVendor")
class VendorEmpty(_WithoutField):
    """Names its vendor with an empty string."""

    field, replacement = "chargePointVendor", ""


@mutant(fails="1.1b", because="lacks chargePointModel")
class ModelMissing(_WithoutField):
    """Does not name its model."""

    field = "chargePointModel"


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialMissing(_WithoutField):
    """Does not give its serial number."""

    field = "chargePointSerialNumber"


@mutant(fails="1.1c", because="lacks chargePointSerialNumber")
class SerialBlank(_WithoutField):
    """Gives its serial number as white space."""

    field, replacement = "chargePointSerialNumber", "  "


@mutant(fails="1.1d", because="iccid is missing at a station with a modem")
class IccidBlankOnModem(_WithoutField):
    """Has a modem and gives an empty ICCID."""

    field, replacement = "iccid", ""


@mutant(fails="1.1d", because="iccid is missing at a station with a modem")
class IccidIsASignalStrength(_WithoutField):
    """Has a modem and gives its signal strength where the ICCID belongs."""

    field, replacement = "iccid", "-67"


@mutant(fails="1.1e", because="lacks firmwareVersion")
class FirmwareMissing(_WithoutField):
    """Does not give its firmware version."""

    field = "firmwareVersion"
