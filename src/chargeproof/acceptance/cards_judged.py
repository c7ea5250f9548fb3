"""Cards that began a session without being asked for, or under another tag: what criterion 6.2 makes of them."""

from chargeproof.acceptance.authorization_in_record import must_ask
from chargeproof.acceptance.starts_in_record import LocalStart
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive
from chargeproof.trace import Trace


def not_asked_before(trace: Trace, start: LocalStart, expected: str, *, late: bool) -> Verdict:
    if not must_ask(trace, start.id_tag, start.n):
        return inconclusive(
            "the transaction started without Authorize, and cache or list may have answered for it",
            start.evidence,
            expected=expected,
        )
    return failed(
        "the transaction started without Authorize before it, and neither cache nor list knew the card",
        start.evidence,
        expected=expected,
        seen="StartTransaction, then Authorize" if late else "StartTransaction alone",
    )


def another_card(trace: Trace, start: LocalStart, tag: str) -> Verdict:
    """Another idTag than the profile states: a person may have taken another card, a rig has not."""
    reason = "another idTag was authorized than that of the card"
    seen = f"Authorize for {tag}"
    if trace.head is not None and trace.head.site == "prompted":
        return inconclusive(f"{reason}, or another card was presented", start.evidence, seen=seen)
    return failed(reason, start.evidence, expected=f"Authorize for {start.id_tag}", seen=seen)
