"""Which values of a configuration are secrets: credentials wherever they stand, and what variables brought there."""

import re
from collections.abc import Iterable, Iterator, Mapping

from relay.config.variables import Variables
from relay.destination import Destination
from relay.language.expression import Value
from relay.masking import Mask
from relay.source import Source

_SECRET_PLACES = frozenset({"secret", "auth", "sign", "headers"})
_CREDENTIAL = re.compile(r"AUTHORIZATION|COOKIE|SECRET|TOKEN|PASSW|API-?KEY|CREDENTIAL", re.IGNORECASE)
_SECRET_VAR = re.compile(
    r"(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PWD|(^|_)(PW|PASS)|API_?KEY|CREDENTIAL)$", re.IGNORECASE
)
_SECRET_NAME = re.compile(
    r"SECRET|TOKEN|PASSW|PASSPHRASE|PWD|(^|_)(PW|PASS)$|KEY(?!_?(FIELD|NAME))|CREDENTIAL|^file:", re.IGNORECASE
)


def mask_of(sources: Iterable[Source], destinations: Iterable[Destination], variables: Variables) -> Mask:
    """Hides them all. A variable in another place, a host or a port, counts if its name says that it is a secret."""
    return Mask({*_configured(sources, destinations), *brought(variables)})


def _configured(sources: Iterable[Source], destinations: Iterable[Destination]) -> Iterator[str]:
    for source in sources:
        yield from source.secrets
        yield from (value for name, value in source.vars.items() if _SECRET_NAME.search(name))
    for destination in destinations:
        yield from destination.auth.secrets()
        if destination.identity and destination.identity.key:
            yield destination.identity.key
        yield from _written(destination.headers)
        yield from (str(value) for name, value in destination.vars.items() if _SECRET_VAR.search(name))
        if destination.sign:
            yield destination.sign.secret


def _written(headers: Mapping[str, Value]) -> Iterator[str]:
    """Credentials that stand in the file itself, whole and without the scheme before them."""
    for name, value in headers.items():
        if value.constant and _CREDENTIAL.search(name):
            written = value.printed({})
            yield written
            yield written.partition(" ")[2]


def brought(variables: Variables) -> Iterator[str]:
    """The values of variables that are secrets."""
    for path, values in variables.values.items():
        for name, value in values:
            if _SECRET_NAME.search(name) or not _SECRET_PLACES.isdisjoint(map(str, path)):
                yield value
