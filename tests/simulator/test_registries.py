import pytest

from chargeproof.errors import UsageError
from chargeproof.simulator.mutants import registry as mutants_registry
from chargeproof.simulator.mutants.registry import find_mutant, mutant, mutants
from chargeproof.simulator.naming import snake_case
from chargeproof.simulator.odd import registry as odd_registry
from chargeproof.simulator.odd.registry import find_odd, odd, odd_stations
from chargeproof.simulator.station import SimulatedStation


@pytest.mark.parametrize(
    ("class_name", "name"),
    [("ForgetsTheOutage", "forgets_the_outage"), ("SendsSNTwice", "sends_sn_twice"), ("Boot2", "boot2")],
)
def test_class_names_become_snake_case(class_name: str, name: str) -> None:
    assert snake_case(class_name) == name


def test_a_mutant_is_registered_with_what_must_fail_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants_registry, "_mutants", dict(mutants_registry._mutants))

    @mutant(fails="14.1a", because="nothing came")
    class LosesEverything(SimulatedStation):
        """Loses everything."""

    @mutant(fails=("1.1a", "9.1a"), because="no boot", name="mute", model="ctek_cs_connected")
    class NeverBoots(SimulatedStation):
        """Never boots."""

    one, two = find_mutant("loses_everything"), find_mutant("mute")
    assert (one.station, one.fails, one.because, one.model) == (
        LosesEverything,
        ("14.1a",),
        "nothing came",
        "lawful",
    )
    assert (two.station, two.fails, two.model) == (NeverBoots, ("1.1a", "9.1a"), "ctek_cs_connected")
    names = [each.name for each in mutants()]
    assert names == sorted(names)


def test_an_odd_station_is_registered_with_its_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odd_registry, "_odd", dict(odd_registry._odd))

    @odd(note="S§4.6 lets it")
    class RarelyBeats(SimulatedStation):
        """Rarely beats."""

    assert find_odd("rarely_beats").station is RarelyBeats
    assert "rarely_beats" in [one.name for one in odd_stations()]


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(UsageError, match="no mutant 'nobody'"):
        find_mutant("nobody")
    with pytest.raises(UsageError, match="no odd station 'nobody'"):
        find_odd("nobody")
