"""Function 6: Start charge transaction (both local notification and remote trigger)."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.visit import local_start, remote_session, unknown_card

case = Case(
    6,
    "Start charge transaction (both local notification and remote trigger)",
    criteria={
        "6.1": (
            "After sending RemoteStartTransaction the transaction must start, and a StartTransaction message "
            "(including transactionId) must be received, followed by several StatusNotification messages "
            "(according to OCPP 1.6)"
        ),
        "6.2": (
            "Local StartTransaction should start with an Authorize, which – if approved – must be followed by a "
            "StartTransaction and several StatusNotification messages (according to OCPP 1.6)."
        ),
        "6.3": "If not approved the sequence must stop",
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Acts 3, 4 and 6: a remote start, a valid card, an unknown card."""
    await set_keys_for_visit(stage)
    await stage.play_each(remote_session, local_start, unknown_card)
