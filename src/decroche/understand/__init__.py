"""What a call log means: calls, verdicts, hours, journeys, causes, loss. Pure."""
