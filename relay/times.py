"""Instants as text: RFC 3339 in UTC with milliseconds."""

from datetime import UTC, datetime


def rfc3339(ms: int) -> str:
    """`ms`: milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
