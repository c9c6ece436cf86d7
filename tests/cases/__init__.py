"""Cases: what a platform wrote, and the rows and the call that we read in it."""
