"""Function 16: TriggerMessage."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import trigger_status

case = Case(
    16,
    "TriggerMessage",
    criteria={
        "16.1": "After booting the centralsystem will send a TriggerMessage requesting the status of the charger.",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """After the boot of the hard reset: for one connector, then for the station as a whole."""
    await trigger_status(stage)
