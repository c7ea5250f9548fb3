"""How much memory this process takes."""

import os
import sys
from pathlib import Path


def resident_bytes() -> int:
    """Resident memory now; where the system does not tell, the most that it has been; 0 where nothing tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return _most_resident_bytes()
    return pages * os.sysconf("SC_PAGE_SIZE")


def _most_resident_bytes() -> int:
    if sys.platform == "win32":
        return 0
    import resource

    # Kilobytes on Linux and the BSDs, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
