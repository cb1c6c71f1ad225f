"""`defaults:`, `server:` and `tables:`."""

from typing import Annotated

from msgspec import Meta

from relay.config.kinds import Duration, Listener, Network, Size, Zone
from relay.config.settings.parts import OneOrMore, Settings
from relay.described import says, unless
from relay.texts import _


class RetentionSettings(Settings, frozen=True):
    """How long what has ended is kept."""

    bodies: Annotated[
        Duration | None,
        says(
            "how long after its last delivery ended an event's body is kept; never removed is "
            "what is unfinished, held, or dead and in the way of others",
            "180d",
        ),
        unless("for ever"),
    ] = None
    records: Annotated[
        Duration | None,
        says(
            "how long the record of what was done is kept, and with it what `once` remembers; a year is 366 days", "10y"
        ),
        unless("for ever"),
    ] = None

    def __post_init__(self) -> None:
        if self.bodies and self.records and self.bodies.ms > self.records.ms:
            raise ValueError(_("a body goes with the last record of it: let bodies be no longer than records"))


class DefaultSettings(Settings, frozen=True):
    """What holds unless a source says otherwise."""

    timezone: Annotated[
        Zone | None,
        says("where times without a zone are, and in which `date` prints", "Asia/Shanghai", "UTC"),
        unless("none: such a time is an error"),
    ] = None
    max_body: Annotated[
        Size | None, says("how large a request may be, for all sources", "1MiB", "256KiB"), unless("`1MiB`")
    ] = None
    retention: Annotated[
        RetentionSettings | None,
        says("how long what has ended is kept", {"bodies": "180d", "records": "10y"}),
        unless("for ever"),
    ] = None


class ServerSettings(Settings, frozen=True):
    """Where this relay is, and behind whom."""

    public_url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+[^?#\s]*$")] | None,
        says(
            "where destinations reach this relay, for `delivery.confirm_url`; a proxy lets `/confirm/` through",
            "https://relay.example.com",
        ),
        unless("none: nothing may use that"),
    ] = None
    trusted_proxies: Annotated[
        list[Network], says("networks whose X-Forwarded-For is believed", ["10.8.0.0/16"]), unless("none")
    ] = []
    admin: Annotated[
        Listener | None,
        says(
            "`/api` and `/metrics` listen there, and aren't answered where sources post; read when web starts",
            "127.0.0.1:8081",
        ),
        unless("they are answered there"),
    ] = None


class TableSettings(Settings, frozen=True, rename={"from_": "from"}):
    """A lookup for mappings."""

    file: Annotated[
        str,
        says("CSV with a head line, or a YAML list of rows, beside routes.yaml; cells are text", "tables/accounts.csv"),
    ]
    key: Annotated[OneOrMore, says("the column, or the columns, that make the key", ["entity", "fee_type"], "code")]
    from_: Annotated[
        str | None,
        says(
            "the column with the day from which a row holds, until the next row of "
            "its key; an empty cell is from the beginning",
            "valid_from",
        ),
        unless("rows hold always"),
    ] = None
