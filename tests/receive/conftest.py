"""What is received is kept on both databases."""

from tests.databases import ledger

__all__ = ["ledger"]
