"""The description of the API is sound: valid schemas, examples that fit, nothing left undeclared."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from chargeproof.web.openapi.page import sections_of
from chargeproof.web.people.guard import READING_METHODS
from chargeproof.web.people.roles import Role
from chargeproof.web.problems import PROBLEM_TYPE
from tests.web.bench import WebBench
from tests.web.openapi import operations, served_document, validator
from tests.web.people.routes import ways_into
from tests.web.people.visits import on_a_bench


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return served_document()


def test_it_is_openapi_3_1_with_all_that_can_be_asked(document: dict[str, Any]) -> None:
    async def test(bench: WebBench) -> set[tuple[str, str]]:
        return {
            (way.method, way.path)
            for way in ways_into(bench)
            if way.path.startswith("/api/v1/") and way.method != "WS" and way.path != "/api/v1/docs"
        }

    described = {(method, path) for method, path, _ in operations(document)}
    assert document["openapi"].startswith("3.1")
    assert on_a_bench(test) <= described


def test_every_operation_has_a_name_that_stays(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for *_, operation in operations(document)]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    assert [
        operation["operationId"] for *_, operation in operations(document) if not operation["summary"]
    ] == []


def test_every_schema_is_valid_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        validator_for(schema, default=Draft202012Validator).check_schema(schema)
    kinds = document["components"]
    for reference in re.findall(r'"#/components/(\w+)/([^"]+)"', str(document).replace("'", '"')):
        assert reference[1] in kinds[reference[0]]


def test_every_example_fits_its_schema(document: dict[str, Any]) -> None:
    wrong, count = [], 0
    for method, path, operation in operations(document):
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in body.get("content", {}).values():
                if "example" in content:
                    count += 1
                    errors = list(validator(document, content["schema"]).iter_errors(content["example"]))
                    wrong += [f"{method} {path}: {error.message}" for error in errors]
    assert wrong == []
    assert count > 50


def test_objects_have_no_fields_but_those_that_are_named(document: dict[str, Any]) -> None:
    loose = [
        name
        for name, schema in document["components"]["schemas"].items()
        if "properties" in schema and schema.get("additionalProperties") is not False
    ]
    assert loose == []


def test_every_operation_says_what_can_go_wrong_and_what_it_takes(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    for method, path, operation in operations(document):
        responses = operation["responses"]
        assert "default" in responses, path
        for status, response in responses.items():
            if "$ref" not in response:
                assert status in {"422"} or status.startswith("2"), f"{path} {status}"
            elif status.startswith(("4", "default")):
                named = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
                assert list(named["content"]) == [PROBLEM_TYPE]
        for requirement in operation["security"]:
            assert set(requirement) <= set(schemes)
        if operation["security"]:
            assert {"401", "403"} <= set(responses)
            assert operation["x-role"] in list(Role)
            session = next(each for each in operation["security"] if "session" in each)
            assert ("csrf" in session) is (method not in READING_METHODS)
        if "{" in path:
            assert "404" in responses


def test_no_parameter_can_be_null(document: dict[str, Any]) -> None:
    parameters = [each for *_, operation in operations(document) for each in operation.get("parameters", [])]
    assert parameters
    assert [each for each in parameters if "null" in str(each["schema"].get("type"))] == []
    assert [each for each in parameters if None in each["schema"].get("enum", [])] == []


def test_every_parameter_is_explained(document: dict[str, Any]) -> None:
    unexplained = [
        f"{operation['operationId']} {each['name']}"
        for *_, operation in operations(document)
        for each in operation.get("parameters", [])
        if not each.get("description")
    ]
    assert unexplained == []


def test_times_are_said_to_be_times(document: dict[str, Any]) -> None:
    account = document["components"]["schemas"]["Account"]["properties"]
    assert account["created_at"]["format"] == "date-time"
    assert account["logged_in_at"]["anyOf"][0]["format"] == "date-time"


def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(document: dict[str, Any]) -> None:
    async def test(bench: WebBench) -> str:
        async with bench.client() as client:
            answer = await client.get("/api/v1/docs")
            assert answer.status_code == 200
            return answer.text

    page = on_a_bench(test)
    for section in sections_of(document):
        for operation in section.operations:
            assert f'id="{operation.operation_id}"' in page
    addresses = re.findall(r"(?:src|href|action)=\"([^\"]+)\"", page)
    assert addresses
    assert [address for address in addresses if not address.startswith(("/", "#"))] == []
