"""RingCentral: its call log."""
