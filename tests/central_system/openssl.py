"""The program `openssl s_client` as a station that says what it saw."""

import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

from chargeproof.central_system.tls import ServerIdentity


@dataclass(frozen=True)
class Seen:
    """What it printed, and what of that matters."""

    text: str

    @property
    def cipher(self) -> str:
        found = re.search(r"Cipher is (\S+)", self.text)
        return found[1] if found and found[1] != "(NONE)" else ""

    @property
    def protocol(self) -> str:
        found = re.search(r"New, (TLSv[0-9.]+), Cipher is [^(]", self.text)
        return found[1] if found else ""

    @property
    def certificate_kind(self) -> str:
        """Of the server, by the size of its key."""
        found = re.search(r"Server public key is (\d+) bit", self.text)
        return {"256": "ECDSA", "2048": "RSA"}.get(found[1], "") if found else ""

    @property
    def alert(self) -> str:
        found = re.search(r"alert ([a-z ]+)[:\n]", self.text)
        return found[1] if found else ""


async def s_client(
    port: int,
    *options: str,
    root: Path | None = None,
    identity: ServerIdentity | None = None,
    request: bytes = b"",
    keys: str = "",
) -> Seen:
    """Connect, send the request, and read until the server closes. keys: of a person at the terminal."""
    words = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options]
    if root is not None:
        words += ["-CAfile", str(root), "-verify_return_error"]
    if identity is not None:
        words += ["-cert", str(identity.certificate), "-key", str(identity.key)]
    if request:
        words.append("-ign_eof")
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate(request or keys.encode())
    return Seen(out.decode("utf-8", "replace"))
