"""How many sockets this process may have open."""

from chargeproof.errors import ToolError

SPARE = 64
"""Files that a process has open besides its sockets."""


def allow_sockets(count: int) -> None:
    """Raise the limit of this process as far as needed. Raises ToolError where the system does not let it."""
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + SPARE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise ToolError(
            f"a process may open {hard} files here, and {count} connections need {wanted}",
            remedy=f"Raise the limit (ulimit -Hn {wanted}), or spread them with --processes",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
