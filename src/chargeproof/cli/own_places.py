"""File transfers of the stations that are simulated within a program that serves: with its own places alone."""

from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from chargeproof.simulator.ports import FileTransfer, TransferError, TrustingTransfer
from chargeproof.web.office import Addresses


class OwnPlaces:
    """Who may send commands to a simulated station must not make this machine fetch from others, or from itself."""

    def __init__(self, transfer: FileTransfer, addresses: Callable[[], Addresses]) -> None:
        self._transfer = transfer
        self._addresses = addresses

    def trusting(self, roots: Callable[[], Sequence[str]]) -> "OwnPlaces":
        inner = self._transfer
        told = inner.trusting(roots) if isinstance(inner, TrustingTransfer) else inner
        return OwnPlaces(told, self._addresses)

    async def download(self, url: str) -> bytes:
        self._check(url)
        return await self._transfer.download(url)

    async def upload(self, url: str, name: str, content: bytes) -> None:
        self._check(url)
        await self._transfer.upload(url, name, content)

    def _check(self, url: str) -> None:
        """Raises TransferError."""
        known = self._addresses()
        try:
            asked = urlsplit(url)
            if any(_is_at(asked, urlsplit(place)) for place in (known.ftp, known.ftps) if place):
                return
            if _is_at(asked, urlsplit(known.web)) and asked.path.startswith("/files/"):
                return
        except ValueError:
            pass
        raise TransferError(
            "a station simulated by the server only uses the server's own places for files; "
            "`chargeproof simulate` runs one that goes anywhere"
        )


def _is_at(asked: SplitResult, place: SplitResult) -> bool:
    return (asked.scheme, asked.hostname, asked.port) == (place.scheme, place.hostname, place.port)
