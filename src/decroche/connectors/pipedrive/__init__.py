"""Pipedrive: deals are read, calls, notes and activities are written."""
