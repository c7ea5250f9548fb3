"""The matrix page of the self-test: checks and stations, killed or survived, for people."""

from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from chargeproof.acceptance.case import group_of
from chargeproof.acceptance.lints import LINTS
from chargeproof.acceptance.script import EVERY_CASE, GROUPS
from chargeproof.testbed.selftest import SelfTest, group_proof

_STYLE = """
.lead { max-width: 70ch; margin-top: 8px; color: var(--quiet); }
.mutant { display: inline-block; margin: 0 10px 2px 0; font: 12px/1.5 var(--mono); white-space: nowrap; }
.id, .name { white-space: nowrap; font: 12px/1.6 var(--mono); font-weight: 600; }
.sentence { min-width: 26ch; }
.mark { font-weight: 700; width: 2em; }
.troubles li { margin: 4px 0; }
main { max-width: 1200px; }
@media (max-width: 640px) { main { padding: 16px 12px; } .verdict { padding: 14px; } }
"""


def page_of(result: SelfTest) -> str:
    """One HTML file that loads nothing from anywhere."""
    sentences = {check.id: check.sentence for case in EVERY_CASE for check in case.checks}
    template = (files("chargeproof.testbed") / "templates" / "selftest.html.jinja").read_text(
        encoding="utf-8"
    )
    base = (files("chargeproof.acceptance.forms") / "templates" / "report.css").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, loader=DictLoader({"page": template}), trim_blocks=True
    )
    return environment.get_template("page").render(
        result=result,
        style=Markup(base + _STYLE),  # noqa: S704 - our own style sheets
        killed=sum(mutant.killed for mutant in result.mutants),
        passed_odd=sum(not (odd.failed or odd.error) for odd in result.odd),
        sharp_lints=sum(lint.raised and lint.near_miss_silent for lint in result.lints),
        proved=sum(bool(check.mutants) for check in result.checks),
        troubles=troubles_of(result),
        groups=[proof for group in GROUPS if (proof := group_proof(result, group)).checks],
        tables=[
            (
                group.title,
                [
                    {
                        "id": check.id,
                        "sentence": sentences[check.id],
                        "mutants": [mutant for mutant in result.mutants if check.id in mutant.declared],
                    }
                    for check in result.checks
                    if group_of(check.id) == group.id
                ],
            )
            for group in GROUPS
        ],
        lints=[
            {
                "id": lint.id,
                "raised": lint.raised,
                "near_miss_silent": lint.near_miss_silent,
                "title": LINTS[lint.id].title if lint.id in LINTS else "",
            }
            for lint in result.lints
        ],
    )


def troubles_of(result: SelfTest) -> list[str]:
    """What does not hold, a sentence each; empty when the judge is proved."""
    troubles = []
    for mutant in result.mutants:
        if not mutant.killed:
            failed = ", ".join(mutant.failed) or "nothing"
            troubles.append(
                f"Mutant {mutant.name} must fail {', '.join(mutant.declared)} because of “{mutant.because}”: "
                f"{failed} failed, with the reason “{mutant.reason}”. {mutant.error}".strip()
            )
    for odd in result.odd:
        if odd.failed or odd.error:
            what = ", ".join(odd.failed) or odd.error
            troubles.append(f"Odd but lawful station {odd.name} did not pass: {what}.")
    for lint in result.lints:
        if not lint.raised:
            troubles.append(
                f"Lint {lint.id} was not raised by the station that commits it. {lint.error}".strip()
            )
        if not lint.near_miss_silent:
            troubles.append(f"Lint {lint.id} was raised by its near miss, or has none. {lint.error}".strip())
    troubles += [f"Check {check.id} is proved by no mutant." for check in result.checks if not check.mutants]
    return troubles
