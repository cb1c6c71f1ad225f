"""One thing that another configuration changes."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What happens to the part that is named."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`section`: destinations, sources, routes … `key`: dotted, where one key of the part changes. `words`: a sentence.
    `lines`: below it a small diff of texts, each beginning with `-`, `+` or a blank. Secrets are masked."""

    section: str
    name: str
    kind: Kind
    key: str = ""
    words: str
    lines: tuple[str, ...] = ()
