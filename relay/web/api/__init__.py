"""/api: events, deliveries and lanes, read and decided. A file for each subject; app.py serves what they declare."""
