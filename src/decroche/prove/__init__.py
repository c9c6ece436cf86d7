"""What answering brings: measures, claims, reports."""
