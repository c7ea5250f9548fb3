"""Function 5: Set configuration (set parameters that can be configured)."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import write_back_keys

case = Case(
    5,
    "Set configuration (set parameters that can be configured)",
    criteria={
        "5.1": (
            "After sending ChangeConfiguration (per item) a message with status Accepted must be received (and "
            'not "Not Supported", "Not implemented")'
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Every writable key gets its present value back; HeartbeatInterval is edited and put back."""
    await write_back_keys(stage)
