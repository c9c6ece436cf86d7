"""Cisco Unified Communications Manager: its call records."""
