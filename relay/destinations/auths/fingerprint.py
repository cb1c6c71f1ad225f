"""What tells one set of credentials from another, in Redis and logs, without giving them away."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import msgspec

_encode = msgspec.json.Encoder(order="deterministic").encode


def fingerprint_of(settings: Any, values: Mapping[str, Any] | None = None) -> str:
    """Of the settings, and of those `values` whose names stand in them. Destinations with the same share a login."""
    tree = msgspec.to_builtins(settings)
    named = set(re.findall(r"\w+", _encode(tree).decode()))
    asked = {name: value for name, value in (values or {}).items() if name in named}
    return hashlib.blake2b(_encode([tree, asked]), digest_size=16).hexdigest()
