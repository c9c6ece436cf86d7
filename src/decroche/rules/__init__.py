"""Dated rules and calendars per country: data, and pure decisions."""
