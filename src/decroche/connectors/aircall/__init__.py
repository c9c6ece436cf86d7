"""Aircall: its call export."""
