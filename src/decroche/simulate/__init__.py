"""Invented businesses and their calls, each with its hidden truth: for demonstrations, tests and benchmarks."""
