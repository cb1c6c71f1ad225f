"""What the parts of routes.yaml have in common: a Struct that refuses what it doesn't declare, and kinds of numbers."""

from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Factor = Annotated[int, Meta(ge=1, le=100)] | Decimal
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Many = Annotated[int, Meta(ge=0, le=1_000_000)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
OneOrMore = str | list[str]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file; a key that isn't declared is refused."""
