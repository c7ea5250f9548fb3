"""Logs of other systems, in the dialects that they really write, as records that claim no more than they show."""

import json
from collections.abc import Sequence
from typing import Any, Literal

import pytest

from chargeproof.trace import ConnectionClosed, ConnectionOpened, Frame, Note, RunBegan, Trace
from chargeproof.trace.foreign import ForeignLog, LogError, read_log, recognised
from chargeproof.trace.foreign.directions import label_before, label_of_value, senders_of
from chargeproof.trace.foreign.times import stamp_in, stamp_of

BOOT = '[2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]'
BOOT_CONF = '[3,"1",{"status":"Accepted","currentTime":"2024-05-01T08:00:00Z","interval":300}]'
HEARTBEAT = '[2,"2","Heartbeat",{}]'
HEARTBEAT_CONF = '[3,"2",{"currentTime":"2024-05-01T08:05:00Z"}]'
RESET = '[2,"a","Reset",{"type":"Soft"}]'
RESET_CONF = '[3,"a",{"status":"Accepted"}]'
TALK = [BOOT, BOOT_CONF, HEARTBEAT, HEARTBEAT_CONF, RESET, RESET_CONF]
SENDERS = [
    "charge_point",
    "central_system",
    "charge_point",
    "central_system",
    "central_system",
    "charge_point",
]


def heading(**known: Any) -> RunBegan:
    return RunBegan(tool_version="0", rule_set="1", functions=tuple(range(1, 17)), **known)


def read(lines: Sequence[str], charge_point_id: str | None = None) -> ForeignLog:
    log_format: Literal["record", "jsonl", "text"] = recognised(lines)
    assert log_format != "record"
    return read_log(lines, log_format, heading, charge_point_id=charge_point_id)


def frames(trace: Trace) -> list[Frame]:
    return trace.of(Frame)


def seconds(trace: Trace) -> list[float]:
    return [round(frame.mono, 3) for frame in frames(trace)]


def dialect(*templates: str) -> list[str]:
    """The talk with a template for what the station sends and one for what the central system sends."""
    station, system = templates
    lines = []
    for index, (text, sender) in enumerate(zip(TALK, SENDERS, strict=True)):
        template = station if sender == "charge_point" else system
        values = {
            "frame": text,
            "quoted": json.dumps(text),
            "escaped": text.replace('"', '\\"'),
            "s": f"{index:02d}",
        }
        for name, value in values.items():
            template = template.replace(f"<{name}>", value)
        lines.append(template)
    return lines


DIALECTS: dict[str, tuple[list[str], str]] = {
    "PyPI's ocpp": (
        dialect(
            "2024-05-01 10:00:<s>,120 ocpp INFO CP_1: receive message <frame>",
            "2024-05-01 10:00:<s>,120 ocpp INFO CP_1: send <frame>",
        ),
        "CP_1",
    ),
    "a servlet": (
        dialect(
            "[INFO ] 2024-05-01 10:00:<s>,120 de.x.WebSocketLogger (http-nio-8080-exec-4) - [chargeBoxId=CP_1, "
            "sessionId=6d3a] Received: <frame>",
            "[INFO ] 2024-05-01 10:00:<s>,120 de.x.WebSocketLogger (pool-3-thread-9) - [chargeBoxId=CP_1, "
            "sessionId=6d3a] Sending: <frame>",
        ),
        "CP_1",
    ),
    "a station's own log": (
        dialect("05-01 10:00:<s>.5 OCPP >> <frame>", "05-01 10:00:<s>.5 OCPP << <frame>"),
        "",
    ),
    "arrows and parties": (
        dialect("10:00:<s> CP->CS <frame>", "10:00:<s> CS->CP <frame>"),
        "",
    ),
    "logfmt": (
        dialect(
            'time="2024-05-01T10:00:<s>Z" level=info msg="received <escaped>" charge_point=CP_1',
            'time="2024-05-01T10:00:<s>Z" level=info msg="sent <escaped>" charge_point=CP_1',
        ),
        "CP_1",
    ),
    "words with a colon": (
        dialect("2024/05/01 10:00:<s> RECV: <frame>", "2024/05/01 10:00:<s> SENT: <frame>"),
        "",
    ),
    "request and response": (
        dialect(
            "2024-05-01T10:00:<s>.000+02:00 from station CP_1: <frame>",
            "2024-05-01T10:00:<s>.000+02:00 to station CP_1: <frame>",
        ),
        "",
    ),
    "JSON with text": (
        dialect(
            '{"timestamp":"2024-05-01T10:00:<s>Z","chargePointId":"CP_1","direction":"in","message":<quoted>}',
            '{"timestamp":"2024-05-01T10:00:<s>Z","chargePointId":"CP_1","direction":"out","message":<quoted>}',
        ),
        "CP_1",
    ),
    "JSON with arrays": (
        dialect(
            '{"@timestamp":17145576<s>000,"cp_id":"CP_1","type":"request from charge point","payload":<frame>}',
            '{"@timestamp":17145576<s>000,"cp_id":"CP_1","type":"to charge point","payload":<frame>}',
        ),
        "CP_1",
    ),
    "Elasticsearch": (
        dialect(
            '{"_index":"x","_source":{"@timestamp":"2024-05-01T10:00:<s>.000Z","from":"CP_1","to":"CSMS","raw":<quoted>}}',
            '{"_index":"x","_source":{"@timestamp":"2024-05-01T10:00:<s>.000Z","from":"CSMS","to":"CP_1","raw":<quoted>}}',
        ),
        "CP_1",
    ),
    "a container's log": (
        dialect(
            '{"log":"2024-05-01 10:00:<s>,1 ocpp INFO CP_1: receive message <escaped>\\n","stream":"stderr",'
            '"time":"2024-05-01T10:00:<s>Z"}',
            '{"log":"2024-05-01 10:00:<s>,1 ocpp INFO CP_1: send <escaped>\\n","stream":"stderr",'
            '"time":"2024-05-01T10:00:<s>Z"}',
        ),
        "CP_1",
    ),
    "a Mongo export": (
        [
            "[",
            ",\n".join(
                dialect(
                    '{"date":{"$date":"2024-05-01T10:00:<s>Z"},"chargeBoxId":"CP_1","sender":"CP_1","msg":<frame>}',
                    '{"date":{"$date":"2024-05-01T10:00:<s>Z"},"chargeBoxId":"CP_1","sender":"server","msg":<frame>}',
                )
            ),
            "]",
        ],
        "CP_1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_gives_every_message_with_its_sender_its_time_and_its_station(name: str) -> None:
    lines, station = DIALECTS[name]
    log = read([part for line in lines for part in line.split("\n")] if name == "a Mongo export" else lines)
    assert [frame.sender for frame in frames(log.trace)] == SENDERS
    assert [json.loads(frame.text or "") for frame in frames(log.trace)] == [
        json.loads(text) for text in TALK
    ]
    assert seconds(log.trace) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert log.charge_point_id == station
    assert [exchange.status for exchange in log.trace.exchanges() if exchange.action != "Heartbeat"] == [
        "Accepted",
        "Accepted",
    ]


def test_text_is_kept_to_the_letter_and_arrays_are_said_to_be_written_anew() -> None:
    odd = '[2, "1",  "Heartbeat", { }]'
    kept = read([json.dumps({"dir": "in", "msg": odd})]).trace
    assert frames(kept)[0].text == odd
    assert kept.head is not None
    assert "written_anew" not in kept.head.environment["log"]
    anew = read(['{"dir":"in","msg":[2, "1",  "Heartbeat", { }]}']).trace
    assert anew.head is not None
    assert anew.head.environment["log"]["written_anew"] == 1


# ── directions ───────────────────────────────────────────────────────────────────────────────────────


def test_every_entry_tells_from_which_line_it_was_made() -> None:
    lines = ["# a heading", *DIALECTS["PyPI's ocpp"][0]]
    assert [frame.line for frame in frames(read(lines).trace)] == [2, 3, 4, 5, 6, 7]
    backwards = [lines[0], *reversed(lines[1:])]
    assert [frame.line for frame in frames(read(backwards).trace)] == [7, 6, 5, 4, 3, 2]


def test_without_directions_requests_tell_their_sender_and_answers_follow_them() -> None:
    log = read(TALK)
    assert [frame.sender for frame in frames(log.trace)] == SENDERS


def test_what_nothing_tells_the_sender_of_is_left_out_and_named() -> None:
    both = '[2,"9","DataTransfer",{"vendorId":"x"}]'
    log = read([*TALK, both, '[3,"9",{"status":"Accepted"}]', '[3,"unknown",{}]'])
    assert len(frames(log.trace)) == len(TALK)
    assert "lines 7, 8, 9" in log.summary


def test_only_messages_without_a_sender_are_an_error_that_says_what_to_do() -> None:
    with pytest.raises(
        LogError, match="nothing tells who sent its 1 messages; take a log that names a direction"
    ):
        read(['[3,"1",{}]'])


@pytest.mark.parametrize(
    ("station", "system"),
    [("in", "out"), ("out", "in"), (">", "<"), ("word:up", "word:down"), ("to", "from")],
)
def test_labels_mean_what_the_requests_show(station: str, system: str) -> None:
    learnt = senders_of([(station, "BootNotification"), (station, "Heartbeat"), (system, "Reset")])
    assert (learnt[station], learnt[system]) == ("charge_point", "central_system")


def test_a_label_that_goes_with_both_sides_means_nothing() -> None:
    learnt = senders_of([("in", "BootNotification"), ("in", "Reset"), ("in", "GetConfiguration")])
    assert "in" not in learnt
    assert "out" not in learnt


def test_one_request_of_the_wrong_side_does_not_turn_a_label_round() -> None:
    calls = [("in", "Heartbeat")] * 30 + [("in", "Reset")]
    assert senders_of(calls)["in"] == "charge_point"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2024-05-01 INFO Charge Point -> Central System: ", "party:charge_point"),
        ("CSMS->CS ", "party:central_system"),
        ("CS->CSMS ", "party:charge_point"),
        ("CP <- CS ", "party:central_system"),
        ("received from the charge point: ", "party:charge_point"),
        ("message to station ", "party:central_system"),
        ("[websocket] TX ", "out"),
        ("incoming message ", "in"),
        ("--> ", ">"),
        ("nothing of it ", None),
        ("", None),
    ],
)
def test_the_text_before_a_message_gives_a_label(text: str, label: str | None) -> None:
    assert label_before(text) == label


@pytest.mark.parametrize("value", ["CALL", "info", "", "ocpp1.6", "4711"])
def test_fields_of_another_meaning_give_no_label(value: str) -> None:
    assert label_of_value(value) is None


# ── times ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "kind", "second"),
    [
        ("2024-05-01T10:00:00Z", "utc", 1714557600.0),
        ("2024-05-01 12:00:00.25 +0200 x", "utc", 1714557600.25),
        ("[2024-05-01 10:00:00,500]", "local", 1714557600.5),
        ("01.05.2024 10:00:00", "local", 1714557600.0),
        ("10.0.0.1 - [01/May/2024:12:00:00 +0200]", "utc", 1714557600.0),
        ("May  1 10:00:00 host ocpp:", "of_day", 36000.0),
        ("1714557600.5 recv", "utc", 1714557600.5),
        ("1714557600500 recv", "utc", 1714557600.5),
    ],
)
def test_times_are_read_as_logs_write_them(text: str, kind: str, second: float) -> None:
    stamp = stamp_in(text)
    assert stamp is not None
    assert (stamp.kind, stamp.seconds) == (kind, second)


@pytest.mark.parametrize("text", ["", "no time", "2024-13-45T10:00:00Z x"[:10], "17145576001 x", "99:99:99"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert stamp_in(text) is None


@pytest.mark.parametrize(
    "value", [1714557600, 1714557600000, 1714557600000000, 1714557600000000000, "2024-05-01T10:00:00Z"]
)
def test_numbers_are_read_by_their_magnitude(value: object) -> None:
    stamp = stamp_of(value)
    assert stamp is not None
    assert (stamp.kind, stamp.seconds) == ("utc", 1714557600.0)


def test_a_log_without_times_is_read_in_order_and_says_so() -> None:
    log = read(TALK)
    assert not log.trace.has_times
    assert {entry.mono for entry in log.trace.entries} == {0.0}
    assert [note.value for note in log.trace.of(Note)] == ["none", "no line has a time"]
    assert "no line has a time" in log.summary


@pytest.mark.parametrize(
    ("times", "why"),
    [
        (["10:00:00", "", "10:00:02"], "line 2 has no time"),
        (["10:00:09", "10:00:01", "10:00:10"], "the time of line 2 is before that of the line above it"),
        (["10:00:00", "2024-05-01T10:00:01Z", "10:00:02"], "the times are written in more than one way"),
    ],
)
def test_times_with_a_flaw_count_as_none_with_the_reason(times: list[str], why: str) -> None:
    log = read([f"{time} RECV {HEARTBEAT}" for time in times])
    assert not log.trace.has_times
    assert why in log.summary


def test_a_moment_of_disorder_is_no_flaw() -> None:
    log = read([f"10:00:0{second} RECV {HEARTBEAT}" for second in (1, 3, 2, 4)])
    assert log.trace.has_times
    assert seconds(log.trace) == [0.0, 2.0, 2.0, 3.0]


def test_lines_in_no_order_at_all_are_told_by_their_times_or_by_answers_before_requests() -> None:
    by_time = [
        f"2024-05-01T10:{minute:02d}:00Z RECV {HEARTBEAT}" for minute in (7, 1, 5, 3, 9, 2, 8, 0, 6, 4)
    ]
    requests = [f'[2,"{number}","Heartbeat",{{}}]' for number in range(9)]
    answers = [f'[3,"{number}",{{"currentTime":"2024-05-01T08:00:00Z"}}]' for number in range(9)]
    for lines in (by_time, _labelled(answers, requests)):
        log = read(lines)
        assert not log.trace.has_order
        assert "stand in no order" in log.summary
    assert read(_labelled(requests, answers)).trace.has_order


def _labelled(*groups: Sequence[str]) -> list[str]:
    """One group after the other; what the central system sends is labelled so."""
    return [f"{'SEND' if text.startswith('[3') else 'RECV'} {text}" for group in groups for text in group]


def test_a_message_that_was_written_twice_counts_once_and_is_named() -> None:
    twice = [
        f"2024-05-01T10:00:{second:02d}.{part}Z RECV {HEARTBEAT}" for second in (1, 9) for part in (1, 3)
    ]
    log = read(twice)
    assert seconds(log.trace) == [0.0, 8.0]
    assert "Written twice, and counted once: lines 2, 4." in log.summary
    assert len(frames(read([BOOT, BOOT, BOOT_CONF, BOOT_CONF, HEARTBEAT, HEARTBEAT_CONF]).trace)) == 4


def test_the_newest_first_is_turned_round() -> None:
    lines = DIALECTS["JSON with text"][0]
    log = read(list(reversed(lines)))
    assert [frame.sender for frame in frames(log.trace)] == SENDERS
    assert seconds(log.trace) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_clock_without_a_date_goes_on_after_midnight() -> None:
    log = read([f"{time} RECV {HEARTBEAT}" for time in ("23:59:50", "00:00:20", "00:00:50")])
    assert seconds(log.trace) == [0.0, 30.0, 60.0]
    assert log.trace.has_times
    assert not log.trace.has_wall_clock


def test_a_heading_on_the_line_before_belongs_to_the_message() -> None:
    log = read(["2024-05-01T10:00:00Z received:", HEARTBEAT, "2024-05-01T10:00:07Z sent:", HEARTBEAT_CONF])
    assert seconds(log.trace) == [0.0, 7.0]
    assert [frame.sender for frame in frames(log.trace)] == ["charge_point", "central_system"]


# ── stations ─────────────────────────────────────────────────────────────────────────────────────────


def two_stations() -> list[str]:
    return [
        f"2024-05-01T10:00:{second:02d}Z {name}: receive message {HEARTBEAT}"
        for second, name in enumerate(["CP_1", "CP_2", "CP_1", "CP_1"])
    ]


def test_of_several_stations_one_must_be_chosen() -> None:
    with pytest.raises(
        LogError, match=r"CP_1 \(3 messages\), CP_2 \(1 messages\); choose one with --charge-point-id"
    ):
        read(two_stations())


def test_the_chosen_station_s_messages_are_read_alone() -> None:
    assert len(frames(read(two_stations(), "CP_1").trace)) == 3
    assert len(frames(read(two_stations(), "CP_2").trace)) == 1


def test_a_station_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(LogError, match="no message of “CP_9” but 2 charge points: CP_1"):
        read(two_stations(), "CP_9")


def test_a_station_that_is_only_written_somewhere_in_the_line_can_be_chosen_too() -> None:
    lines = [f"10:00:0{n} <{name}> recv {HEARTBEAT}" for n, name in enumerate(["garage", "yard", "garage"])]
    log = read(lines, "garage")
    assert (log.charge_point_id, len(frames(log.trace))) == ("garage", 2)
    assert "they name no station: 1 messages" in log.summary


# ── sockets ──────────────────────────────────────────────────────────────────────────────────────────


def test_without_sockets_in_the_log_they_are_assumed_and_prove_nothing() -> None:
    lines = [f"2024-05-01T10:{minute:02d}:00Z recv {HEARTBEAT}" for minute in range(30)]
    trace = read(lines).trace
    assert [opened.assumed for opened in trace.of(ConnectionOpened)] == [True]
    assert not trace.shows_connections
    assert not trace.open_throughout(60.0, 60.0)


def test_a_boot_after_an_accepted_one_begins_another_assumed_socket() -> None:
    again = BOOT.replace('"1"', '"7"'), BOOT_CONF.replace('"1"', '"7"')
    trace = read([*TALK, *again]).trace
    assert len(trace.of(ConnectionOpened)) == 2
    assert [frame.connection for frame in frames(trace)][-2:] == [2, 2]


def test_a_boot_that_repeats_a_refused_one_begins_none() -> None:
    refused = BOOT_CONF.replace("Accepted", "Rejected")
    trace = read([BOOT, refused, BOOT.replace('"1"', '"7"'), BOOT_CONF.replace('"1"', '"7"')]).trace
    assert len(trace.of(ConnectionOpened)) == 1


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("2024-05-01T10:00:00Z websocket connected", "2024-05-01T10:20:00Z websocket disconnected"),
        (
            '{"ts":"2024-05-01T10:00:00Z","event":"connected"}',
            '{"ts":"2024-05-01T10:20:00Z","event":"disconnected"}',
        ),
    ],
)
def test_sockets_that_the_log_shows_are_taken_from_it(opened: str, closed: str) -> None:
    times = [f"2024-05-01T10:{minute:02d}:00Z" for minute in (1, 5, 10)]
    is_json = opened.startswith("{")
    lines = [
        json.dumps({"ts": time, "dir": "in", "msg": HEARTBEAT}) if is_json else f"{time} recv {HEARTBEAT}"
        for time in times
    ]
    trace = read([opened, *lines, closed]).trace
    assert trace.shows_connections
    assert trace.open_throughout(60.0, 240.0)
    assert len(trace.of(ConnectionOpened)) == len(trace.of(ConnectionClosed)) == 1


@pytest.mark.parametrize(
    "line",
    ["connected to the database", "station cannot be connected", "redis connection closed", "opened a file"],
)
def test_other_things_that_connect_are_no_sockets(line: str) -> None:
    assert not read([line, *TALK]).trace.shows_connections


# ── what is no log ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("lines", [[], [""], ["hello"], ["[project]", 'name = "x"'], ["<html>"], ["[1,2,3]"]])
def test_what_is_no_log_is_refused_with_its_first_line_and_advice(lines: list[str]) -> None:
    with pytest.raises(LogError, match="neither a record nor a log"):
        recognised(lines)


def test_a_record_of_ours_is_told_from_a_log() -> None:
    head = {"kind": "run_began", "n": 1, "at": "2024-05-01T10:00:00Z", "mono": 0.0}
    assert recognised([json.dumps(head)]) == "record"
    assert recognised(['{"level":"info"}']) == "jsonl"
    assert recognised(["starting up", f"x {HEARTBEAT}"]) == "text"


def test_a_broken_line_among_json_lines_that_may_hold_a_message_is_an_error() -> None:
    lines = ['{"dir":"in","msg":[2,"1","Heartbeat",{}]}', '{"dir":"in","msg":[2,"1","Heart', '{"x":1}']
    with pytest.raises(LogError, match="line 2 holds an OCPP-J message but is no JSON object"):
        read(lines)


def test_a_last_line_that_was_cut_off_is_left_out_and_named() -> None:
    log = read(['{"dir":"in","msg":[2,"1","Heartbeat",{}]}', '{"dir":"in","msg":[2,"1","Heart'])
    assert log.trace.damage == "the last line (2) was cut off and is left out"


def test_a_message_that_is_cut_off_in_a_text_log_stays_as_it_stands() -> None:
    log = read([*(f"RECV {text}" for text in (HEARTBEAT, HEARTBEAT)), 'RECV [2,"3","Heart'])
    assert frames(log.trace)[-1].text == '[2,"3","Heart'
    assert len(log.trace.oddities) == 1
