"""Function 9: Reset CS (both hard and soft reset)."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import hard_reset, soft_reset

case = Case(
    9,
    "Reset CS (both hard and soft reset)",
    criteria={
        "9.1": (
            "Hard reset (ResetType 0): Charging Station comes online after reset (BootNotification message, "
            "StatusNotification message, etc.)"
        ),
        "9.2": (
            "Soft reset (ResetType 1): Charging Station comes online after reset (BootNotification message, "
            "StatusNotification message, etc.)"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Soft, then Hard."""
    await stage.play_each(soft_reset, hard_reset)
