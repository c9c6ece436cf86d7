"""3CX: its call detail records and its call log report."""
