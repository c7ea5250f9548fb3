"""TC_073: Update Charge Point Password for HTTP Basic Authentication."""

import secrets

from chargeproof.acceptance.case import Case
from chargeproof.acceptance.configuration_in_record import same_key
from chargeproof.acceptance.quantifiers import answer_to, ours, refusal, scene_not_played
from chargeproof.acceptance.security.connections import (
    USES_PASSWORD,
    ended_by_itself,
    first_accepted,
    newest,
)
from chargeproof.acceptance.stage import Stage, scene
from chargeproof.acceptance.verdict import Verdict, failed, inconclusive, not_run, passed
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration, KeyValue
from chargeproof.trace import Exchange, Note, Trace

case = Case(
    73,
    "Update Charge Point Password for HTTP Basic Authentication",
    criteria={"TC_073": "The station takes a new password, comes back with it, and shows it to nobody"},
    group="security",
)

CHANGE_PASSWORD = "change the password"  # noqa: S105 - the name of a step
SHORT_PASSWORD = "send a password that is too short"  # noqa: S105 - the name of a step
KEY = "AuthorizationKey"
OUTCOME = "password change"
LEAST_BYTES = 16
MASK = frozenset("*•")
"""What a station may list in place of the password: it tells nothing."""
OCTT = ("TC_073_CS",)


@case.drive
async def drive(stage: Stage) -> None:
    """One that is too short, then a good one; afterwards the key is asked for."""
    await change_password(stage)


@scene(CHANGE_PASSWORD)
async def change_password(stage: Stage) -> None:
    """Nobody sees the new one: the station and the central system have it, the record a marker in its place."""
    USES_PASSWORD.require(stage)
    async with stage.step(SHORT_PASSWORD):
        short = secrets.token_hex(LEAST_BYTES - 1)
        answer = await stage.station.call(ChangeConfiguration(key=KEY, value=short))
    if answer.accepted:
        await stage.settle()
        await stage.station.wait_until_ready(within_s=stage.windows["reconnect"])
    by_itself_s = stage.windows["security_reconnect"]
    outcome = await stage.station.security.change_password(
        by_itself_s=by_itself_s, within_s=by_itself_s + stage.windows["reconnect"]
    )
    stage.station.note(OUTCOME, outcome)
    await stage.station.wait_until_ready(within_s=stage.windows["after_boot"])
    await stage.settle()
    await stage.station.call(GetConfiguration(key=[KEY]))


@case.check(
    "TC_073a",
    "A new password in AuthorizationKey is accepted",
    clause="W§ A01.FR.02",
    octt=OCTT,
)
def new_password_is_accepted(trace: Trace) -> Verdict:
    change = _change(trace)
    if isinstance(change, Verdict):
        return change
    refused = refusal(trace, change, "Accepted", asked="ChangeConfiguration of AuthorizationKey")
    return refused or passed("the new password was accepted", change.evidence)


@case.check(
    "TC_073b",
    "The station then ends the connection by itself",
    clause="W§ A01, step 3",
    octt=OCTT,
)
def station_disconnects(trace: Trace) -> Verdict:
    change = _accepted_change(trace)
    if isinstance(change, Verdict):
        return change
    return ended_by_itself(
        trace, change, "the station went on with the connection that it had made with the old password"
    )


@case.check(
    "TC_073c",
    "The station comes back with the new password",
    clause="W§ A01, step 4; A00.FR.203",
    octt=OCTT,
)
def station_comes_with_new_password(trace: Trace) -> Verdict:
    change = _accepted_change(trace)
    if isinstance(change, Verdict):
        return change
    outcomes = [note for note in trace.after(change.n).of(Note) if note.name == OUTCOME]
    back = first_accepted(trace, change.n)
    if not outcomes:
        return inconclusive("the record does not say with which password it came back", change.evidence)
    if outcomes[0].value == "proved" and back is not None:
        return passed("it came back with the new password", (back.n, outcomes[0].n))
    if back is None:
        return failed(
            "it did not come back",
            (*change.evidence, outcomes[0].n),
            expected="a connection with the new password",
            seen="none",
        )
    return failed(
        "it came back without the new password",
        (*change.evidence, back.n, outcomes[0].n),
        expected="the new password",
        seen=back.authentication if back.authentication != "basic" else "the old one",
    )


@case.check(
    "TC_073d",
    "The password cannot be read back",
    clause="W§7.2",
    octt=OCTT,
)
def password_is_not_shown(trace: Trace) -> Verdict:
    change = _change(trace)
    if isinstance(change, Verdict):
        return change
    asked = ours(trace, GetConfiguration)
    shown = [(each, item) for each in asked for item in _items(each) if not set(item.value or "") <= MASK]
    if shown:
        each, _ = shown[0]
        return failed(
            "GetConfiguration shows the password",
            each.evidence,
            expected=f"{KEY} without a value, or an unknown key",
            seen="a value",
        )
    answered = [each for each in asked if each.confirmation is not None and _asks_for_key(each)]
    if not answered:
        return inconclusive(
            f"GetConfiguration of {KEY} was not answered", [n for e in asked for n in e.evidence]
        )
    return passed("GetConfiguration does not show it", [n for each in answered for n in each.evidence])


@case.check(
    "TC_073e",
    "A password of fewer than 16 bytes is refused",
    clause="W§7.2, A00.FR.205",
    octt=OCTT,
)
def short_password_is_refused(trace: Trace) -> Verdict:
    span = newest(trace, SHORT_PASSWORD)
    if span is None:
        lacking = USES_PASSWORD.lacking(trace)
        return lacking or scene_not_played(trace, CHANGE_PASSWORD, "no password was sent")
    asked = ours(trace.during(span), ChangeConfiguration)
    if not asked:
        return not_run("no password was sent")
    refused = refusal(trace, asked[0], "Rejected", asked=f"A password of {LEAST_BYTES - 1} bytes")
    return refused or passed(f"it was answered {answer_to(asked[0])}", asked[0].evidence)


def _items(asked: Exchange[GetConfiguration]) -> list[KeyValue]:
    items = getattr(asked.confirmation, "configuration_key", None) or ()
    return [item for item in items if same_key(item.key, KEY)]


def _asks_for_key(asked: Exchange[GetConfiguration]) -> bool:
    return any(same_key(key, KEY) for key in asked.request.key or ())


def _change(trace: Trace) -> Exchange[ChangeConfiguration] | Verdict:
    """The change to a lawful password; without one a verdict that says why."""
    short = newest(trace, SHORT_PASSWORD)
    if short is None or short.ended is None:
        lacking = USES_PASSWORD.lacking(trace)
        return lacking or scene_not_played(trace, CHANGE_PASSWORD, "no password was sent")
    changes = ours(trace.after(short.ended.n), ChangeConfiguration, lambda one: same_key(one.key, KEY))
    return changes[0] if changes else not_run("no lawful password was sent")


def _accepted_change(trace: Trace) -> Exchange[ChangeConfiguration] | Verdict:
    change = _change(trace)
    if isinstance(change, Verdict) or change.status == "Accepted":
        return change
    return not_run(f"the new password was answered {answer_to(change)}", change.evidence)
