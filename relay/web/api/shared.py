"""What several calls have in common. A pattern ends in END: `$` alone lets a line feed through."""

from typing import Annotated

from msgspec import Meta

from relay.web.api.calls import Parameters

LIMIT, MOST = 50, 500
Limit = Annotated[int, Meta(ge=1, le=MOST, description=f"a number from 1 to {MOST}")]
Short = Annotated[str, Meta(max_length=200)]
Fragment = Annotated[Short | None, Meta(description="a part of an id, a document, an order key or a business key")]
END = r"$(?!\n)"
Note = Annotated[Short, Meta(description="why; it is kept, with your name")]


class Why(Parameters, frozen=True):
    note: Note = ""
