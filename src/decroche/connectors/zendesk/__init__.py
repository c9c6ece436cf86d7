"""Zendesk: who asked for help is known by their tickets; calls, callbacks and notes are written into tickets."""
