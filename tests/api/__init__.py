"""The door for programs: what it answers, to whom, and what it never says."""
