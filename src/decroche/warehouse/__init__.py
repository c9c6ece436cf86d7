"""The analytical store: calls in columns, and the expressions that count them."""
