"""Function 4: Get configuration (list parameters that can be read)."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import read_all_keys

case = Case(
    4,
    "Get configuration (list parameters that can be read)",
    criteria={
        "4.1": (
            "After sending GetConfiguration() the Charge Station must respond with a GetConfiguration message, "
            "containing the total number of items, followed by a message with the complete list of items."
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """All keys at once, then every key again by its name."""
    await read_all_keys(stage)
