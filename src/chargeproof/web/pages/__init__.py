"""The pages of the console: one file per page."""

from typing import Any

PAGE_HANDLERS: list[Any] = []
"""Every page. Each file has a list that goes in here."""
