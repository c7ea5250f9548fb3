"""Function 7: Stop charge transaction (both local notification and remote trigger)."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.visit import local_stop, remote_stop, unplug

case = Case(
    7,
    "Stop charge transaction (both local notification and remote trigger)",
    criteria={
        "7.1": (
            "After sending RemoteStopTransaction (by using the transactionId) the transaction must stop, via a "
            "StopTransaction message, followed by several StatusNotification messages (according to OCPP 1.6)"
        ),
        "7.2": (
            "Local StopTransaction starts with receiving a StopTransaction and several StatusNotification "
            "messages (according to OCPP 1.6)"
        ),
        "7.3": "When the charging cable is disconnected, a StopTransaction message must be received",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """The ends of acts 3 and 4, and act 7: remote stop, the same card, the cable unplugged."""
    await set_keys_for_visit(stage)
    await stage.play_each(remote_stop, local_stop, unplug)
