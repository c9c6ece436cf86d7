"""Ringover: its call records."""
