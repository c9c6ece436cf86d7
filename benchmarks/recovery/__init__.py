"""How long a missed caller waits for their text, and what playbooks cost that only wait."""
