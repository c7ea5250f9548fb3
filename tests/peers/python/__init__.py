"""Peers written with the PyPI packages ``ocpp`` and ``websockets``; nothing of ``chargeproof`` is imported."""
