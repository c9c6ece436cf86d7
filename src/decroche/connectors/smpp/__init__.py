"""Texts through an SMPP gateway of one's own."""
