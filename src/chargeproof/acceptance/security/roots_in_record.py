"""Root certificates that were installed and deleted: what the station answered, and what it listed when."""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from chargeproof.acceptance.configuration_in_record import KeyReading, key_readings
from chargeproof.acceptance.quantifiers import ours
from chargeproof.acceptance.restarts_in_record import restarts
from chargeproof.acceptance.security.certificate_scenes import (
    CENTRAL,
    DELETE_ROOT,
    INSTALL_ROOT,
    ROOT_CHECK,
    USE,
)
from chargeproof.acceptance.security.certificates_in_record import (
    comparable,
    is_about,
    not_known,
    read_chain,
    what_differs,
)
from chargeproof.acceptance.verdict import Verdict, not_applicable
from chargeproof.ocpp.security import (
    CertificateHashData,
    DeleteCertificate,
    GetInstalledCertificateIds,
    InstallCertificate,
)
from chargeproof.ocpp.security_enums import CertificateUse
from chargeproof.trace import Exchange, Trace

MANAGING = (InstallCertificate, DeleteCertificate, GetInstalledCertificateIds)
Listing = Exchange[GetInstalledCertificateIds]


@dataclass(frozen=True, slots=True)
class Installation:
    """An InstallCertificate of a step, with the lists of its use before, right after, and after a restart."""

    install: Exchange[InstallCertificate]
    root: x509.Certificate
    before: Listing | None
    after: Listing | None
    later: Listing | None

    @property
    def use(self) -> str:
        return str(self.install.request.certificate_type)


@dataclass(frozen=True, slots=True)
class Deletion:
    """The commands of one step that deleted a root: the first, the list after it, and the one that followed."""

    first: Exchange[DeleteCertificate]
    root: x509.Certificate
    before: Listing | None
    after: Listing | None
    again: Exchange[DeleteCertificate] | None


def items_of(listing: Listing | None) -> list[CertificateHashData]:
    """What a station listed; a leniently read answer may hold anything, which is left out."""
    listed = getattr(getattr(listing, "confirmation", None), "certificate_hash_data", None)
    return [each for each in listed or () if isinstance(each, CertificateHashData)]


def right_item(listing: Listing | None, root: x509.Certificate) -> CertificateHashData | None:
    """The item that names this root as it must be named."""
    return next((each for each in items_of(listing) if not what_differs(each, root)), None)


def near_item(listing: Listing | None, root: x509.Certificate) -> CertificateHashData | None:
    """The item that means this root, with one thing wrong."""
    return next((each for each in items_of(listing) if is_about(each, root)), None)


def missing_of(before: Listing | None, after: Listing | None) -> list[str]:
    """Serial numbers of what was listed before and is not any more."""
    still = {_name(each) for each in items_of(after)}
    return [str(each.serial_number) for each in items_of(before) if _name(each) not in still]


def _name(data: CertificateHashData) -> tuple[str, ...]:
    parts = (data.hash_algorithm, data.issuer_name_hash, data.issuer_key_hash, data.serial_number)
    return tuple(comparable(part) for part in parts)


def installations(trace: Trace) -> list[Installation]:
    """Each InstallCertificate of the steps that try it."""
    found = []
    for span in trace.steps(INSTALL_ROOT):
        for install in ours(trace.during(span), InstallCertificate):
            chain = read_chain(install.request.certificate)
            if chain:
                found.append(_installation(trace, install, chain[0]))
    return found


def _installation(
    trace: Trace, install: Exchange[InstallCertificate], root: x509.Certificate
) -> Installation:
    use = install.request.certificate_type
    before, after = listings(trace.until(install.n), use), listings(trace.after(install.n), use)
    restart = next((each for each in restarts(trace) if each.answer.n > install.n), None)
    later = None
    if restart is not None and restart.boot is not None:
        ends = ours(trace.after(install.n), DeleteCertificate)
        stretch = trace.after(restart.boot.n)
        later = listings(stretch.until(ends[0].n) if ends else stretch, use)
    return Installation(
        install,
        root,
        before[-1] if before else None,
        after[0] if after else None,
        later[0] if later else None,
    )


def listings(trace: Trace, use: object) -> list[Listing]:
    """The lists of a use that the station gave."""
    asked = ours(trace, GetInstalledCertificateIds, lambda each: each.certificate_type == use)
    return [each for each in asked if each.confirmation is not None]


def deletions(trace: Trace, installed: Sequence[Installation]) -> list[Deletion]:
    """Each root that was deleted again."""
    roots = {each.use: each.root for each in installed}
    found = []
    for span in trace.steps(DELETE_ROOT):
        use, stretch = str(span.parameters.get(USE)), trace.during(span)
        commands = ours(stretch, DeleteCertificate)
        if commands and use in roots:
            before = listings(trace.until(commands[0].n), CertificateUse(use))
            after = listings(stretch.after(commands[0].n), CertificateUse(use))
            found.append(
                Deletion(
                    commands[0],
                    roots[use],
                    before[-1] if before else None,
                    after[0] if after else None,
                    commands[1] if len(commands) > 1 else None,
                )
            )
    return found


def excused(trace: Trace, each: Installation) -> Verdict | None:
    """Not applicable, where the station need not install this root."""
    unknown = not_known(trace, each.install, *MANAGING)
    if unknown is not None or each.install.status != "Rejected":
        return unknown
    why = _may_refuse(trace, each)
    return not_applicable(f"a {each.use} may be refused: {why}", each.install.evidence) if why else None


def left_to_replacement(trace: Trace, tried: Sequence[Installation]) -> list[Verdict]:
    """Not applicable, where a root for the central system would take the place of another one."""
    if any(each.use == CENTRAL for each in tried):
        return []
    read = one_root_only(trace)
    why = f"{ROOT_CHECK} is true: TC_078 tries what may follow the root for the central system"
    return [not_applicable(why, read.exchange.evidence)] if tried and read is not None else []


def one_root_only(trace: Trace) -> KeyReading | None:
    """The last reading of AdditionalRootCertificateCheck, if that was true."""
    read = key_readings(trace, ROOT_CHECK)
    return read[-1] if read and str(read[-1].value).lower() == "true" else None


def full_store(trace: Trace) -> str:
    """Why no certificate more may be taken, as far as the lists tell; empty where there is room."""
    most = [reading.value for reading in key_readings(trace, _MOST)]
    newest = {use: listings(trace, use) for use in CertificateUse}
    count = sum(len(items_of(found[-1])) for found in newest.values() if found)
    if most and str(most[-1]).isdigit() and count >= int(str(most[-1])):
        return f"{count} certificates are installed, and {_MOST} is {most[-1]}"
    return ""


def _may_refuse(trace: Trace, each: Installation) -> str:
    """Why this installation may be refused; empty where it may not."""
    before = trace.until(each.install.n)
    if each.use == CENTRAL and items_of(each.before) and one_root_only(before) is not None:
        return f"{ROOT_CHECK} is true: a new root must be signed by the present one"
    return full_store(before)


_MOST = "CertificateStoreMaxLength"
