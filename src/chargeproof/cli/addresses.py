"""Where this machine is found by those who connect to it."""

import socket
from ipaddress import ip_address

from chargeproof.settings import Settings

EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104
DOCUMENTATION_HOST = "192.0.2.1"  # RFC 5737: nothing is sent to it


def is_loopback(host: str) -> bool:
    """Whether nobody outside of this machine reaches that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def advertised_host(settings: Settings) -> str:
    """The address of this machine as stations see it: as set, as listened on, or as the network shows it."""
    if settings.advertised_host:
        return settings.advertised_host
    if settings.host not in EVERYWHERE:
        return settings.host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((DOCUMENTATION_HOST, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
