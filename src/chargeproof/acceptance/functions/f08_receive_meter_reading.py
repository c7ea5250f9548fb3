"""Function 8: Receive Meter reading."""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.visit import local_stop, remote_stop

case = Case(
    8,
    "Receive Meter reading",
    criteria={
        "8.1": "Meter values are received at the start of transaction and stop of transaction",
        "8.2": (
            "Meter values are received, according to meter interval that can be set by user (at least 30 seconds"
            " interval when charging). Voltage, current and power reading are received, according to meter "
            "interval that can be set by user (at least 30 seconds interval)"
        ),
    },
)


@case.drive
async def drive(stage: Stage) -> None:
    """Rides on the sessions of acts 3 to 5: one at 30 s, the next at 60 s."""
    await set_keys_for_visit(stage)
    await stage.play_each(remote_stop, local_stop)
