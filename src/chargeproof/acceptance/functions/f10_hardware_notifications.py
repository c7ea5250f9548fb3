"""Function 10: Any hardware related notifications or error conditions."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.visit import fault

case = Case(
    10,
    "Any hardware related notifications or error conditions",
    criteria={
        "10.1": (
            "Create an error (e.g. disconnecting communication pin or power pin connection or create 3 phase "
            "imbalance supply), notifications to be represented in the StatusNotification messages."
        ),
        "10.2": "Error messages on connector 0 are from the Charging Station itself.",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Act 9."""
    await set_keys_for_visit(stage)
    await fault(stage)
