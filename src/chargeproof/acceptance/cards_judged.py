"""Cards that began a session unasked, under another tag, or although refused: criteria 6.2 and 6.3 on them."""

from chargeproof.acceptance.authorization_in_record import must_ask
from chargeproof.acceptance.quantifiers import absence
from chargeproof.acceptance.refusals_in_record import (
    Refusal,
    Sign,
    in_short,
    leads_elsewhere,
    sign_of_charging,
)
from chargeproof.acceptance.starts_in_record import LocalStart, local_starts
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, passed
from chargeproof.acceptance.windows import window_s
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


def starts_nothing(trace: Trace, refused: Refusal) -> Verdict:
    """Criterion 6.3 on one card that was refused."""
    seconds = window_s(trace, "absence")
    begins = refused.authorize or refused
    started = sign_of_charging(trace, refused, begins.mono + seconds)
    if refused.authorize is None or (started is not None and started.n < refused.authorize.n):
        return _never_asked(trace, refused, started)
    word = refused.status or "nothing"
    if started is not None:
        return failed(
            f"the card was answered {word}, and yet the station went on",
            (*refused.evidence, *started.evidence),
            expected=f"no StartTransaction and no charging within {seconds:g} s",
            seen=in_short(started),
        )
    if refused.status in ("", "Accepted"):
        return inconclusive(f"the card was answered {word}, so it was not refused", refused.evidence)
    broken = leads_elsewhere(trace, refused)
    if broken is not None:
        return failed(
            f"the card was answered {word}, and the connector became {broken.request.status}",
            (*refused.evidence, broken.n),
            expected="back towards Available (S§4.9)",
            seen=str(broken.request.status),
        )
    gone = absence(trace, refused.authorize.mono, seconds)
    known = (*refused.evidence, *gone.evidence)
    if not gone.proved:
        return inconclusive(f"nothing started after {word}, but {gone.why}", known)
    return passed(f"nothing started within {seconds:g} s after {word}", known)


def _never_asked(trace: Trace, refused: Refusal, started: Sign | None) -> Verdict:
    """Without Authorize nobody refused: a start is 6.2a's matter where a valid card starts like that too."""
    if started is None:
        return inconclusive(
            "the station asked for no authorization, so nothing was refused", refused.evidence
        )
    known = (*refused.evidence, *started.evidence)
    if any(each.begins_unasked for each in local_starts(trace)):
        return inconclusive("the station never asks (6.2a), so nothing was refused", known)
    return failed(
        "a transaction started although nobody approved the card",
        known,
        expected="no StartTransaction and no charging",
        seen=in_short(started),
    )
