"""The REST API under /api/v1: one file per resource."""

from typing import Any

API_PATH = "/api/v1"

API_HANDLERS: list[Any] = []
"""Every handler of the API, with paths below API_PATH. Each file of a resource has a list that goes in here."""
