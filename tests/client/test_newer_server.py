"""A server that is newer than the client says more; what the client knows of it, it understands."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from chargeproof.acceptance.verdict import Outcome
from chargeproof.client.answers import answer_in
from chargeproof.resources.charge_points import Handshake
from chargeproof.resources.people import Account
from chargeproof.testbed.run_state import StartRun
from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.openapi.examples import example_of
from tests.client.described import Described, ask_everything
from tests.web.openapi import served_document

LATER = "added_later"
ACCOUNT = {"name": "ada", "role": "viewer", "created_at": "2026-11-23T09:30:00Z",
           "changed_at": "2026-11-23T09:30:00Z"}  # fmt: skip


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return served_document()


class Newer(Described):
    """Each object has a field more, each choice of words a word more, and that is the one that is told."""

    added: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()

    def told(self, example: Any, schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return self.told(example, self.document["components"]["schemas"][name])
        kinds = [each for each in schema.get("anyOf", []) if each.get("type") != "null"]
        if kinds:
            return self._filled(example, kinds[0])
        if schema.get("properties") and isinstance(example, dict):
            self.added |= {schema["title"]}
            known = {name: self.told(each, schema["properties"][name]) for name, each in example.items()}
            return {**known, LATER: {"is": ["new"]}}
        if isinstance(example, list):
            return [self.told(each, schema.get("items") or {}) for each in example]
        if "enum" in schema and all(isinstance(word, str | None) for word in schema["enum"]):
            self.words |= {schema.get("title", "a choice")}
            return LATER
        return example

    def _filled(self, example: Any, schema: dict[str, Any]) -> Any:
        """Objects are told where the example has none; texts are not, or a list would never end."""
        if example is None and "$ref" in schema:
            example = example_of(schema, self.document["components"]["schemas"])
        return example if example is None else self.told(example, schema)


def test_fields_and_words_that_came_later_stop_no_method_of_the_client(
    document: dict[str, Any], tmp_path: Path
) -> None:
    server = Newer(document)
    asked = run_virtual(ask_everything(server, tmp_path))
    assert len(asked) > 100
    assert {"Profile", "Header", "ChargePoint", "RunState", "Comparison", "FunctionState"} <= server.added
    assert {"Outcome", "RegistrationStatus", "Role", "a choice"} <= server.words


def test_what_is_known_is_kept_as_it_is_told() -> None:
    told = {"charge_point_id": "CP-1", "profile": {"connectors": 2, "header": {LATER: 1}, LATER: True}}
    start = answer_in(msgspec.json.encode(told), StartRun)
    assert start.profile is not None
    assert (start.charge_point_id, start.profile.connectors) == ("CP-1", 2)


def test_a_word_of_an_enumeration_that_came_later_is_a_word_still() -> None:
    verdict = answer_in(b'"unheard_of"', Outcome)
    assert (verdict, verdict.value, f"{verdict}") == ("unheard_of", "unheard_of", "unheard_of")
    assert verdict is not Outcome.PASS
    assert "unheard_of" not in list(Outcome)
    with pytest.raises(ValueError, match="unheard_of"):
        Outcome("unheard_of")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({**ACCOUNT, "name": 7}, Account),
        ({**ACCOUNT, "role": None}, Account),
        ({**ACCOUNT, "created_at": "yesterday"}, Account),
        ({"name": "ada", LATER: 1}, Account),
        ([ACCOUNT], Account),
        ({"at": "2026-11-23T09:30:00Z", "outcome": 3}, Handshake),
    ],
)
def test_what_is_no_answer_at_all_is_still_refused(told: Any, kind: Any) -> None:
    with pytest.raises(msgspec.MsgspecError):
        answer_in(msgspec.json.encode(told), kind)
