"""One folder per phone platform, and nothing else."""
