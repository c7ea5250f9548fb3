"""Files over HTTPS, as `chargeproof serve` has them: a station gets an address that ends with its job."""

import asyncio
from pathlib import Path

import pytest

from chargeproof.central_system.certificates import Authority
from chargeproof.cli.serving import serving
from chargeproof.clock import LoopClock
from chargeproof.settings import Settings
from chargeproof.simulator.file_transfer import NetworkFileTransfer
from chargeproof.simulator.ports import TransferError
from tests.files.places import curl
from tests.quiet_time import run

CONTENT = b"firmware " * 1000


def test_a_station_leaves_and_fetches_files_within_tls_and_believes_its_own_roots_alone(
    tmp_path: Path,
) -> None:
    authority = Authority(tmp_path / "authority")
    shown = authority.server_identities(["localhost"])[0]
    settings = Settings(
        data=str(tmp_path / "data"),
        host="127.0.0.1",
        advertised_host="localhost",
        ocpp_port=0,
        web_port=0,
        ftp_port=0,
        web_tls_certificate=str(shown.certificate),
        web_tls_key=str(shown.key),
    )

    async def main() -> None:
        async with serving(settings, LoopClock()) as served:
            files = served.central_system.files
            firmware = await files.offer_download("CP-1", CONTENT, "firmware.bin", "http")
            logs = await files.open_upload("CP-1", "http")
            assert firmware.url.startswith("https://localhost:")
            assert logs.url.startswith("https://localhost:")
            station = NetworkFileTransfer(timeout_s=10, roots=lambda: [authority.root_pem()])
            assert await station.download(firmware.url) == CONTENT
            await station.upload(logs.url, "security.log", b"log")
            assert await files.content_of(logs.job_id) == b"log"
            assert (await curl(firmware.url, "--cacert", str(authority.root_file)))[0] == 0
            assert (await curl(firmware.url))[0] == 60  # no root that it knows
            stranger = NetworkFileTransfer(timeout_s=10, roots=list)
            with pytest.raises(TransferError):
                await stranger.download(firmware.url)
            await files.close_job(firmware.job_id)
            with pytest.raises(TransferError):
                await station.download(firmware.url)

    run(asyncio.wait_for(main(), 60))
