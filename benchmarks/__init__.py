"""What an audit costs in time and memory, beside pandas and bare DuckDB."""
