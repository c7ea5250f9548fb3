"""Function 15: Clear cache (if applicable)."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import clear_cache

case = Case(
    15,
    "Clear cache (if applicable)",
    criteria={
        "15.1": "After sending the ClearCache, a message with status Accepted must be received",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """ClearCache."""
    await clear_cache(stage)
