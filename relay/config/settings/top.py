"""`defaults:`, `server:` and `tables:`."""

from typing import Annotated

from msgspec import Meta

from relay.config.kinds import Duration, Listener, Network, Size, Zone
from relay.config.settings.parts import OneOrMore, Settings


class RetentionSettings(Settings, frozen=True):
    """How long what has ended is kept: bodies, and records of what was done; for ever unless set."""

    bodies: Duration | None = None
    records: Duration | None = None

    def __post_init__(self) -> None:
        if self.bodies and self.records and self.bodies.ms > self.records.ms:
            raise ValueError("a body goes with the last record of it: let bodies be no longer than records")


class DefaultSettings(Settings, frozen=True):
    """What holds unless a source says otherwise. `timezone`: where times without a zone are."""

    timezone: Zone | None = None
    max_body: Size | None = None
    retention: RetentionSettings | None = None


class ServerSettings(Settings, frozen=True):
    """`trusted_proxies`: whose X-Forwarded-For is believed. `public_url`: where destinations reach this relay. `admin`:
    where /api and /metrics are, and nowhere else."""

    public_url: Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+[^?#\s]*$")] | None = None
    trusted_proxies: list[Network] = []
    admin: Listener | None = None


class TableSettings(Settings, frozen=True, rename={"from_": "from"}):
    """A lookup for mappings: a CSV or YAML file, the columns that are its key, and the one with the day from which a
    row holds, until the next of that key."""

    file: str
    key: OneOrMore
    from_: str | None = None
