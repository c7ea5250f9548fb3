"""Where settings come from, which goes before which, and what is said of a wrong one."""

import re
from pathlib import Path

import pytest

from chargeproof.cli import COMMANDS
from chargeproof.errors import SettingsError
from chargeproof.settings import Settings, load_settings, settings_markdown, settings_table


def test_without_sources_there_are_the_defaults() -> None:
    assert load_settings() == Settings()


def test_flags_go_before_the_environment_before_the_file_before_the_defaults(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('ocpp_port = 1\nweb_port = 1\nftp_port = 1\nhost = "file"\n', encoding="utf-8")
    settings = load_settings(
        {"ocpp_port": 3, "web_port": None},
        {"CHARGEPROOF_OCPP_PORT": "2", "CHARGEPROOF_WEB_PORT": "2", "HOME": "/"},
        config,
    )
    assert (settings.ocpp_port, settings.web_port, settings.ftp_port) == (3, 2, 1)
    assert settings.host == "file"
    assert settings.heartbeat_interval_s == Settings().heartbeat_interval_s


def test_the_environment_can_name_the_file(tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("quiet = true\n", encoding="utf-8")
    assert load_settings({}, {"CHARGEPROOF_CONFIG": str(config)}).quiet


@pytest.mark.parametrize(
    ("flags", "environment", "toml", "message"),
    [
        (
            {"ocpp_prot": 1},
            {},
            "",
            'command line: there is no setting "ocpp_prot". Did you mean "ocpp_port"?',
        ),
        (
            {},
            {"CHARGEPROOF_QUEIT": "1"},
            "",
            'the environment: there is no setting "queit". Did you mean "quiet"?',
        ),
        ({}, {}, "[ocpp]\nport = 1", 'there is no setting "ocpp"'),
        ({}, {}, 'ocpp_port = "9000"', "It takes a whole number from 0 to 65535"),
        ({}, {"CHARGEPROOF_OCPP_PORT": "many"}, "", "the setting \"ocpp_port\" does not take 'many'"),
        ({}, {"CHARGEPROOF_UNKNOWN_STATIONS": "maybe"}, "", 'It takes "accept", "pending", "reject"'),
        ({}, {"CHARGEPROOF_CALL_TIMEOUT_S": "0"}, "", "It takes a number above 0"),
        ({}, {}, "ocpp_port = ", "this is not TOML"),
        ({"tls_key": "key.pem"}, {}, "", "a certificate needs its key"),
    ],
)
def test_a_wrong_setting_is_told_with_its_source_and_what_would_fit(
    flags: dict[str, object], environment: dict[str, str], toml: str, message: str, tmp_path: Path
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(flags, environment, config)
    assert message in str(caught.value)


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: the settings cannot be read"):
        load_settings({}, {}, Path("none.toml"))


def test_the_table_tells_of_every_setting_what_it_takes_and_means() -> None:
    rows = settings_table()
    assert [row.name for row in rows] == list(Settings.__struct_fields__)
    for row in rows:
        assert row.variable == f"CHARGEPROOF_{row.name.upper()}"
        assert row.takes
        assert row.meaning
    assert {row.name: row.default for row in rows}["quiet"] == "false"


DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_page_of_settings_is_the_one_that_the_settings_give() -> None:
    told = "run `python -m chargeproof.settings > docs/settings.md`"
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_markdown(), told


def test_the_page_on_operating_names_settings_commands_and_metrics_that_exist() -> None:
    text = (DOCS / "operating.md").read_text(encoding="utf-8")
    names = {row.name for row in settings_table()}
    named = set(re.findall(r"^([a-z_]+) = ", text, re.MULTILINE)) | set(
        re.findall(r"setting `([a-z_]+)`", text)
    )
    assert named <= names
    assert {"frames_keep_days", "store_writer", "handshakes_per_s"} <= named
    assert set(re.findall(r"chargeproof ([a-z]+) ", text)) <= {*COMMANDS, "store"}
    source = (DOCS.parent / "src/chargeproof/central_system/metrics.py").read_text(encoding="utf-8")
    source += (DOCS.parent / "src/chargeproof/cli/serving.py").read_text(encoding="utf-8")
    for metric in re.findall(r"`(chargeproof_[a-z_]+)`", text):
        assert f'"{metric.removesuffix("_total")}"' in source
