"""The vocabulary: calls, journeys, hours, money. No logic that needs a clock, a file or a network."""
