"""The request that asks a platform for a key: to the hosts that are listed, by https, and to no other."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from yarl import URL

from relay.destination import Moment, Request
from relay.errors import ExpressionError, Forged, Unsendable
from relay.hosts import Hosts
from relay.language.expression import Language
from relay.language.tree import compile_tree
from relay.money import encode_json
from relay.publishers.words import KeyWords
from relay.sendable import bounded, checked_url

_NAMES = frozenset({"vars", "key.name", "now.s", "now.ms", "nonce"})
_JSON = {"Content-Type": "application/json"}
_SOME = Moment(now_ms=0, nonce="0")


class Asking:
    """The words of a request, compiled. Raises ExpressionError."""

    def __init__(self, words: KeyWords, language: Language, hosts: Iterable[str]) -> None:
        self._method, self._hosts = words.method, hosts_of(hosts)
        self._url = language.value(words.url or "", _NAMES, "keys.url")
        where = "keys.headers"
        self._headers = {name: language.value(text, _NAMES, where) for name, text in words.headers.items()}
        self._body = None if words.body is None else compile_tree(words.body, language, _NAMES, lambda _: "keys.body")

    def request(self, names: Mapping[str, Any], moment: Moment) -> Request:
        """Raises Forged where it would go elsewhere than it may: nothing is sent then."""
        try:
            request = bounded(self.tried(names, moment), self._hosts)
            _check(checked_url(request))
        except (Unsendable, ExpressionError):
            raise Forged from None
        return request

    def tried(self, names: Mapping[str, Any], moment: Moment = _SOME) -> Request:
        """Wherever it would go. Raises ExpressionError."""
        seen = {**names, "now": {"s": moment.now_ms // 1000, "ms": moment.now_ms}, "nonce": moment.nonce}
        headers = {name: value.printed(seen) for name, value in self._headers.items()}
        body = b"" if self._body is None else encode_json(self._body.render(seen))
        headers = {**_JSON, **headers} if body else headers
        return Request(method=self._method, url=self._url.printed(seen), headers=headers, body=body)


def hosts_of(listed: Iterable[str]) -> Hosts:
    """Those written out, and those below a `*.`."""
    listed = [each.lower() for each in listed]
    named = frozenset(each for each in listed if not each.startswith("*."))
    return Hosts(named=named, below=tuple(each[1:] for each in listed if each.startswith("*.")))


def _check(url: URL) -> None:
    """By https at its own port (loopback, for tests, as it comes), without a query or a fragment: one key has one
    address. Raises Forged."""
    elsewhere = (url.scheme != "https" or url.port != 443) and not _is_loopback(url.raw_host or "")
    if elsewhere or url.raw_query_string or url.raw_fragment:
        raise Forged


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
