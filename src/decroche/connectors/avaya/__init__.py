"""Avaya IP Office: its SMDR call records."""
