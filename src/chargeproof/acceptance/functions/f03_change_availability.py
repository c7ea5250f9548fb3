"""Function 3: Change availability."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import change_availability

case = Case(
    3,
    "Change availability",
    criteria={
        "3.1": "After sending ChangeAvailability with type Operative, the status must change to Available.",
        "3.2": "After sending ChangeAvailability with type Inoperative, the status must change to Unavailable.",
        "3.3": "This availability must be reflected by receiving a StatusNotification message (per socket)",
        "3.4": (
            "Receive a (not empty) StatusNotification message per connector (including connector 0), containing:"
            " i. If not in error: status with Available, Preparing, Charging, SuspendedEV, SuspendedEVSE, "
            "Finishing, Reserved, Unavailable or Faulted; ii. If in error: error details (errorCode)"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Inoperative first, then Operative: per connector, and for the station as a whole."""
    await change_availability(stage)
