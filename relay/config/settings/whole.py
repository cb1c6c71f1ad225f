"""routes.yaml as a whole."""

from typing import Annotated, Literal

from relay.config.settings.destinations import DestinationSettings
from relay.config.settings.parts import OneOrMore, Settings
from relay.config.settings.routes import RouteSettings
from relay.config.settings.sources import SourceSettings
from relay.config.settings.tests import TestSettings
from relay.config.settings.top import DefaultSettings, ServerSettings, TableSettings
from relay.described import says, unless


class FileSettings(Settings, frozen=True):
    """What stands at the top of the file. Beside it there are keys that begin with `x-`, which nothing reads."""

    version: Annotated[Literal[1], says("the form of this file", 1)]
    include: Annotated[
        OneOrMore | None,
        says(
            "further files with sources, destinations, tables, routes and tests: a glob below this file's folder, or a "
            "list; they are read in the order of their names",
            "routes.d/*.yaml",
        ),
        unless("none"),
    ] = None
    defaults: Annotated[DefaultSettings | None, says("what holds for all sources", {"timezone": "Asia/Shanghai"})] = (
        None
    )
    server: Annotated[
        ServerSettings | None, says("where this relay is, and behind whom", {"public_url": "https://relay.example.com"})
    ] = None
    sources: Annotated[
        dict[str, SourceSettings] | None,
        says(
            "who may send, by name: `expenses` is posted to at `/in/expenses`",
            {"expenses": {"verify": "standard-webhooks", "secret": "${EXPENSES_SECRET}"}},
        ),
        unless("nobody"),
    ] = None
    destinations: Annotated[
        dict[str, DestinationSettings] | None,
        says("where requests go, by name", {"erp": {"url": "https://erp.example.com/api/vouchers"}}),
        unless("nowhere"),
    ] = None
    tables: Annotated[
        dict[str, TableSettings] | None,
        says("lookups for mappings, by name", {"accounts": {"file": "tables/accounts.csv", "key": "fee_type"}}),
        unless("none"),
    ] = None
    routes: Annotated[
        list[RouteSettings] | None,
        says(
            "which events go where, and with what request",
            [{"name": "to-archive", "from": "expenses", "to": "archive"}],
        ),
        unless("none"),
    ] = None
    tests: Annotated[
        list[TestSettings] | None,
        says(
            "example events and what must become of them; `relay check` runs them",
            [{"name": "a report is archived", "source": "expenses", "body": {"id": "e1"}, "takes": ["to-archive"]}],
        ),
        unless("none"),
    ] = None
