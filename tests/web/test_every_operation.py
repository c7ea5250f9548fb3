"""Each operation of the API is seen to succeed once, and its answer is as described."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from chargeproof.web.people.guard import READING_METHODS
from tests.web.bench import HERE, PASSWORD
from tests.web.laboratory import Laboratory
from tests.web.openapi import operations, validator
from tests.web.people.visits import recorded

HEARTBEAT = {"HeartbeatInterval": "77"}
JOB_TAKEN = {"kind": "diagnostics"}
AGAINST = {"against": "baseline:ACME One"}
ROOT = {"use": "CentralSystemRootCertificate"}
FORM = {"files": {"file": ("other.bin", b"firmware")}}
IMPORT = {"content": b"id_tag\nCARD-7\n", "headers": {"content-type": "text/csv"}}

SENT: dict[str, dict[str, Any]] = {
    "log_in": {"json": {"name": "viewer", "password": PASSWORD}},
    "change_own_password": {"json": {"current_password": PASSWORD, "new_password": f"{PASSWORD}-2"}},
    "create_token": {"json": {"label": "nightly", "role": "tester"}},
    "add_person": {"json": {"name": "ada", "role": "viewer"}},
    "start_simulated_station": {"json": {"charge_point_id": "SIM-2"}},
    "act_at_simulated_station": {"json": {"act": "provoke_error", "connector_id": 2}},
    "send_command": {"json": {"action": "ClearCache"}},
    "read_configuration": {"json": {}},
    "change_configuration": {"json": HEARTBEAT},
    "apply_configuration": {"json": AGAINST},
    "list_configuration_differences": {"params": AGAINST},
    "put_baseline": {"json": {"keys": HEARTBEAT}},
    "upload_firmware_file": FORM,
    "import_id_tags": IMPORT,
    "start_file_job": {"json": JOB_TAKEN},
    "compare_runs": {"params": {"a": 1, "b": 1}},
    "start_run": {"json": {"charge_point_id": "NOBODY", "functions": [4], "site": "none", "wait_s": 5}},
    "repeat_function": {"json": {"function": 4}},
    "overrule": {"json": {"check": "4.1a", "verdict": "pass", "reason": "seen"}},
    "start_security_change": {"json": {"kind": "password"}},
    "install_root_certificate": {"json": ROOT},
}
"""What a good request holds, where the example of the description does not fit what is there."""
NAMES = {"people": "ada", "configuration-baselines": "ACME One", "firmware-files": "fw.bin"}
"""What `name` is, by where it stands."""
LIVE = ("answer_prompt", "answer_questions", "stop_run")
"""What is said to a run that goes on."""
LATER = (
    "answer_prompt",
    "repeat_function",
    "end_sessions",
    "log_out",
    "change_own_password",
    "remove_",
    "revoke_",
    "delete_id_tag",
    "delete_baseline",
    "delete_firmware_file",
    "close_",
    "stop_",
)
"""What others would miss, in this order after all that is not here."""


@pytest.fixture(scope="module")
def laboratory() -> Iterator[Laboratory]:
    found = Laboratory()
    yield found
    found.close()


def placed(laboratory: Laboratory, operation_id: str, path: str) -> str:
    """The path with something that is there for each of its parameters."""
    there = dict(laboratory.there)
    first = path.split("/")[3] if path.startswith("/api/") else ""
    there["name"] = NAMES.get(first) or there["job file"]
    if operation_id in LIVE:
        there["run_id"] = there["live run"]
    return re.sub(r"\{(\w+)\}", lambda match: str(there[match[1]]), path)


def request_of(laboratory: Laboratory, method: str, path: str, operation: dict[str, Any]) -> httpx.Request:
    name = operation["operationId"]
    sent = dict(SENT.get(name, {}))
    taken = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if not sent and taken is not None:
        sent = {"json": taken["example"]}
    if name == "answer_prompt":
        sent = {"json": {"prompt_id": laboratory.prompt_id(), "said": "cannot", "reason": "it rains"}}
    if name == "judge_record":
        sent = {"content": laboratory.record()}
    return httpx.Request(method, f"{HERE}{placed(laboratory, name, path)}", **sent)


def check(laboratory: Laboratory, operation: dict[str, Any], answer: httpx.Response) -> None:
    """That it succeeded, in the way that is described."""
    assert answer.is_success, f"{operation['operationId']}: {answer.status_code} {answer.text[:500]}"
    described = operation["responses"][str(answer.status_code)].get("content", {})
    if not described:
        assert answer.content == b""
        return
    (media_type,) = described
    assert answer.headers["content-type"].partition(";")[0] == media_type.partition(";")[0]
    if media_type == "application/json":
        errors = validator(laboratory.document, described[media_type]["schema"]).iter_errors(answer.json())
        assert [error.message for error in errors] == [], operation["operationId"]


def place_in_order(entry: tuple[str, str, dict[str, Any]]) -> int:
    name = entry[2]["operationId"]
    return next((place for place, start in enumerate(LATER, 1) if name.startswith(start)), 0)


def test_each_is_seen_to_succeed_and_answers_as_described(laboratory: Laboratory) -> None:
    asked = sorted(operations(laboratory.document), key=place_in_order)
    wrong = []
    for method, path, operation in asked:
        request = request_of(laboratory, method, path, operation)
        answer = laboratory.run(laboratory.send(operation["operationId"], request))
        try:
            check(laboratory, operation, answer)
        except AssertionError as error:
            wrong.append(str(error))
    assert wrong == [], "\n".join(wrong)
    assert len(asked) >= 110
    assert sorted(without_a_record(laboratory)) == []


def without_a_record(laboratory: Laboratory) -> set[str]:
    """Operations that changed something, of which the audit log does not say who did what to what."""
    complete = {
        record.action
        for record in laboratory.run(recorded(laboratory.bench))
        if record.outcome == "done" and record.who and record.subject and record.subject[0] != "/"
    }
    changing = [each for method, _, each in operations(laboratory.document) if method not in READING_METHODS]
    return {each["operationId"] for each in changing} - complete
