"""Function 2: Heartbeat (automatic)."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.unattended import change_heartbeat_interval, silent_heartbeats, trigger_heartbeat

case = Case(
    2,
    "Heartbeat (automatic)",
    criteria={
        "2.1": "Receive OCPP command from CS i.e. heartbeat registered",
        "2.2": "When CS is not providing heartbeat, send OCPP command to see heartbeat",
        "2.3": (
            "Provide TCPIP default heartbeat at least every 1 hour from CS (configurable under Set "
            "Configuration)."
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Be silent after a boot that asked for a short interval; trigger one; then change the interval."""
    await stage.play_each(silent_heartbeats, trigger_heartbeat, change_heartbeat_interval)
