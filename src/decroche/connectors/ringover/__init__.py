"""Ringover: its webhooks, its list of past calls, its call records in files."""
