"""Notices when nothing moves any more: also when the thread that should move is busy for ever."""

import sys
import threading
import traceback
from collections.abc import Callable


class StallWatch:
    """Calls `on_stall` with the stack of the thread that made it, once, when `beat` was not called for so long.

    Used as a context manager. `on_stall` runs in a thread of its own.
    """

    def __init__(self, patience_s: float, on_stall: Callable[[str], None]) -> None:
        self._patience_s = patience_s
        self._on_stall = on_stall
        self._watched = threading.get_ident()
        self._beaten = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stall watch", daemon=True)

    def beat(self) -> None:
        """Something has moved."""
        self._beaten.set()

    def __enter__(self) -> "StallWatch":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._beaten.set()
        self._thread.join()

    def _watch(self) -> None:
        while self._beaten.wait(self._patience_s):
            if self._over.is_set():
                return
            self._beaten.clear()
            # The beats come by the thousand; nobody needs to be woken for each.
            self._over.wait(self._patience_s / 10)
        frame = sys._current_frames().get(self._watched)
        self._on_stall("".join(traceback.format_stack(frame)) if frame is not None else "")
