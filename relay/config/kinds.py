"""The kinds of text that settings take, read into values: durations, sizes, rates, networks, time
zones, charsets, hosts."""

import re
import zoneinfo
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from relay.charset import codec_of
from relay.duration import parse_duration_ms
from relay.errors import RelayError
from relay.size import parse_size
from relay.texts import _

_LABEL = re.compile(r"[^\W_](?:[\w-]{0,61}[^\W_])?")
RATE = re.compile(r"([0-9]{1,9})/(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class Duration:
    """A whole number and a unit: 500ms, 30s, 5m, 12h, 30d."""

    def __init__(self, text: str) -> None:
        self.ms = parse_duration_ms(text)


class Size:
    """A whole number and a unit: 64KiB, 1MiB; without a unit, bytes."""

    def __init__(self, text: str) -> None:
        self.bytes = parse_size(text)


class Rate:
    """How many in a second, a minute or an hour: 200/s, 10/m, 100/h."""

    def __init__(self, text: str) -> None:
        match = RATE.fullmatch(text)
        if match is None or int(match[1]) == 0:
            what = _("{text} is no rate: write a whole number and /s, /m or /h, such as 10/s", text=repr(text[:40]))
            raise ValueError(what)
        self.per_second = int(match[1]) / _SECONDS[match[2]]


class Network:
    """An address or a network: 10.0.0.0/8, 2001:db8::/32, 192.0.2.7."""

    def __init__(self, text: str) -> None:
        try:
            self.network: IPv4Network | IPv6Network = ip_network(text)
        except ValueError:
            what = _("{text} is no network: write one such as 10.0.0.0/8, no bits set behind /", text=repr(text[:60]))
            raise ValueError(what) from None


class Listener:
    """An address to listen on, as numbers, and a port: 127.0.0.1:8081, [::1]:8081."""

    def __init__(self, text: str) -> None:
        host, port = text.rpartition(":")[::2]
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        try:
            self.host, self.port = str(ip_address(bare)), int(port) if port.isdecimal() else 0
        except ValueError:
            self.host, self.port = "", 0
        if not self.host or not 1 <= self.port <= 65_535 or (":" in self.host) is not host.startswith("["):
            what = _("{text} is no address to listen on: write one such as 127.0.0.1:8081", text=repr(text[:60]))
            raise ValueError(what)


class Zone:
    """A time zone by its name in the IANA database: Asia/Shanghai."""

    def __init__(self, text: str) -> None:
        try:
            self.name = zoneinfo.ZoneInfo(text).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            what = _("{text} is no time zone: write one such as Asia/Shanghai or UTC", text=repr(text[:60]))
            raise ValueError(what) from None


class Charset:
    """A charset by its name: GBK, Big5, UTF-8."""

    def __init__(self, text: str) -> None:
        try:
            codec_of(text)
        except RelayError as error:
            raise ValueError(f"{error.what}: {error.remedy}") from None
        self.name = text


class HostName:
    """A host, or all below a domain: erp.example.com, *.example.com, 10.0.0.8."""

    def __init__(self, text: str) -> None:
        name = text.removeprefix("*.").lower()
        self.covers = text.startswith("*.")
        if not _is_host(name) or (self.covers and "." not in name):
            what = _("{text} is no host: write one such as erp.example.com or *.example.com", text=repr(text[:60]))
            raise ValueError(what)
        self.name = name.encode("idna").decode() if not name.isascii() else name


def _is_host(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return all(_LABEL.fullmatch(label) for label in name.split("."))
    return True


_KINDS: dict[type, Callable[[str], Any]] = {
    kind: kind for kind in (Duration, Size, Rate, Network, Listener, Zone, Charset, HostName)
}


def decoded(kind: type, value: Any) -> Any:
    """msgspec's hook. Raises ValueError, which says what would be right."""
    if not isinstance(value, str):
        example = (kind.__doc__ or "").partition(": ")[2]
        what = _("a text is expected: write one such as {example}", example=example.rstrip("."))
        raise ValueError(what)  # noqa: TRY004 - msgspec's
    return _KINDS[kind](value)
