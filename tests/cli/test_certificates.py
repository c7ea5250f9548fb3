"""`chargeproof certificates`, every part of it, and the reload of certificates while it serves."""

import asyncio
import json
import os
import signal
import ssl
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from websockets.asyncio.client import connect

from chargeproof.cli import run
from chargeproof.simulator.certificates import new_key_pem, signing_request
from tests.central_system.tls_files import TestAuthority
from tests.web.browser.served import Served

USAGE, OURS = 4, 3
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with an authority, made by the command."""
    data = str(tmp_path_factory.mktemp("data"))
    assert run(["certificates", "init", "--data", data]) == 0
    return data


def asked(capsys: Output, *arguments: str) -> Any:
    assert run(["certificates", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def told(capsys: Output) -> str:
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err
    return " ".join((shown.out + shown.err).split())


def request_in(folder: Path, name: str) -> str:
    path = folder / "request.csr"
    path.write_text(signing_request(new_key_pem(), name, "Maker"), encoding="ascii")
    return str(path)


def test_the_authority_is_made_once_and_shown(made: str, capsys: Output) -> None:
    first = asked(capsys, "init", "--data", made)
    again = asked(capsys, "init", "--data", made)
    assert first == again
    shown = asked(capsys, "show", "--data", made)
    assert shown["serial"] == first["serial"]
    assert {"subject", "expires_at", "issued", "revoked", "folder"} <= set(shown)
    assert run(["certificates", "show", "--data", made]) == 0
    assert first["serial"] in told(capsys)
    key = Path(made) / "certificates" / "root.key"
    assert key.stat().st_mode & 0o077 == 0


def test_the_root_is_given_out(made: str, tmp_path: Path, capsys: Output) -> None:
    assert run(["certificates", "export-root", "--data", made]) == 0
    pem = capsys.readouterr().out
    assert x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string()
    out = tmp_path / "root.pem"
    assert run(["certificates", "export-root", "--output", str(out), "--data", made]) == 0
    assert out.read_text() == pem


def test_a_server_gets_certificates_of_both_kinds(made: str, capsys: Output) -> None:
    pairs = asked(capsys, "server", "cs.example.org", "192.0.2.7", "--data", made)
    assert len(pairs) == 2
    names = set()
    for pair in pairs:
        leaf = x509.load_pem_x509_certificates(Path(pair["certificate"]).read_bytes())[0]
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names |= set(found.get_values_for_type(x509.DNSName))
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(pair["certificate"], pair["key"])
    assert {"cs.example.org", "localhost"} <= names
    assert run(["certificates", "server", "cs.example.org", "--data", made]) == 0
    assert pairs[0]["certificate"] in told(capsys)


def test_a_request_is_signed_listed_and_revoked(made: str, tmp_path: Path, capsys: Output) -> None:
    request = request_in(tmp_path, "CP-7")
    signed = asked(capsys, "sign", "CP-7", request, "--data", made)
    assert x509.load_pem_x509_certificates(signed["chain"].encode())[0].serial_number == int(
        signed["serial"], 16
    )
    chain = tmp_path / "chain.pem"
    assert run(["certificates", "sign", "CP-7", request, "--output", str(chain), "--data", made]) == 0
    assert "CP-7" in told(capsys)
    assert len(x509.load_pem_x509_certificates(chain.read_bytes())) == 2
    listed = [item for item in asked(capsys, "list", "--data", made) if item["name"] == "CP-7"]
    assert [item["revoked_at"] for item in listed] == [None, None]
    assert run(["certificates", "list", "--data", made]) == 0
    assert "CP-7" in told(capsys)
    (one,) = asked(capsys, "revoke", signed["serial"], "--data", made)
    assert one["serial"] == signed["serial"]
    (rest,) = asked(capsys, "revoke", "CP-7", "--data", made)
    assert rest["serial"] != signed["serial"]
    assert asked(capsys, "show", "--data", made)["revoked"] == 2


def test_what_cannot_be_done_is_told_in_one_line(made: str, tmp_path: Path, capsys: Output) -> None:
    text, csr = tmp_path / "text", request_in(tmp_path, "CP-8")
    text.write_text("no request")
    for arguments, said in (
        (["sign", "CP-7", csr], "common name is CP-8"),
        (["sign", "CP-7", str(text)], "no certificate signing request"),
        (["sign", "CP-7", str(tmp_path / "missing")], "No such file"),
        (["revoke", "NOBODY"], "no valid certificate"),
    ):
        assert run(["certificates", *arguments, "--data", made]) == USAGE
        assert said in told(capsys)
    (tmp_path / "file").write_text("")
    assert run(["certificates", "init", "--data", str(tmp_path / "file")]) == OURS
    assert str(tmp_path / "file") in told(capsys)


def test_who_asks_in_the_wrong_folder_is_told_and_nothing_is_made_there(
    tmp_path: Path, capsys: Output
) -> None:
    missing = tmp_path / "missing"
    for arguments in (["list"], ["show"], ["export-root"], ["revoke", "CP-7"]):
        assert run(["certificates", *arguments, "--data", str(missing)]) == USAGE
        assert "there is no certificate authority here" in told(capsys)
    assert not missing.exists()


def test_a_broken_authority_is_told_and_never_made_anew(tmp_path: Path, capsys: Output) -> None:
    data = str(tmp_path)
    folder = tmp_path / "certificates"
    folder.mkdir()
    (folder / "root.key").write_text("no key")
    assert run(["certificates", "show", "--data", data]) == OURS
    assert "this key cannot be read" in told(capsys)
    assert (folder / "root.key").read_text() == "no key"


# While it serves.


async def shown_at(port: int, root: Path) -> int:
    """The serial number of the certificate that a newcomer is shown."""
    context = ssl.create_default_context(cafile=str(root))
    reader, writer = await asyncio.open_connection("localhost", port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    del reader
    return x509.load_der_x509_certificate(der).serial_number


def test_new_certificates_are_taken_up_on_sighup_and_nobody_is_dropped(tmp_path: Path) -> None:
    authority = TestAuthority(tmp_path)
    web, ocpp = authority.server("RSA"), authority.server("ECDSA")
    program = Served(
        tmp_path / "data",
        web_tls_certificate=str(web.certificate),
        web_tls_key=str(web.key),
        tls_certificate=str(ocpp.certificate),
        tls_key=str(ocpp.key),
        unknown_stations="accept",
    )
    program.start()
    ports = [int(each.rsplit(":", 1)[1].split("/")[0]) for each in (program.url, program.ocpp)]

    async def main() -> None:
        context = authority.client_context()
        url = f"wss://localhost:{ports[1]}/ocpp/CP-1"
        async with connect(url, ssl=context, subprotocols=["ocpp1.6"], proxy=None) as station:  # type: ignore[list-item]
            before = [await shown_at(port, authority.root_file) for port in ports]
            authority.server("RSA")
            authority.server("ECDSA")  # into the same files
            os.kill(program.pid, signal.SIGHUP)
            after = before
            while any(one == other for one, other in zip(before, after, strict=True)):
                after = [await shown_at(port, authority.root_file) for port in ports]
            heartbeat = [2, "1", "BootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}]
            await station.send(json.dumps(heartbeat))
            assert json.loads(await station.recv())[2]["status"] == "Accepted"
            web.certificate.write_text("broken")
            os.kill(program.pid, signal.SIGHUP)
            assert [await shown_at(port, authority.root_file) for port in ports] == after

    try:
        asyncio.run(asyncio.wait_for(main(), 60))
    finally:
        program.close()
