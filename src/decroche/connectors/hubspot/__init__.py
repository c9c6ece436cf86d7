"""HubSpot: deals are read, calls, notes and tasks are written."""
