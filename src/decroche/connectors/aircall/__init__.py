"""Aircall: its webhooks, its list of past calls, its call export."""
