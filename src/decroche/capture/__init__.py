"""The doors by which phone systems reach us: files today, live ones next."""
