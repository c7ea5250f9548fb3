"""The security settings of a simulated station, as given on the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from chargeproof.errors import UsageError
from chargeproof.simulator.certificate_store import pem_of
from chargeproof.simulator.certificates import CertificateError, read_chain
from chargeproof.simulator.model import StationModel
from chargeproof.simulator.security import HIGHEST_PROFILE, PASSWORD, PASSWORD_KEY, PROFILE_KEY

PROFILE_OPTION, PASSWORD_OPTION = "--security-profile", "--password"


@Parameter(name="*")
@dataclass(frozen=True)
class SecurityOptions:
    """What a station is given at the factory; None: as its model says."""

    security_profile: Annotated[
        int | None, Parameter(help="0 none, 1 password, 2 TLS and password, 3 TLS and a certificate.")
    ] = None
    password: Annotated[
        str | None, Parameter(help="The AuthorizationKey, in 32 to 40 hexadecimal digits.")
    ] = None
    root: Annotated[
        tuple[Path, ...],
        Parameter(help="PEM file of a root that vouches for the central system.", negative=()),
    ] = ()
    manufacturer_root: Annotated[
        tuple[Path, ...], Parameter(help="PEM file of a root that vouches for firmware.", negative=())
    ] = ()
    tls_url: Annotated[
        str | None, Parameter(help="The address for profiles 2 and 3, if URL is one without TLS.")
    ] = None

    def roots_pem(self) -> tuple[str, ...]:
        """The roots that vouch for the central system. Raises UsageError for files that hold none."""
        return tuple(_pems(self.root))

    def applied_to(self, model: StationModel) -> StationModel:
        """The model with these settings. Raises UsageError for what does not fit."""
        if self == PLAIN:
            return model
        if model.security is None:
            raise UsageError(
                "this model has no security extension",
                f"{model.vendor} {model.model}",
                "Use one that has it: --model secure",
            )
        security = msgspec.structs.replace(
            model.security,
            central_system_roots=(*model.security.central_system_roots, *_pems(self.root)),
            manufacturer_roots=(*model.security.manufacturer_roots, *_pems(self.manufacturer_root)),
        )
        model = msgspec.structs.replace(model, security=security)
        if self.security_profile is not None:
            if not 0 <= self.security_profile <= HIGHEST_PROFILE:
                raise UsageError(
                    f"there is no security profile {self.security_profile}",
                    PROFILE_OPTION,
                    "Give 0, 1, 2 or 3",
                )
            model = model.with_key(PROFILE_KEY, value=str(self.security_profile))
        if self.password is not None:
            if PASSWORD.fullmatch(self.password) is None:
                raise UsageError(
                    "an AuthorizationKey is 16 to 20 bytes",
                    PASSWORD_OPTION,
                    "Give 32 to 40 hexadecimal digits",
                )
            model = model.with_key(PASSWORD_KEY, value=self.password)
        return model


PLAIN = SecurityOptions()


def _pems(files: tuple[Path, ...]) -> list[str]:
    """The certificates in these files, each on its own."""
    return [pem for file in files for pem in _pems_in(file)]


def _pems_in(file: Path) -> list[str]:
    try:
        chain = read_chain(file.read_text(encoding="ascii"))
    except (OSError, UnicodeError, CertificateError) as error:
        raise UsageError(
            f"no certificates can be read here: {error}", str(file), "Name a PEM file"
        ) from error
    return [pem_of(one) for one in chain]
