"""Asterisk and the systems built on it (FreePBX, Issabel): their call records and their queue log."""
