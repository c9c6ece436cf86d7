"""Twilio Programmable Voice: its call list."""
