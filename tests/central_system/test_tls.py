"""TLS at the port of the stations: versions, ciphers, two kinds of certificates, and what is kept of failures."""

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from chargeproof.central_system.certificates import Authority
from chargeproof.central_system.client_hello import ClientHello, NotTls, read_client_hello, record_length
from chargeproof.central_system.limits import ServerLimits
from chargeproof.central_system.ports import TlsSeen
from chargeproof.central_system.tls import (
    CIPHERS,
    OLD_CIPHERS,
    ServerTls,
    TlsSettings,
    explain_failure,
)
from chargeproof.central_system.tls_porch import OLD_ON_PURPOSE
from chargeproof.clock import LoopClock
from chargeproof.errors import SettingsError
from chargeproof.ocpp.security_enums import SecurityEvent
from chargeproof.simulator.client import WebSocketDial
from chargeproof.simulator.ports import DialCredentials, TlsHabits, TlsRefused
from chargeproof.testing.virtual_time import run_virtual
from tests.central_system.openssl import s_client
from tests.central_system.raw_client import RawClient, RememberingDesk, request, run, serving
from tests.central_system.tls_files import TestAuthority, server_tls

UNSAFE = ":@SECLEVEL=0"


@pytest.fixture
def authority(tmp_path: Path) -> TestAuthority:
    return TestAuthority(tmp_path)


def hints(desk: RememberingDesk) -> list[str]:
    return [f"{admission.reason}. {admission.hint}" for _, admission in desk.refused]


class TestVersionsAndCiphers:
    def test_the_ciphers_of_the_whitepaper_are_taken_and_no_others(self, authority: TestAuthority) -> None:
        others = ("ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "AES128-SHA", *OLD_CIPHERS)

        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                for cipher in CIPHERS:
                    seen = await s_client(server.port, "-tls1_2", "-cipher", cipher, root=authority.root_file)
                    assert (seen.protocol, seen.cipher) == ("TLSv1.2", cipher)
                    assert seen.certificate_kind in cipher
                for cipher in others:
                    seen = await s_client(server.port, "-tls1_2", "-cipher", cipher + UNSAFE)
                    assert (seen.cipher, seen.alert) == ("", "handshake failure")
                newest = await s_client(server.port, root=authority.root_file)
                assert newest.protocol == "TLSv1.3"
            assert len(desk.refused) == len(others)
            assert "TLS_RSA_WITH_AES_128_GCM_SHA256" in hints(desk)[3]
            assert "set tls_allow_rsa_key_exchange" in hints(desk)[3]

        run(main())

    def test_old_stations_get_their_ciphers_under_a_setting(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority, old_ciphers=True)) as server:
                for cipher in OLD_CIPHERS:
                    seen = await s_client(server.port, "-tls1_2", "-cipher", cipher)
                    assert seen.cipher == cipher

        run(main())

    @pytest.mark.parametrize(("option", "named"), [("-tls1", "TLS 1.0"), ("-tls1_1", "TLS 1.1")])
    def test_older_versions_are_refused_with_an_alert_and_a_hint(
        self, authority: TestAuthority, option: str, named: str
    ) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                seen = await s_client(server.port, option, "-cipher", "ALL" + UNSAFE)
                assert (seen.protocol, seen.alert) == ("", "protocol version")
            (handshake, refusal) = desk.refused[0]
            assert handshake.remote.startswith("127.0.0.1:")
            assert refusal.reason == f"the station offers {named} at most"
            assert "TLS 1.2 or newer" in refusal.hint

        run(main())

    def test_a_root_that_was_made_anew_vouches_for_the_server(self, tmp_path: Path) -> None:
        async def main() -> None:
            embedded = Authority(tmp_path / "embedded")
            again = tmp_path / "again.pem"
            again.write_text(embedded.root_again(datetime.now(UTC)))
            settings = TlsSettings(identities=embedded.server_identities(["localhost"]))
            async with serving(RememberingDesk(), tls=ServerTls(settings, LoopClock())) as server:
                for root in (again, embedded.root_file):
                    assert (await s_client(server.port, root=root)).protocol == "TLSv1.3"

        run(main())

    def test_an_address_can_be_spoken_to_in_old_tls_alone_for_a_test(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk, tls = RememberingDesk(), server_tls(authority)
            async with serving(desk, tls=tls) as server:
                tls.speak_old_tls_to("127.0.0.1:54321")
                old = await s_client(server.port, "-tls1_1", "-cipher", "ALL" + UNSAFE)
                assert "Protocol  : TLSv1.1" in old.text
                new = await s_client(server.port, "-no_tls1", "-no_tls1_1", root=authority.root_file)
                assert (new.protocol, new.alert) == ("", "protocol version")
                only = await s_client(server.port, "-tls1_2", "-cipher", CIPHERS[0])
                assert (only.protocol, only.alert) == ("", "handshake failure")
                other = await s_client(server.port, "-bind", "127.0.0.2", root=authority.root_file)
                assert other.protocol == "TLSv1.3"
                tls.show_own_to("127.0.0.1:54321")
                again = await s_client(server.port, root=authority.root_file)
                assert again.protocol == "TLSv1.3"
            assert {refusal.hint for _, refusal in desk.refused} == {OLD_ON_PURPOSE[1]}

        run(main())

    @pytest.mark.parametrize(
        ("habits", "event"),
        [
            (TlsHabits(), SecurityEvent.INVALID_TLS_VERSION),
            (TlsHabits(newest="TLSv1.2"), SecurityEvent.INVALID_TLS_CIPHER_SUITE),
            (TlsHabits(oldest="TLSv1.1"), None),
        ],
    )
    def test_a_simulated_station_meets_a_server_of_old(
        self, authority: TestAuthority, habits: TlsHabits, event: SecurityEvent | None
    ) -> None:
        async def main() -> None:
            desk, tls = RememberingDesk(), server_tls(authority)
            async with serving(desk, tls=tls) as server:
                tls.speak_old_tls_to("127.0.0.1:1")
                root = authority.root_file.read_text()
                known = DialCredentials(profile=2, password=b"p", roots_pem=(root,), tls=habits)
                dial = WebSocketDial(f"wss://localhost:{server.port}/ocpp")
                if event is None:
                    await (await dial("CP-1", ["ocpp1.6"], known)).close()
                else:
                    with pytest.raises(TlsRefused) as refused:
                        await dial("CP-1", ["ocpp1.6"], known)
                    assert refused.value.event is event

        run(main())

    def test_nobody_can_negotiate_anew_or_compress(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                seen = await s_client(server.port, "-tls1_2", keys="R\n")
                assert "Compression: NONE" in seen.text
                assert "RENEGOTIATING" in seen.text
                assert "no renegotiation" in seen.text

        run(main())


class TestTwoKindsOfCertificates:
    @pytest.mark.parametrize(
        ("options", "kind"),
        [
            ((), "ECDSA"),
            (("-sigalgs", "RSA-PSS+SHA256"), "RSA"),
            (("-sigalgs", "RSA-PSS+SHA256:ECDSA+SHA256"), "ECDSA"),
            (("-tls1_2", "-cipher", CIPHERS[2]), "RSA"),
            (("-tls1_2", "-cipher", CIPHERS[0]), "ECDSA"),
        ],
    )
    def test_what_is_recorded_is_what_the_station_saw(
        self, authority: TestAuthority, options: tuple[str, ...], kind: str
    ) -> None:
        async def main() -> TlsSeen | None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                seen = await s_client(server.port, *options, request=b"GET /\r\n\r\n")
                assert seen.certificate_kind == kind
            return desk.refused[0][0].secured

        recorded = run(main())
        assert recorded is not None
        assert recorded.server_certificate == kind

    def test_one_kind_alone_will_do(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority, authority.server("RSA"))) as server:
                assert (await s_client(server.port)).certificate_kind == "RSA"

        run(main())


class TestExchange:
    def test_new_certificates_serve_new_connections_and_drop_no_old_one(
        self, authority: TestAuthority
    ) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            tls = server_tls(authority)
            async with serving(desk, tls=tls) as server:
                url = f"wss://localhost:{server.port}/ocpp/STATION-1"
                async with connect(url, ssl=authority.client_context()) as station:
                    session = await desk.sessions.get()
                    before = station.transport.get_extra_info("ssl_object").getpeercert()
                    authority.server("RSA", days=160)
                    authority.server("ECDSA", days=160)
                    assert tls.reload_if_changed()
                    assert not tls.reload_if_changed()
                    async with connect(url, ssl=authority.client_context()) as other:
                        after = other.transport.get_extra_info("ssl_object").getpeercert()
                        assert before["serialNumber"] != after["serialNumber"]
                        await station.send("still here")
                        assert await session.messages.get() == "still here"
                        session.link.send("so are we")
                        assert await station.recv() == "so are we"

        run(main())

    def test_files_that_cannot_be_used_change_nothing(
        self, authority: TestAuthority, caplog: pytest.LogCaptureFixture
    ) -> None:
        identity = authority.server("RSA")

        async def main() -> None:
            desk = RememberingDesk()
            tls = server_tls(authority, identity)
            async with serving(desk, tls=tls) as server:
                identity.certificate.write_text("half written")
                assert not tls.reload_if_changed()
                assert (await s_client(server.port)).certificate_kind == "RSA"

        run(main())
        assert "the certificates stay as they were" in caplog.text

    def test_the_files_are_looked_at_every_so_often(self, authority: TestAuthority) -> None:
        async def main() -> None:
            tls = server_tls(authority, authority.server("RSA"))
            told = asyncio.Event()
            tls.when_reloaded(lambda _: told.set())
            tls.watch(10)
            first = tls.context.certificates[0].expires_at
            authority.server("RSA", days=190)
            await told.wait()
            assert tls.context.certificates[0].expires_at > first
            await tls.stop()

        run_virtual(main())

    def test_a_key_of_another_certificate_is_refused_in_words(self, authority: TestAuthority) -> None:
        wrong = authority.server("RSA")
        wrong.key.write_bytes(authority.server("ECDSA").key.read_bytes())

        async def main() -> None:
            with pytest.raises(SettingsError, match="belong together"):
                server_tls(authority, wrong)

        run_virtual(main())


class TestWhatIsKeptOfFailures:
    def test_plain_websockets_at_the_tls_port_are_told_so(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                client = await RawClient.connect(server.port)
                client.write(request())
                status, _, body = await client.response()
                assert (status, b"wss://" in body) == (400, True)
                client.writer.close()
            assert "plain WebSocket at the port for TLS" in hints(desk)[0]

        run(main())

    def test_tls_at_the_plain_port_is_told_so(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk) as server:
                assert (await s_client(server.port)).alert == "handshake failure"
            assert "TLS at the port for plain connections" in hints(desk)[0]

        run(main())

    def test_bytes_of_no_meaning_are_kept_as_that(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                client = await RawClient.connect(server.port)
                client.write(b"\x00\x01\x02\x03\x04")
                assert await client.reader.read() == b""
                client.writer.close()
            assert "not TLS" in hints(desk)[0]

        run(main())

    def test_a_station_that_does_not_trust_our_certificate_is_understood(
        self, authority: TestAuthority, tmp_path: Path
    ) -> None:
        stranger = TestAuthority(tmp_path, "stranger")

        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                await s_client(server.port, root=stranger.root_file)
                with pytest.raises(ssl.SSLCertVerificationError):  # it leaves without a word
                    await RawClient.connect(
                        server.port, ssl=stranger.client_context(), server_hostname="localhost"
                    )
            assert "does not know the issuer of the server's certificate" in hints(desk)[0]
            assert "left during the TLS handshake" in hints(desk)[1]
            assert all("export-root" in hint for hint in hints(desk))

        run(main())

    def test_a_handshake_that_does_not_end_is_ended(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            limits = ServerLimits(handshake_timeout_s=0.1)
            async with serving(desk, limits, tls=server_tls(authority)) as server:
                client = await RawClient.connect(server.port)
                client.write(b"\x16\x03\x01")
                assert await client.reader.read() == b""
                client.writer.close()
            assert "no TLS handshake was completed within 0.1 s" in hints(desk)[0]

        run(main())

    def test_a_station_that_leaves_half_way_is_kept(self, authority: TestAuthority) -> None:
        async def main() -> None:
            desk = RememberingDesk()
            async with serving(desk, tls=server_tls(authority)) as server:
                client = await RawClient.connect(server.port)
                client.write(b"\x16\x03\x01\x02\x00\x01")
                client.writer.write_eof()
                assert await client.reader.read() == b""
                client.writer.close()
                await client.writer.wait_closed()
            assert "left during the TLS handshake" in hints(desk)[0]

        run(main())

    def test_what_openssl_says_has_a_sentence(self) -> None:
        alert = ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca (_ssl.c:1)")
        reason, hint = explain_failure(alert, None, old_ciphers=False)
        assert "does not know the issuer" in reason
        assert "Install the root" in hint
        odd, _ = explain_failure(ssl.SSLError(1, "bad record mac"), None, old_ciphers=False)
        assert "bad record mac" in odd


class TestClientHello:
    def test_the_hello_of_a_client_is_read(self) -> None:
        outgoing = ssl.MemoryBIO()
        context = ssl.create_default_context()
        client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="cs.example.org")
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        record = outgoing.read()
        assert record_length(record) == len(record)
        hello = read_client_hello(record)
        assert hello is not None
        assert (hello.newest_version, hello.server_name) == ("TLS 1.3", "cs.example.org")
        assert {0x0403, 0x0804} <= set(hello.signatures)
        assert 0xC02B in hello.cipher_suites

    @pytest.mark.parametrize("cut", range(5, 120, 7))
    def test_a_hello_that_is_cut_short_is_none(self, cut: int) -> None:
        assert read_client_hello(b"\x16\x03\x01\x00\xff\x01" + b"\xff" * cut) is None

    def test_other_bytes_are_no_tls(self) -> None:
        for content in (b"GET / HTTP/1.1", b"\x15", b"\x16\x02\x00\x00\x10"):
            with pytest.raises(NotTls):
                record_length(content)
        assert record_length(b"\x16") is None

    def test_a_version_without_a_name_is_shown_by_number(self) -> None:
        assert ClientHello((0x7777,), ()).newest_version == "version 0x7777"


def test_the_wait_at_the_gate_is_not_counted_as_a_slow_handshake(authority: TestAuthority) -> None:
    """A storm is let in for as long as a handshake may take; the last of it still has its own time."""

    async def main() -> None:
        desk = RememberingDesk()
        limits = ServerLimits(handshakes_per_s=0.5, handshake_burst=1, handshake_timeout_s=2)
        async with serving(desk, limits, tls=server_tls(authority)) as server:
            theirs = authority.client_context()

            async def come() -> int:
                client = await RawClient.connect(server.port, ssl=theirs, server_hostname="localhost")
                client.write(request())
                status, _, _ = await client.response()
                client.writer.close()
                return status

            assert list(await asyncio.gather(come(), come())) == [101, 101]
            assert desk.refused == []

    run(main())
