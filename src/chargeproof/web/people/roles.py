"""The four roles, each allowed all that the ones before it are."""

from chargeproof.resources.people import Role as Role

RANK = {role: rank for rank, role in enumerate(Role)}


def allows(role: Role, needed: Role) -> bool:
    """Whether somebody with `role` may do what takes `needed`."""
    return RANK[role] >= RANK[needed]


def lesser(one: Role, other: Role) -> Role:
    """The one of the two that may do less."""
    return one if RANK[one] <= RANK[other] else other
