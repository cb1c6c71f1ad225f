"""Relay: webhooks of finance platforms, booked in ERPs exactly as they came."""

__version__ = "0.1.0"
