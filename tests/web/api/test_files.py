"""Firmware files, jobs with files, and what stations leave."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.people.roles import Role
from tests.web.api.test_simulated_stations import started
from tests.web.bench import WebBench, web_bench

SHELF = "/api/v1/firmware-files"
JOBS = "/api/v1/file-jobs"
CONTENT = b"\x7fELF" + bytes(range(256)) * 512


async def uploaded(
    client: httpx.AsyncClient, name: str = "fw-2.bin", content: bytes = CONTENT
) -> httpx.Response:
    return await client.post(SHELF, files={"file": (name, content, "application/octet-stream")})


async def ended(bench: WebBench, client: httpx.AsyncClient, job_id: str, state: str) -> dict[str, Any]:
    job: dict[str, Any] = {}
    for _ in range(120):
        await bench.office.clock.sleep(5)
        await bench.office.store.flush()
        job = (await client.get(f"{JOBS}/{job_id}")).json()
        if any(step["step"] == state for step in job["steps"]):
            return job
    raise AssertionError(f"{state} did not come: {job}")


def test_a_firmware_file_is_kept_listed_given_back_and_deleted() -> None:
    async def main() -> tuple[dict[str, Any], list[Any], bytes, str, int, int]:
        async with web_bench() as bench, bench.client(Role.OPERATOR) as client:
            kept = (await uploaded(client)).json()
            listed = (await client.get(SHELF)).json()["items"]
            back = await client.get(f"{SHELF}/fw-2.bin")
            twice = await uploaded(client)
            deleted = await client.delete(f"{SHELF}/fw-2.bin")
            gone = await client.get(f"{SHELF}/fw-2.bin")
            assert twice.status_code == 409
            disposition = back.headers["content-disposition"]
            return kept, listed, back.content, disposition, deleted.status_code, gone.status_code

    # A file is sent from threads that virtual time does not know; nothing waits here.
    kept, listed, back, disposition, deleted, gone = asyncio.run(main())
    assert kept["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert (kept["size"], kept["uploaded_by"]) == (len(CONTENT), "operator")
    assert listed == [kept]
    assert back == CONTENT
    assert disposition.startswith('attachment; filename="fw-2.bin"')
    assert (deleted, gone) == (204, 404)


@pytest.mark.parametrize("name", ["../../escape.bin", "/etc/passwd", "..", ".hidden", "a\x00b.bin"])
def test_a_file_cannot_be_put_elsewhere(name: str) -> None:
    async def main() -> tuple[int, list[str]]:
        async with web_bench() as bench, bench.client(Role.OPERATOR) as client:
            answer = await uploaded(client, name)
            files = await bench.office.shelf.files()
            return answer.status_code, [str(bench.office.shelf.path_of(each)) for each in files]

    status, paths = run_virtual(main())
    assert status in (201, 400)
    assert len(paths) == (status == 201)
    assert all(Path(each).parent.name == "firmware" and ".." not in Path(each).parts for each in paths)


def test_a_station_leaves_its_diagnostics_and_they_are_downloaded() -> None:
    async def main() -> tuple[dict[str, Any], httpx.Response]:
        async with web_bench() as bench, bench.client(Role.OPERATOR) as client:
            await started(bench, client, charge_point_id="FILES-1")
            begun = await client.post("/api/v1/charge-points/FILES-1/file-jobs", json={"kind": "diagnostics"})
            assert begun.status_code == 201, begun.text
            job = await ended(bench, client, begun.json()["job_id"], "Uploaded")
            name = job["files"][0]["name"]
            return job, await client.get(f"{JOBS}/{job['job_id']}/files/{name}")

    job, download = run_virtual(main())
    (file,) = job["files"]
    assert file["downloadable"]
    assert file["sha256"] == hashlib.sha256(download.content).hexdigest()
    assert file["size"] == len(download.content)
    assert download.headers["content-disposition"].startswith("attachment")
    assert download.headers["x-content-type-options"] == "nosniff"
    assert [step["step"] for step in job["steps"] if step["by"] == "station"] == ["Uploading", "Uploaded"]


def test_a_station_fetches_firmware_step_by_step() -> None:
    async def main() -> tuple[dict[str, Any], list[Any]]:
        async with web_bench() as bench, bench.client(Role.OPERATOR) as client:
            await started(bench, client, charge_point_id="FILES-1")
            await uploaded(client)
            begun = await client.post(
                "/api/v1/charge-points/FILES-1/file-jobs", json={"kind": "firmware", "file": "fw-2.bin"}
            )
            assert begun.status_code == 201, begun.text
            job = await ended(bench, client, begun.json()["job_id"], "Installed")
            return job, (await client.get(JOBS, params={"kind": "firmware"})).json()["items"]

    job, listed = run_virtual(main())
    steps = [step["step"] for step in job["steps"] if step["by"] == "station"]
    assert [steps[0], steps[-1]] == ["Downloading", "Installed"]
    assert job["files"][0]["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert job["command_id"]
    assert [each["job_id"] for each in listed] == [job["job_id"]]


def test_jobs_that_cannot_be_are_refused_with_a_sentence() -> None:
    async def main() -> list[int]:
        async with web_bench() as bench, bench.client(Role.OPERATOR) as client:
            await started(bench, client, charge_point_id="FILES-1")
            ours = "/api/v1/charge-points/FILES-1/file-jobs"
            answers = [
                await client.post(ours, json={"kind": "firmware"}),
                await client.post(ours, json={"kind": "firmware", "file": "none.bin"}),
                await client.post(ours, json={"kind": "gossip"}),
                await client.post("/api/v1/charge-points/NOBODY/file-jobs", json={"kind": "diagnostics"}),
                await client.get(f"{JOBS}/none"),
                await client.get(f"{JOBS}/none/files/x"),
            ]
            assert all(each.json()["detail"] for each in answers)
            return [each.status_code for each in answers]

    assert run_virtual(main()) == [400, 404, 400, 404, 404, 404]
