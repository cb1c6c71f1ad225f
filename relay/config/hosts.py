"""Which hosts the addresses of a destination may have: an address whose host comes from the payload needs `hosts:`."""

import re
from collections.abc import Iterable

from relay.config.document import Path
from relay.config.kinds import HostName
from relay.config.loading import SENT, Loading
from relay.errors import RelayError
from relay.hosts import Hosts
from relay.language.expression import Language, Value
from relay.texts import N_, _

# Up to the first slash, question mark or hash that isn't inside braces: what decides the host.
_FIRST = re.compile(r"(?:https?://)?(?:\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|[^/?#])*", re.DOTALL | re.IGNORECASE)
_HOST = re.compile(r"https?://(\[[^\]]*\]|[^/?#:@\[\]\\]*)(?::[0-9]*)?(?=[/?#]|$)", re.IGNORECASE)


def hosts_of(said: list[HostName], addresses: Iterable[Value], place: Path, loading: Loading) -> Hosts | None:
    """None where each address has a host of its own and none are listed; a fault where one hasn't. `place`: of the
    destination."""
    found = {address: _host(address, loading.language) for address in addresses}
    if None not in found.values() and not said:
        return None
    if not said:
        rendered = next(address for address, host in found.items() if host is None)
        error = RelayError(_(_WHAT), rendered.where, _("list what is allowed: hosts: [erp.example.com]"))
        loading.caught(place, error)
        return None
    named = {host for host in found.values() if host} | {each.name for each in said if not each.covers}
    return Hosts(named=frozenset(named), below=tuple(f".{each.name}" for each in said if each.covers))


_WHAT = N_("the host of this address comes from the payload")


def _host(address: Value, language: Language) -> str | None:
    """The host that an address always has, empty where none can be read; None where it depends on more than vars."""
    first = _FIRST.match(address.source)
    try:
        decides = language.value(first[0] if first else "", SENT)
    except RelayError:
        return None
    if not decides.constant:
        return None
    host = _HOST.match(str(decides.evaluate({})))
    return host[1].strip("[]").lower() if host else ""
