"""A quarter of a group of fifty sites on paper, beside the same figures in pandas."""
