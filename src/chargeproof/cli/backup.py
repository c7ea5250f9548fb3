"""`chargeproof backup`: a copy of everything, while the central system runs."""

import os
import shutil
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from chargeproof.cli.options import Config, Data, settings_from
from chargeproof.cli.serving import STORE_NAME, writable_folder
from chargeproof.errors import ToolError, UsageError
from chargeproof.store.backup import back_up_sqlite, make_durable

OTHER_TARGET = "Name a folder that does not exist yet"


def backup(
    target: Annotated[Path, Parameter(help="Folder for the copy; must be empty or not exist yet.")],
    /,
    *,
    config: Config = None,
    data: Data = None,
) -> int:
    """See `help_texts.BACKUP`; returns the exit code."""
    source = Path(settings_from(config, data=data).data).expanduser()
    size = back_up(source, target)
    Console(highlight=False).print(
        f"Copied {source} to {target}: the store ({size / 1e6:.1f} MB) and its files. "
        f"`chargeproof serve --data {target}` serves from it.",
        markup=False,
        soft_wrap=True,
    )
    return 0


def back_up(source: Path, target: Path) -> int:
    """Copy a data folder; the size of the store in bytes. Raises UsageError, ToolError and StoreError."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError("something is there already", str(target), OTHER_TARGET)
    if source.resolve() in (target.resolve(), *target.resolve().parents):
        raise UsageError("the copy cannot lie within what is copied", str(target), OTHER_TARGET)
    if not (source / STORE_NAME).is_file():
        raise UsageError("there is no store", str(source), "Name the folder of a central system with --data")
    writable_folder(target, OTHER_TARGET)
    size = back_up_sqlite(source / STORE_NAME, target / STORE_NAME)
    # After the store: a file that it knows of is there by then.
    try:
        for item in sorted(source.iterdir()):
            if not item.name.startswith((STORE_NAME, ".")):
                _copy(item, target / item.name)
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ToolError(
            f"a file cannot be copied: {reason}", str(source), "Copy again to a new place"
        ) from error
    return size


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_copy_file)
    else:
        _copy_file(str(source), str(target))


def _copy_file(source: str, target: str) -> str:
    if os.path.lexists(source):  # an upload that was under way may have got its final name
        shutil.copy2(source, target)
        make_durable(Path(target))
    return target
