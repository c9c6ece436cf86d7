"""Asks platforms for past calls: a period once, and the last hours again and again, so that nothing stays missing."""
