"""Connects charge stations with OCPP 1.6 and proves that they work."""

__version__ = "0.1.0"
