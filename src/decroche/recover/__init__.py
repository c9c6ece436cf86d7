"""What is done about a missed call: texts, callbacks, tasks for a person, and when."""
