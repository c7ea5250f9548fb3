"""The example of docs/api.md does what the page says."""

import re
import runpy
from pathlib import Path

import pytest

from chargeproof.web.people.roles import Role
from tests.peers.programs import ROOT
from tests.quiet_time import run
from tests.web.on_a_port import on_a_port

PAGE = Path(ROOT) / "docs" / "api.md"
SPEED = 10


def test_the_example_of_the_docs_prints_what_they_say(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = PAGE.read_text().partition("<!-- example: begin -->")[2]
    example, printed = re.findall(r"```(?:python)?\n(.*?)```", shown, re.S)[:2]
    program, ran, _ = example.partition("\nasyncio.run(main())")
    assert ran
    (tmp_path / "example.py").write_text(program)
    names = runpy.run_path(str(tmp_path / "example.py"))

    async def main() -> None:
        async with on_a_port() as (bench, host):
            monkeypatch.setenv("CHARGEPROOF_SERVER", f"http://{host}")
            monkeypatch.setenv("CHARGEPROOF_TOKEN", bench.tokens[Role.OPERATOR])
            await names["main"]()

    run(main(), speed=SPEED)
    assert capsys.readouterr().out == printed
