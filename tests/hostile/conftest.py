"""One program for all who attack it from outside."""

from collections.abc import Iterator

import pytest

from chargeproof.web.people import passwords
from tests.hostile.attacked import Attacked
from tests.web.bench import CHEAP


@pytest.fixture(scope="package")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    program = Attacked(tmp_path_factory.mktemp("attacked"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "PasswordHasher", lambda *_args, **_more: CHEAP)
        program.start()
    yield program
    program.stop()
