"""Function 14: Get past charge transactions."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.visit import outage

case = Case(
    14,
    "Get past charge transactions",
    criteria={
        "14.1": (
            "When Charging Station reconnects, after being offline, the cached transactions must be sent to the "
            "server automatically"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Act 8: the line breaks, sessions go on, the line comes back."""
    await set_keys_for_visit(stage)
    await outage(stage)
