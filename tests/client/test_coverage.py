"""The client knows the whole API: each operation has a method, each parameter of a list a name and a type."""

from pathlib import Path
from typing import Any

import pytest

from chargeproof.testing.virtual_time import run_virtual
from tests.client.described import Described, ask_everything
from tests.web.openapi import operations, served_document

OWN_PARAMETERS = {"limit", "cursor", "download", "before", "after", "wait", "everywhere", "dry_run", "raw"}
"""What a client decides itself, or has as a parameter of a method."""
IN_THE_PATH = {"list_security_events": {"charge_point_id"}, "list_handshakes": {"charge_point_id"}}
"""There is an operation of a station for that."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return served_document()


def test_every_operation_has_a_method_that_understands_its_answer(
    document: dict[str, Any], tmp_path: Path
) -> None:
    asked = run_virtual(ask_everything(Described(document), tmp_path))
    known = {operation["operationId"]: operation for *_, operation in operations(document)}
    assert set(known) - set(asked) == set()
    for name, operation in known.items():
        parameters = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
        assert parameters - asked[name] - OWN_PARAMETERS - IN_THE_PATH.get(name, set()) == set(), name
