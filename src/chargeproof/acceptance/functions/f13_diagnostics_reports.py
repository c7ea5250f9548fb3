"""Function 13: Remotely initiate and get diagnostics reports."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import get_diagnostics

case = Case(
    13,
    "Remotely initiate and get diagnostics reports",
    criteria={
        "13.1": (
            "After sending GetDiagnostics, with specific timeframe and ftp location, the Charging Station must "
            "send GetDiagnostics message and upload the diagnostic file to the specified ftp location"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """One upload to our own file server."""
    await get_diagnostics(stage)
