"""/id-tags: one by one, and as CSV: all of a file or nothing of it."""

from typing import Any

import pytest

from tests.web.api.station_bench import StationBench, on_station_bench, told

GOOD = "id_tag,status,expires_at,parent_id_tag,note\nA1,Accepted,2027-01-01T00:00:00Z,FLEET,first\nB2,Blocked,,,\n"


async def imported(bench: StationBench, text: str | bytes, status: int = 200, **wanted: Any) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return told(await bench.api.post("/id-tag-imports", content=content, params=wanted), status)


async def tags(bench: StationBench, **wanted: Any) -> list[str]:
    answer = told(await bench.api.get("/id-tags", params=wanted), 200)
    return [row["id_tag"] for row in answer["items"]]


@on_station_bench()
async def test_a_tag_is_kept_changed_and_forgotten(bench: StationBench) -> None:
    kept = await bench.put("/id-tags/CARD-1", {"parent_id_tag": "FLEET", "note": "Ada"})
    assert kept["status"] == "Accepted"
    assert await bench.get("/id-tags/card-1") == kept
    await bench.put("/id-tags/card-1", {"status": "Blocked"})
    assert (await bench.get("/id-tags/CARD-1"))["status"] == "Blocked"
    await bench.delete("/id-tags/CARD-1")
    await bench.get("/id-tags/CARD-1", 404)
    await bench.delete("/id-tags/CARD-1", 404)


@on_station_bench()
async def test_a_changed_tag_counts_at_once_for_stations(bench: StationBench) -> None:
    async def decision() -> str | None:
        await bench.station.present_card("CARD", 1)
        await bench.pass_time(5)
        found = await bench.web.office.store.decisions()
        return found[0].status if found else None

    assert await decision() == "Invalid"
    await bench.put("/id-tags/CARD", {"status": "Blocked"})
    await bench.pass_time(60)
    assert await decision() == "Blocked"


@on_station_bench()
async def test_tags_are_searched_and_come_in_pages(bench: StationBench) -> None:
    await imported(bench, GOOD)
    await bench.put("/id-tags/C3", {})
    assert await tags(bench) == ["A1", "B2", "C3"]
    assert await tags(bench, status="Blocked") == ["B2"]
    assert await tags(bench, search="fleet") == ["A1"]
    first = await bench.get("/id-tags", limit=2)
    assert await tags(bench, cursor=first["next"]) == ["C3"]


@on_station_bench()
async def test_what_was_exported_can_be_imported(bench: StationBench) -> None:
    await imported(bench, GOOD)
    await bench.put("/id-tags/=SUM(1)", {"note": "+1 more"})
    exported = (await bench.api.get("/id-tags.csv")).text
    assert "'=SUM(1)" in exported
    for tag in await tags(bench):
        await bench.delete(f"/id-tags/{tag}")
    assert await imported(bench, exported) == {"imported": 3, "added": 3, "changed": 0, "problems": []}
    assert (await bench.get("/id-tags/=SUM(1)"))["note"] == "+1 more"
    assert (await bench.get("/id-tags/A1"))["expires_at"] == "2027-01-01T00:00:00Z"


@on_station_bench()
async def test_an_import_tells_what_it_would_change(bench: StationBench) -> None:
    await imported(bench, GOOD)
    changed = GOOD.replace("Blocked", "Accepted").replace("first", "first\nC3,Accepted,,,")
    dry = await imported(bench, changed, dry_run=True)
    assert (dry["imported"], dry["added"], dry["changed"]) == (0, 1, 1)
    assert await tags(bench) == ["A1", "B2"]


WRONG: dict[str, tuple[str | bytes, list[int]]] = {
    "nothing": ("", [1]),
    "no heading": ("A1,Accepted\n", [1]),
    "an unknown column": ("id_tag,colour\nA1,red\n", [1]),
    "a column twice": ("id_tag,id_tag\nA1,A2\n", [1]),
    "an unknown status": ("id_tag,status\nA1,Accepted\nB2,Fine\n", [3]),
    "a long tag": ("id_tag\n" + "x" * 21 + "\n", [2]),
    "no tag": ("id_tag,note\n,lost\n", [2]),
    "the same tag twice": ("id_tag\nA1\nB2\na1\n", [4]),
    "a time without zone": ("id_tag,expires_at\nA1,2027-01-01T00:00:00\n", [2]),
    "too many columns": ("id_tag\nA1,Accepted\n", [2]),
    "too few columns": ("id_tag,status,note\nA1,Accepted\n", [2]),
    "not UTF-8": (b"id_tag,note\nA1,\xff\xfe\n", [2]),
    "a picture": (b"\x89PNG\x00\x00", [1]),
    "an open quote": ('id_tag,note\nA1,"open\n', [2]),
    "several at once": ("id_tag,status\nA1,x\nB2,y\n", [2, 3]),
}


@pytest.mark.parametrize(("text", "lines"), WRONG.values(), ids=WRONG.keys())
def test_a_file_with_a_wrong_line_is_not_imported(text: str | bytes, lines: list[int]) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        result = await imported(bench, text, 422)
        assert [each["line"] for each in result["problems"]] == lines
        assert all(each["problem"] for each in result["problems"])
        assert await tags(bench) == []

    scenario()


@on_station_bench()
async def test_spreadsheets_write_semicolons_and_byte_order_marks(bench: StationBench) -> None:
    await imported(bench, b"\xef\xbb\xbfid_tag;note\r\nA1;one, two\r\n")
    assert (await bench.get("/id-tags/A1"))["note"] == "one, two"


@pytest.mark.parametrize(
    ("tag", "body"),
    [
        ("x" * 21, {}),
        ("A%0A", {}),
        ("A1", {"status": "Fine"}),
        ("A1", {"expires_at": "2027-01-01"}),
        ("A1", {"parent_id_tag": "x" * 21}),
        ("A1", {"colour": "red"}),
    ],
)
def test_what_is_no_tag_is_refused_with_a_sentence(tag: str, body: object) -> None:
    @on_station_bench()
    async def scenario(bench: StationBench) -> None:
        told(await bench.api.put(f"/id-tags/{tag}", json=body), 400)

    scenario()
