"""Definitions on small tables: each spec is a test, and a paragraph of the reference documentation."""
