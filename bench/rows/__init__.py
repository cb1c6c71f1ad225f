"""The rows: each module takes the figures of one, and has `TITLE` and `measure(site)`."""
