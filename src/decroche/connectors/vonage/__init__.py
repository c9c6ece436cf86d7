"""Texts through Vonage."""
