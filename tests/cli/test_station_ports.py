"""What of the settings and of the system bounds the connections of stations."""

import pytest

from chargeproof.cli import long_lived
from chargeproof.cli.station_ports import server_limits
from chargeproof.settings import Settings


@pytest.mark.parametrize(
    ("files", "wanted", "most"),
    [(1024, 20_000, 524), (80, 20_000, 40), (20_500, 20_000, 20_000), (1024, 10, 10)],
)
def test_files_are_left_for_the_console_and_the_store(
    files: int, wanted: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_lived, "files_allowed", lambda: files)
    assert server_limits(Settings(max_connections=wanted)).max_connections == most


def test_the_system_says_how_many_files_there_may_be() -> None:
    assert long_lived.files_allowed() > 0
