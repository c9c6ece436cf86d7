"""Every test of the ledger runs on both databases."""

from tests.databases import ledger

__all__ = ["ledger"]
