"""Whether a rendered request can go out as it stands, so that a mapping can't write a second request into it."""

import re
from functools import lru_cache
from ipaddress import IPv4Address

import msgspec
from yarl import URL

from relay.destination import Request
from relay.errors import Unsendable
from relay.hosts import Hosts
from relay.texts import _

_METHOD = re.compile(r"[A-Z]{1,20}")
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile("[\t -~\u0080-\ud7ff\ue000-\U0010ffff]*")
_DIGITS = re.compile(r"(?:[^:]*\.)?(?:0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)  # what resolvers take for an IPv4 address
_KEPT = 1024  # names and addresses that were looked at; most destinations have one address
_OURS = frozenset({"content-length", "transfer-encoding", "connection"})


def checked_url(request: Request) -> URL:
    """The URL, byte for byte as rendered. Raises Unsendable, whose text holds neither URL nor header values."""
    if not _METHOD.fullmatch(request.method):
        raise Unsendable(_("the method isn't one"), remedy=_("write it in capitals, such as POST"))
    for name, value in request.headers.items():
        _check_header(name, value)
    return _check_url(request.url)


def bounded(request: Request, hosts: Hosts | None) -> Request:
    """The request within the hosts that its destination may choose from, all unless said. Raises Unsendable."""
    if hosts is None:
        return request
    host = checked_url(request).raw_host or ""
    if hosts.names(host):
        return request
    if hosts.covers(host):
        return msgspec.structs.replace(request, public=True)
    raise Unsendable(
        _("the host {host} isn't among the destination's hosts", host=host[:100]), remedy=_("add it if it is right")
    )


def _check_header(name: str, value: str) -> None:
    _check_name(name)
    if not _VALUE.fullmatch(value):
        raise Unsendable(
            _("the header {name} holds control characters", name=name), remedy=_("take them out of its value")
        )


@lru_cache(maxsize=_KEPT)
def _check_name(name: str) -> None:
    if not HEADER_NAME.fullmatch(name):
        raise Unsendable(_("a header's name isn't one"), remedy=_("use letters, digits and hyphens"))
    if name.lower() in _OURS:
        raise Unsendable(_("the header {name} is written by Relay", name=name), remedy=_("take it out of the request"))


@lru_cache(maxsize=_KEPT)
def _check_url(text: str) -> URL:
    if not _URL.fullmatch(text):
        raise Unsendable(
            _("the URL isn't http(s) in plain ASCII"), remedy=_("quote what is rendered into it: | urlencode")
        )
    try:
        url = URL(text, encoded=True)
        host, user = url.raw_host or "", url.raw_user or url.raw_password
        host.encode("idna")  # looking the name up does it, and fails on labels that are empty or too long
    except ValueError:
        raise Unsendable(_("the URL can't be read"), remedy=_("check its host and port")) from None
    if _DIGITS.fullmatch(host) and not _is_address(host):
        raise Unsendable(_("the URL's host is an address in an odd spelling"), remedy=_("write four numbers with dots"))
    if not host:
        raise Unsendable(_("the URL has no host"), remedy=_("check what is rendered into it"))
    if user:
        raise Unsendable(_("the URL holds a user name"), remedy=_("use auth: basic"))
    return url


def _is_address(host: str) -> bool:
    try:
        return bool(IPv4Address(host))
    except ValueError:
        return False
