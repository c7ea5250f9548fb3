"""Function 14: Get past charge transactions.

Figures: ``offline_stop_delivered_after_s`` (seconds from the first socket after the outage to the stop),
``offline_meter_samples`` (samples dated within the outage).
"""

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.offline_meter_values import meter_values_of
from chargeproof.acceptance.outages_in_record import unreachables
from chargeproof.acceptance.past_transactions import delivered_of
from chargeproof.acceptance.preparation import set_keys_for_visit
from chargeproof.acceptance.quantifiers import scene_not_played, together
from chargeproof.acceptance.stage import Stage
from chargeproof.acceptance.verdict import Verdict, inconclusive
from chargeproof.acceptance.visit import OUTAGE, outage
from chargeproof.trace import Trace

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


@case.check(
    "14.1a",
    "Transactions of an outage are sent by themselves afterwards: once, in order, with their own dates and ids",
    clause="S§3.7, S§3.7.1",
    octt=("TC_037_1_CS", "TC_038_CS", "TC_039_CS"),
    hands=True,
)
def cached_transactions_are_sent(trace: Trace) -> Verdict:
    verdicts = [verdict for each in unreachables(trace) if (verdict := delivered_of(each)) is not None]
    if verdicts and not trace.acts():
        return together(verdicts).with_remark("nobody wrote down what was done in the outage")
    if verdicts:
        return together(verdicts)
    return scene_not_played(trace, OUTAGE, "no transaction was begun or ended while we were out of reach")


@case.check(
    "14.1b",
    "Meter values of an outage are queued and sent, without a gap",
    clause="S§3.7",
    octt=("TC_036_CS",),
)
def cached_meter_values_are_sent(trace: Trace) -> Verdict:
    outages = unreachables(trace)
    verdicts = [verdict for each in outages for verdict in meter_values_of(each)]
    if verdicts:
        return together(verdicts)
    if trace.outages():
        known = [n for each in outages for n in each.evidence]
        return inconclusive("no session ran long enough in the outage for a sample to be due", known)
    return scene_not_played(trace, OUTAGE, "no session ran while we were out of reach")
