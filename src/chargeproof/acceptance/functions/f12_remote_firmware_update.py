"""Function 12: Remote Firmware update."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import update_firmware

case = Case(
    12,
    "Remote Firmware update",
    criteria={
        "12.1": "Receive firmware file from manufacturer.",
        "12.2": (
            'After sending UpdateFirmware, FirmwareStatusNotification message with FirmwareStatus "Downloading" '
            'must be received, followed by FirmwareStatusNotification message with FirmwareStatus "Installed".'
        ),
        "12.3": "Automatically reboot if connectors are available",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """One update from our own file server, if the manufacturer gave a file."""
    await update_firmware(stage)
