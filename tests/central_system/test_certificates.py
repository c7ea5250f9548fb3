"""The embedded authority, and one outside that is asked by a command."""

import sys
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chargeproof.central_system.certificate_making import CsrRefused, key_pem, name_of, new_key
from chargeproof.central_system.certificates import Authority, CommandAuthority, NoAuthority
from chargeproof.central_system.station_trust import is_issued_by
from chargeproof.errors import ToolError, UsageError
from chargeproof.testing.virtual_time import VIRTUAL_EPOCH
from tests.central_system.raw_client import run
from tests.central_system.tls_files import TestAuthority

STATION = "CP-1"


class Calendar:
    """Says what day it is."""

    def __init__(self) -> None:
        self.now = VIRTUAL_EPOCH

    def __call__(self) -> object:
        return self.now


@pytest.fixture(scope="module")
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory, calendar: Calendar) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), lambda: calendar.now)


def request_of(name: str, *, kind: str = "ECDSA", bits: int = 2048) -> str:
    key = new_key(kind, bits)
    csr = x509.CertificateSigningRequestBuilder().subject_name(name_of(name, "Maker")).sign(key, SHA256())
    return csr.public_bytes(Encoding.PEM).decode()


def chain_in(pem: str) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem.encode())


class TestEmbedded:
    @pytest.mark.parametrize("kind", ["ECDSA", "RSA"])
    def test_a_station_gets_a_certificate_for_clients_with_its_id_as_name(
        self, authority: Authority, kind: str
    ) -> None:
        leaf, issuing = chain_in(authority.sign_request(request_of(STATION, kind=kind), STATION))
        assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == STATION
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]
        assert is_issued_by(leaf, issuing)
        assert is_issued_by(issuing, authority.root)
        newest = authority.issued()[-1]
        assert (newest.name, newest.purpose, newest.kind) == (STATION, "station", kind)

    @pytest.mark.parametrize(
        ("request_pem", "said"),
        [
            (request_of("CP-2"), "common name is CP-2"),
            (request_of(STATION, kind="RSA", bits=1024), "1024 bits"),
            ("", "no certificate signing request"),
            (request_of(STATION)[:-60], "no certificate signing request"),
        ],
        ids=["another name", "a short key", "nothing", "cut off"],
    )
    def test_what_is_no_good_request_is_refused_in_words(
        self, authority: Authority, request_pem: str, said: str
    ) -> None:
        before = len(authority.issued())
        with pytest.raises(CsrRefused, match=said):
            authority.sign_request(request_pem, STATION)
        assert said in run(authority.sign(request_pem, STATION)).refusal
        assert len(authority.issued()) == before

    def test_it_is_the_same_after_a_restart(self, authority: Authority) -> None:
        again = Authority(authority.folder, lambda: VIRTUAL_EPOCH)
        assert again.root == authority.root
        assert again.issued() == authority.issued()

    def test_its_keys_are_for_this_user_alone(self, authority: Authority) -> None:
        keys = list(authority.folder.glob("*.key"))
        assert len(keys) >= 2
        assert all(key.stat().st_mode & 0o077 == 0 for key in keys)

    def test_its_root_made_anew_vouches_for_what_the_old_one_signed(self, authority: Authority) -> None:
        (again,) = chain_in(authority.root_again(VIRTUAL_EPOCH))
        assert again.serial_number != authority.root.serial_number
        for one, other in ((again, authority.root), (authority.root, again), (authority.issuing, again)):
            assert is_issued_by(one, other)

    def test_revoked_certificates_stand_in_a_list_that_it_signed(self, authority: Authority) -> None:
        authority.sign_request(request_of("CP-9"), "CP-9")
        (revoked,) = authority.revoke("CP-9")
        crl = x509.load_pem_x509_crl(authority.revocation_list_file.read_bytes())
        key = authority.issuing.public_key()
        assert isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey)
        assert crl.is_signature_valid(key)
        assert crl.get_revoked_certificate_by_serial_number(int(revoked.serial, 16)) is not None
        for which in ("CP-9", revoked.serial, "FF00"):
            with pytest.raises(UsageError, match="no valid certificate"):
                authority.revoke(which)

    def test_a_server_gets_both_kinds_and_new_ones_only_when_needed(
        self, authority: Authority, calendar: Calendar
    ) -> None:
        def serials(*hosts: str) -> list[int]:
            made = authority.server_identities(hosts)
            return [chain_in(each.certificate.read_text())[0].serial_number for each in made]

        first = serials("a.example")
        assert len(first) == 2
        assert serials("a.example") == first
        wider = serials("a.example", "b.example")
        assert set(wider).isdisjoint(first)
        assert serials("a.example") == wider
        calendar.now += timedelta(days=380)  # they end in less than a month
        try:
            assert set(serials("a.example")).isdisjoint(wider)
        finally:
            calendar.now = VIRTUAL_EPOCH

    def test_firmware_is_signed_with_a_certificate_for_that(self, authority: Authority) -> None:
        signed = run(authority.sign_firmware(b"firmware"))
        leaf, issuing = chain_in(signed.certificate_pem)
        assert is_issued_by(leaf, issuing)
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usage) == [ExtendedKeyUsageOID.CODE_SIGNING]

    def test_a_file_that_is_broken_is_named_and_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "root.key").write_text("broken")
        with pytest.raises(ToolError, match="key cannot be read") as told:
            Authority(tmp_path)
        assert told.value.where == str(tmp_path / "root.key")
        with pytest.raises(ToolError, match="cannot be made"):
            Authority(tmp_path / "root.key")


# An authority outside, as a program: reads the request, prints the chain.
SIGNER = """
import os, sys
from datetime import UTC, datetime, timedelta
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
root = x509.load_pem_x509_certificate(open(sys.argv[1], "rb").read())
key = load_pem_private_key(open(sys.argv[2], "rb").read(), None)
csr = x509.load_pem_x509_csr(sys.stdin.buffer.read())
name = csr.subject if len(sys.argv) < 4 else root.subject
assert os.environ["CHARGE_POINT_ID"] in csr.subject.rfc4514_string()
now = datetime.now(UTC)
made = (x509.CertificateBuilder().subject_name(name).issuer_name(root.subject).public_key(csr.public_key())
    .serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=9)).sign(key, SHA256()))
sys.stdout.write("Here it is:\\n" + made.public_bytes(Encoding.PEM).decode())
"""


class TestOutside:
    def signer(self, folder: Path, *more: str) -> str:
        """The command of an authority with a root of its own."""
        outside = TestAuthority(folder, "outside")
        key, program = folder / "outside.key", folder / "signer.py"
        key.write_bytes(key_pem(outside.key))
        program.write_text(SIGNER)
        return " ".join([sys.executable, str(program), str(outside.root_file), str(key), *more])

    def test_its_command_is_given_the_request_and_gives_the_chain(self, tmp_path: Path) -> None:
        authority = CommandAuthority(self.signer(tmp_path))
        request = request_of(STATION)
        signed = run(authority.sign(request, STATION))
        assert signed.refusal == ""
        (leaf,) = chain_in(signed.chain_pem or "")
        assert leaf.public_key() == x509.load_pem_x509_csr(request.encode()).public_key()

    def test_a_request_for_another_station_is_not_even_passed_on(self) -> None:
        signed = run(CommandAuthority("false").sign(request_of("CP-2"), STATION))
        assert "common name is CP-2" in signed.refusal

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            ("no-such-command", "cannot be run"),
            ("sh -c 'echo not today >&2; exit 3'", "ended with 3: not today"),
            ("echo no certificate", "printed no certificates"),
            ("sleep 60", "took longer than 2 s"),
        ],
    )
    def test_a_command_that_fails_refuses_in_words(self, command: str, said: str) -> None:
        signed = run(CommandAuthority(command, timeout_s=2).sign(request_of(STATION), STATION))
        assert signed.chain_pem is None
        assert said in signed.refusal

    def test_what_it_prints_must_be_for_this_station_and_key(self, tmp_path: Path) -> None:
        named = run(CommandAuthority(self.signer(tmp_path, "other")).sign(request_of(STATION), STATION))
        assert "another common name" in named.refusal
        foreign = tmp_path / "foreign.pem"
        foreign.write_bytes(TestAuthority(tmp_path).station(STATION).certificate.read_bytes())
        keyed = run(CommandAuthority(f"cat {foreign}").sign(request_of(STATION), STATION))
        assert "another key" in keyed.refusal

    def test_without_any_authority_nothing_is_signed(self) -> None:
        assert "certificate_command" in run(NoAuthority().sign(request_of(STATION), STATION)).refusal
