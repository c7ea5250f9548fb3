"""Nothing secret leaves: by the key's name, inside addresses, and wherever a known secret turns up again."""

import base64
import json

import pytest

from chargeproof.acceptance.redaction import MARK, Redactor, redact_record, redactor_of
from chargeproof.ocpp import ChangeConfiguration, GetConfiguration
from chargeproof.testing.trace_builder import TraceBuilder
from chargeproof.trace import Frame, Note, dump_entry, load_trace

SECRET = "s3cret-Pa55word"


def listed(key: str, value: str) -> str:
    return json.dumps([3, "1", {"configurationKey": [{"key": key, "readonly": False, "value": value}]}])


@pytest.mark.parametrize("key", ["AuthorizationKey", "StationPassword", "wifi_passwd", "ApiToken", "SimPin"])
def test_the_value_of_a_secret_key_is_hidden(key: str) -> None:
    assert SECRET not in Redactor().frame(listed(key, SECRET))
    assert key in Redactor().frame(listed(key, SECRET))


def test_a_change_of_a_secret_key_is_hidden() -> None:
    frame = f'[2,"1","ChangeConfiguration",{{"key":"AuthorizationKey","value":"{SECRET}"}}]'
    assert Redactor().frame(frame) == frame.replace(SECRET, MARK)


def test_a_frame_without_secrets_stays_byte_for_byte() -> None:
    frame = '[2, "1",  "ChangeConfiguration", {"value" : "300","key":"HeartbeatInterval"}]'
    assert Redactor().frame(frame) == frame


@pytest.mark.parametrize(
    "text",
    [
        f"ftp://user:{SECRET}@10.0.0.1:2121/x",
        f"https://user:{SECRET}@[::1]/x?a=1",
        f"http://h/upload?token={SECRET}&n=1",
        f"http://h/upload?n=1&password={SECRET}",
        "Authorization: Basic dXNlcjpzM2NyZXQtUGE1NXdvcmQ=",
    ],
)
def test_credentials_in_addresses_are_hidden(text: str) -> None:
    hidden = Redactor().text(text)
    assert SECRET not in hidden
    assert "dXNlcjpz" not in hidden
    assert MARK in hidden


def test_an_address_without_credentials_stays() -> None:
    text = "ws://10.0.0.1:9000/ocpp/A?n=1 and mail to a@b.example at 12:30"
    assert Redactor().text(text) == text


def test_a_password_with_special_characters_in_an_address_is_hidden() -> None:
    assert "p:a@" not in Redactor().text("ftp://user:p:a@host/x")


@pytest.mark.parametrize(
    "broken",
    [
        '[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"%s"},',
        '[2,"1","ChangeConfiguration",{"value":"%s","key":"AuthorizationKey"',
        '{"password":"%s"',
    ],
)
def test_a_frame_that_is_no_json_is_hidden_too(broken: str) -> None:
    assert SECRET not in Redactor().frame(broken % SECRET)


def test_json_within_a_text_is_hidden_too() -> None:
    data = json.dumps({"password": SECRET})
    frame = json.dumps([2, "1", "DataTransfer", {"vendorId": "x", "data": data}])
    assert SECRET not in Redactor().frame(frame)


def test_a_secret_that_was_seen_once_is_hidden_wherever_it_turns_up() -> None:
    builder = TraceBuilder()
    builder.opened()
    builder.we(ChangeConfiguration(key="AuthorizationKey", value=SECRET))
    builder.we(GetConfiguration(), listed("x", "y")[8:-1])
    redactor = redactor_of(builder.trace())
    assert redactor.text(f"login failed for {SECRET}!") == f"login failed for {MARK}!"


def test_short_and_common_values_do_not_maim_other_texts() -> None:
    builder = TraceBuilder()
    builder.opened()
    for value in ("true", "1", "Accepted", "****", ""):
        builder.we(ChangeConfiguration(key="TokenEnabled", value=value))
    text = "Accepted: 1 of 10 is true"
    assert redactor_of(builder.trace()).text(text) == text


def record() -> list[str]:
    builder = TraceBuilder(profile={"note": f"the key is {SECRET}"})
    builder.opened()
    builder.we(ChangeConfiguration(key="AuthorizationKey", value=SECRET))
    builder.entry(Note, name="upload", value={"url": f"ftp://a:{SECRET}@h/"})
    builder.file(job="1", event="upload", url=f"ftp://a:{SECRET}@h/", name="diag")
    noise = base64.b64encode(b'\xff{"password":"%s"}' % SECRET.encode()).decode()
    builder.entry(Frame, connection=1, sender="charge_point", base64=noise)
    return [dump_entry(entry) + "\n" for entry in builder.ended().entries]


def test_a_record_that_leaves_the_machine_holds_no_secret_and_can_still_be_read() -> None:
    lines = list(redact_record(record()))
    assert SECRET not in "".join(lines)
    trace = load_trace(lines)
    assert len(trace.entries) == len(record())
    noise = trace.of(Frame)[-1].base64 or ""
    assert SECRET.encode() not in base64.b64decode(noise)


def test_a_cut_off_line_is_redacted_as_text() -> None:
    lines = record()
    cut = [*lines[:2], lines[2][:-10]]
    assert SECRET not in "".join(redact_record(cut))


def test_redacting_twice_changes_nothing_more() -> None:
    once = list(redact_record(record()))
    assert list(redact_record(once)) == once
