"""A station's security in the API: from no security to a certificate of its own, step by step."""

from pathlib import Path
from typing import Any

import pytest

from chargeproof.testing.virtual_time import run_virtual
from chargeproof.web.office import Addresses
from chargeproof.web.people.roles import Role
from tests.web.api.secure_bench import (
    PLACE,
    STATION,
    make_authority,
    on_secure_bench,
    secure_bench,
    secure_model,
)
from tests.web.api.station_bench import StationBench
from tests.web.bench import HERE

SECURITY = f"{PLACE}/security"
CHANGES = f"{SECURITY}/changes"
ROOTS = f"{PLACE}/root-certificates"
JOBS = f"{PLACE}/file-jobs"
WAIT = 200
"""Longer than any change takes."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("authority"))


async def change(bench: StationBench, **wanted: Any) -> Any:
    return await bench.post(CHANGES, wanted, wait=WAIT)


async def install_our_root(bench: StationBench) -> Any:
    return await bench.post(ROOTS, {"use": "CentralSystemRootCertificate"}, wait=30)


def states(change: Any) -> list[str]:
    return [step["state"] for step in change["steps"]]


async def climb(bench: StationBench, profile: int) -> None:
    """Up to that profile, by the API alone."""
    await install_our_root(bench)
    await change(bench, kind="password")
    for each in range(1, profile + 1):
        if each == 3:
            await change(bench, kind="certificate")
        assert (await change(bench, kind="profile", profile=each))["state"] == "proved"


def test_a_station_climbs_from_no_security_to_its_own_certificate(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        before = await bench.get(SECURITY)
        assert (before["using"]["profile"], before["required_profile"], before["password_set"]) == (
            0,
            0,
            False,
        )
        assert before["tls_address"].startswith("wss://")

        assert (await install_our_root(bench))["state"] == "accepted"
        password = await change(bench, kind="password")
        # A station sends no password in profile 0, so nothing proves it yet.
        assert states(password) == ["queued", "sent", "accepted", "not_proved"]
        first = await change(bench, kind="profile", profile=1)
        assert states(first) == ["queued", "sent", "accepted", "proved"]
        now = await bench.get(SECURITY)
        assert (now["using"]["profile"], now["using"]["password_form"]) == (1, "bytes")
        assert (now["password_set"], now["password_changing"], now["required_profile"]) == (True, False, 1)

        again = await change(bench, kind="password")
        assert states(again) == ["queued", "sent", "accepted", "proved"]

        await change(bench, kind="profile", profile=2)
        using = (await bench.get(SECURITY))["using"]
        assert (using["profile"], using["protocol"], using["server_certificate"]) == (2, "TLSv1.3", "ECDSA")

        certificate = await change(bench, kind="certificate")
        assert states(certificate) == ["queued", "sent", "accepted", "requested", "signed", "installed"]
        assert (await change(bench, kind="profile", profile=3))["state"] == "proved"
        using = (await bench.get(SECURITY))["using"]
        (issued,) = (await bench.get("/certificates", name=STATION))["items"]
        assert using["client_serial"] == issued["serial"]
        assert STATION in using["client_subject"]
        assert (await bench.get(CHANGES))["items"][0]["kind"] == "profile"

    on_secure_bench(made, tmp_path, scene)


def test_a_certificate_is_renewed_proved_and_the_old_one_revoked(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        await climb(bench, 3)
        renewed = await change(bench, kind="certificate")
        assert states(renewed)[-4:] == ["requested", "signed", "installed", "proved"]
        new, old = (await bench.get("/certificates", name=STATION, purpose="station"))["items"]
        assert (await bench.get(SECURITY))["using"]["client_serial"] == new["serial"]
        revoked = await bench.post(f"/certificates/{old['serial']}/revocation", None, status=200)
        assert revoked["revoked_at"] is not None
        await bench.post(f"/certificates/{old['serial']}/revocation", None, status=409)
        pem = await bench.api.get(f"/certificates/{new['serial']}")
        assert pem.text.startswith("-----BEGIN CERTIFICATE-----")
        facts = await bench.get("/certificate-authority")
        assert (facts["signs"], facts["root_pem"][:10]) == ("embedded", "-----BEGIN")
        first = await bench.get("/certificates", limit=1)
        second = await bench.get("/certificates", limit=1, cursor=first["next"])
        assert first["items"] != second["items"]

    on_secure_bench(made, tmp_path, scene)


def test_a_profile_is_never_lowered_and_raised_only_where_it_can_be_proved(
    made: Path, tmp_path: Path
) -> None:
    async def scene(bench: StationBench) -> None:
        async def refused(profile: int) -> str:
            problem = await bench.post(CHANGES, {"kind": "profile", "profile": profile}, status=409)
            return f"{problem['detail']} {problem.get('remedy', '')}"

        assert "uses security profile 0 already" in await refused(0)
        assert "no password of this station is kept" in (await refused(1)).lower()
        await climb(bench, 2)
        assert "never lowered over the wire" in await refused(1)
        assert "No valid certificate was issued" in await refused(3)
        assert len([each for each in (await bench.get(CHANGES))["items"] if each["kind"] == "profile"]) == 2

        lowered = await bench.put(f"{SECURITY}/required-profile", {"profile": None})
        assert (lowered["own_profile"], lowered["required_profile"]) == (None, 0)
        raised = await bench.put(f"{SECURITY}/required-profile", {"profile": 3})
        assert raised["required_profile"] == 3

    on_secure_bench(made, tmp_path, scene)


def test_what_does_not_fit_together_is_refused_in_words(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        for wrong in (
            {"kind": "profile"},
            {"kind": "password", "profile": 1},
            {"kind": "certificate", "password": "00" * 16},
            {"kind": "password", "password": "too short"},
            {"kind": "profile", "profile": 4},
        ):
            await bench.post(CHANGES, wrong, status=400)
        await bench.post(ROOTS, {"use": "CentralSystemRootCertificate", "certificate": "none"}, status=400)
        await bench.post("/charge-points/NOBODY/security/changes", {"kind": "password"}, status=404)
        await bench.get(f"{CHANGES}/unknown", status=404)
        await bench.get("/certificates/ABCDEF", status=404)
        await bench.station.power_off()
        await bench.pass_time(5)
        offline = await bench.post(CHANGES, {"kind": "password"}, status=409)
        assert "not connected" in offline["detail"]
        await bench.post(f"{ROOTS}/read", None, status=409)
        await bench.station.power_on()

    on_secure_bench(made, tmp_path, scene)


def test_without_a_port_for_tls_no_profile_that_needs_it_is_asked_for(made: Path, tmp_path: Path) -> None:
    async def main() -> None:
        plain = Addresses("ws://localhost:9000/ocpp", HERE, "ftp://localhost:2121")
        async with secure_bench(made, tmp_path, addresses=plain) as bench:
            problem = await bench.post(CHANGES, {"kind": "profile", "profile": 2}, status=409)
            assert "no port for TLS" in problem["detail"]
            assert "ocpp_tls_port" in problem["remedy"]

    run_virtual(main())


def test_two_changes_at_once_are_one_too_many(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        begun = await bench.post(CHANGES, {"kind": "password"})
        assert not begun["ended"]
        problem = await bench.post(CHANGES, {"kind": "certificate"}, status=409)
        assert "under way" in problem["detail"]
        await bench.pass_time(WAIT)
        assert (await bench.get(f"{CHANGES}/{begun['change_id']}"))["ended"]

    on_secure_bench(made, tmp_path, scene)


def test_a_password_that_is_proved_late_is_noticed(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        await climb(bench, 1)
        await bench.pass_time(60)  # until commands go out again
        begun = await bench.post(CHANGES, {"kind": "password"})
        await bench.pass_time(0.5)
        bench.web.office.central_system.cut(STATION)
        await bench.pass_time(WAIT)
        waiting = await bench.get(f"{CHANGES}/{begun['change_id']}")
        assert (waiting["state"], waiting["ended"]) == ("not_proved", True)
        assert (await bench.get(SECURITY))["password_changing"]
        bench.web.office.central_system.restore(STATION)
        await bench.pass_time(600)
        assert (await bench.get(f"{CHANGES}/{begun['change_id']}"))["state"] == "proved"
        assert not (await bench.get(SECURITY))["password_changing"]

    async def main() -> None:
        patient = secure_model(attempts=1000)
        async with secure_bench(made, tmp_path, model=patient) as bench:
            await scene(bench)

    run_virtual(main())


def test_the_history_outlasts_the_program(made: Path, tmp_path: Path) -> None:
    """Read from commands and handshakes, so that it has what was commanded by other ways too."""
    store = tmp_path / "store.db"

    async def before(bench: StationBench) -> list[Any]:
        await climb(bench, 3)
        await change(bench, kind="certificate")
        lower = {"action": "ChangeConfiguration", "payload": {"key": "securityprofile", "value": "1"}}
        await bench.post(f"{PLACE}/commands", lower, wait=30)
        await bench.web.office.store.flush()
        return list((await bench.get(CHANGES))["items"])

    async def main() -> None:
        async with secure_bench(made, tmp_path / "first", store=store) as bench:
            known = await before(bench)
        async with secure_bench(made, tmp_path / "second", store=store) as bench:
            found = (await bench.get(CHANGES))["items"]
            assert (await bench.get(SECURITY))["changes"] == found
            assert await bench.get(f"{CHANGES}/{found[0]['change_id']}") == found[0]
        told = [(each["kind"], each["profile"], each["state"]) for each in found]
        assert told == [
            ("profile", 1, "rejected"),
            ("certificate", None, "proved"),
            ("profile", 3, "proved"),
            ("certificate", None, "proved"),  # by the connection that proved profile 3
            ("profile", 2, "proved"),
            ("profile", 1, "proved"),
            ("password", None, "proved"),  # by the connection that proved profile 1
        ]
        assert states(found[1]) == [
            "queued",
            "sent",
            "accepted",
            "requested",
            "signed",
            "installed",
            "proved",
        ]
        assert [each["change_id"] for each in found] == [each["change_id"] for each in known]
        assert [each["state"] for each in found] == [each["state"] for each in known]
        assert "password" not in str([each["steps"] for each in found])

    run_virtual(main())


def test_roots_are_read_named_and_deleted(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        assert (await bench.get(ROOTS))["read_at"] == {}
        await install_our_root(bench)
        found = await bench.post(f"{ROOTS}/read", None, status=200)
        assert set(found["read_at"]) == {"CentralSystemRootCertificate", "ManufacturerRootCertificate"}
        ours = [each for each in found["items"] if each["use"] == "CentralSystemRootCertificate"]
        assert [(each["ours"], "root" in each["subject"]) for each in ours] == [(True, True)]
        names = ("hash_algorithm", "issuer_name_hash", "issuer_key_hash", "serial_number")
        name = {key: ours[0][key] for key in names}
        deleted = await bench.post(f"{ROOTS}/delete", name, wait=30)
        assert (deleted["state"], deleted["confirmation"]) == ("accepted", {"status": "Accepted"})
        # The same root is there for its maker too. Answers of one moment have no order.
        await bench.pass_time(1)
        left = await bench.post(f"{ROOTS}/read", None, status=200)
        assert [each["use"] for each in left["items"]] == ["ManufacturerRootCertificate"]
        for expected in ("Accepted", "NotFound"):
            again = await bench.post(f"{ROOTS}/delete", name, wait=30)
            assert again["confirmation"] == {"status": expected}

    on_secure_bench(made, tmp_path, scene)


async def job_in_the_end(bench: StationBench, job_id: str) -> Any:
    await bench.pass_time(600)
    await bench.web.office.store.flush()
    return await bench.get(f"/file-jobs/{job_id}")


@pytest.mark.parametrize("log_type", ["SecurityLog", "DiagnosticsLog"])
def test_a_log_is_asked_for_left_and_downloaded(made: Path, tmp_path: Path, log_type: str) -> None:
    async def scene(bench: StationBench) -> None:
        begun = await bench.post(JOBS, {"kind": "log", "log_type": log_type, "scheme": "ftp"})
        job = await job_in_the_end(bench, begun["job_id"])
        assert (job["kind"], job["state"], job["request_id"]) == ("log", "Uploaded", 1)
        (file,) = job["files"]
        content = await bench.api.get(f"/file-jobs/{job['job_id']}/files/{file['name']}")
        assert content.status_code == 200
        assert len(content.content) == file["size"]
        command = await bench.get(f"{PLACE}/commands/{job['command_id']}")
        assert command["effect"]["shown_by"] == "LogStatusNotification"

    on_secure_bench(made, tmp_path, scene)


def test_firmware_is_signed_here_or_by_its_maker(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        content = b"firmware " * 1000
        await bench.api.post("/firmware-files", files={"file": ("fw-2.bin", content)})
        signed = await bench.post(JOBS, {"kind": "signed_firmware", "file": "fw-2.bin"})
        good = await job_in_the_end(bench, signed["job_id"])
        assert (good["kind"], good["state"]) == ("signed_firmware", "Installed")
        assert "SignatureVerified" in [step["step"] for step in good["steps"]]

        signature = await bench.web.office.security.embedded.sign_firmware(b"another file")
        wrong = {"signature": signature.signature, "signing_certificate": signature.certificate_pem}
        bad = await bench.post(JOBS, {"kind": "signed_firmware", "file": "fw-2.bin", **wrong})
        assert (await job_in_the_end(bench, bad["job_id"]))["state"] == "InvalidSignature"

    on_secure_bench(made, tmp_path, scene)


def test_jobs_of_the_extension_that_make_no_sense_are_refused(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        for wrong in (
            {"kind": "log"},
            {"kind": "diagnostics", "log_type": "SecurityLog"},
            {"kind": "signed_firmware"},
            {"kind": "signed_firmware", "file": "f", "signature": "AAAA"},
            {"kind": "firmware", "file": "f", "signature": "AAAA", "signing_certificate": "PEM"},
        ):
            assert (await bench.post(JOBS, wrong, status=400))["detail"]

    on_secure_bench(made, tmp_path, scene)


def test_security_events_are_listed_and_narrowed_down(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        await climb(bench, 1)
        await bench.web.office.store.flush()
        events = f"{PLACE}/security-events"
        found = (await bench.get(events))["items"]
        types = {each["type"] for each in found}
        assert {"StartupOfTheDevice", "ReconfigurationOfSecurityParameters"} <= types
        critical = (await bench.get(events, critical=True))["items"]
        assert critical
        assert all(each["critical"] for each in critical)
        one = (await bench.get(events, type="StartupOfTheDevice"))["items"]
        assert {each["type"] for each in one} == {"StartupOfTheDevice"}
        assert (await bench.get(events, until=found[-1]["received_at"]))["items"] == []
        everywhere = await bench.get("/security-events", limit=1)
        assert everywhere["items"] == found[:1]
        assert (await bench.get("/security-events", limit=1, cursor=everywhere["next"]))["items"] == found[
            1:2
        ]

    on_secure_bench(made, tmp_path, scene)


def test_who_only_reads_changes_nothing(made: Path, tmp_path: Path) -> None:
    async def scene(bench: StationBench) -> None:
        async with bench.as_role(Role.TESTER) as tester:
            assert (await tester.get(SECURITY)).status_code == 200
            assert (await tester.post(CHANGES, json={"kind": "password"})).status_code == 403
            assert (await tester.put(f"{SECURITY}/required-profile", json={"profile": 1})).status_code == 403
            assert (await tester.post(ROOTS, json={"use": "CentralSystemRootCertificate"})).status_code == 403

    on_secure_bench(made, tmp_path, scene)
