"""How many signed deliveries a second the server accepts, and how soon a miss is known, beside bare inserts."""
