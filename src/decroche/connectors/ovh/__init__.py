"""OVH telephony: its consumption records and call events."""
