"""Whatever is sent to the API, good or bad: no error of ours, and every answer is as described."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup

from tests.web.laboratory import Laboratory

EXAMPLES = 6
"""For each operation, of good requests and again of bad ones. The seed is the name of the operation."""


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    found = Laboratory()
    yield found
    found.close()


load_all_checks()
OUR_CHECKS = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_no_request_breaks_the_api_or_is_answered_in_another_way_than_described(
    mode: GenerationMode, laboratory: Laboratory
) -> None:
    schema = schemathesis.openapi.from_dict(laboratory.document)
    found: list[Any] = list(schema.get_all_operations())
    operations = [result.ok() for result in found]
    assert len(operations) > 80
    failures: list[str] = []
    # What takes things away comes last, or the rest would find nothing.
    for operation in sorted(operations, key=lambda each: bool(each.method.upper() == "DELETE")):
        try:
            probe(operation, mode, laboratory)
        except FailureGroup as group:
            failures += [f"{operation.label}: {error}" for error in group.exceptions]
    assert failures == [], "\n\n".join(failures)


def probe(operation: Any, mode: GenerationMode, laboratory: Laboratory) -> None:
    """Raises FailureGroup with what is wrong with the answer to the simplest request that shows it."""

    named = {each.name for each in operation.path_parameters}
    there = {name: value for name, value in laboratory.there.items() if name in named}
    fixed = {"path_parameters": there} if mode.is_positive and there else {}

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def test(case: Any) -> None:
        case.validate_response(laboratory.answer(case), checks=OUR_CHECKS)

    with suppress(Unsatisfiable):  # nothing can be wrong with a request that takes nothing
        test()
