"""Function 11: Charging cable connection status."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.visit import plug_in, start_without_cable, wait_for_time_out

case = Case(
    11,
    "Charging cable connection status",
    criteria={
        "11.1": "Status to be represented in the StatusNotification messages.",
        "11.2": (
            "When car is connected, the charging station changes from Available to Occupied and to Error "
            "(connection is timed out)."
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Identified without a cable, then acts 1 and 2."""
    await set_keys_for_visit(stage)
    await stage.play_each(start_without_cable, plug_in, wait_for_time_out)
