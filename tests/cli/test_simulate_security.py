"""The security settings of `chargeproof simulate`."""

from pathlib import Path

import pytest

from chargeproof.cli import run
from chargeproof.cli.simulate_security import PLAIN, SecurityOptions
from chargeproof.simulator.model import load_model
from tests.simulator.certificates_for_tests import root

KEY = "00112233445566778899aabbccddeeff"
WHERE = ["simulate", "ws://localhost:1/ocpp", "STATION-1"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--security-profile", "1"], "no security extension. Use one that has it: --model secure"),
        (["--model", "secure", "--security-profile", "4"], "there is no security profile 4"),
        (["--model", "secure", "--password", "secret"], "32 to 40 hexadecimal digits"),
        (["--model", "secure", "--root", "nowhere.pem"], "nowhere.pem: no certificates can be read here"),
        (["--model", "secure", "--tls-url", "http://localhost"], "no address of a central system"),
    ],
)
def test_what_does_not_fit_is_told(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*WHERE, *words]) == 4
    message = " ".join(capsys.readouterr().err.split())
    assert said in message
    assert "secret" not in message.replace("--password", "")


def test_settings_of_the_command_line_become_those_of_the_model(tmp_path: Path) -> None:
    file = tmp_path / "roots.pem"
    file.write_text(root("Roots one").pem + root("Roots two").pem)
    options = SecurityOptions(security_profile=2, password=KEY, root=(file,), manufacturer_root=(file,))
    model = options.applied_to(load_model("secure"))
    assert (model.keys["SecurityProfile"].value, model.keys["AuthorizationKey"].value) == ("2", KEY)
    assert model.security is not None
    assert model.security.central_system_roots == (root("Roots one").pem, root("Roots two").pem)
    assert len(model.security.manufacturer_roots) == 2


def test_without_settings_every_model_stays_as_it_is() -> None:
    assert PLAIN.applied_to(load_model("lawful")) == load_model("lawful")
