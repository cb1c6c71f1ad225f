"""The one place that knows every class. Each process has a file here, so that it loads nothing of the other's."""
