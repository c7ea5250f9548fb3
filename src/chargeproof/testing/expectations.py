"""How a contract check says that an adapter breaks its promise."""


class ContractBroken(AssertionError):
    """An adapter does not do what its port promises."""


def expect(found: object, wanted: object, what: str) -> None:
    if found != wanted:
        raise ContractBroken(f"{what}: {found!r}, not {wanted!r}")
