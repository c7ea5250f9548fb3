"""Deviants: stations that commit one deviation that a lint names, and near misses that must not raise it."""
