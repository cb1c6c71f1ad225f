"""The other ways in which platforms write the address that they sign."""

import re
from collections.abc import Callable

_PARTS = re.compile(r"(https?)://([^/?#]*?)(:[0-9]+)?([/?#].*)?", re.DOTALL)
_PORTS = {"http": ":80", "https": ":443"}
_KEPT_PLAIN = re.compile(r"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def with_port(url: str) -> str:
    """With the scheme's own port where it has none: Twilio signs so now and then (twilio-python, request_validator)."""
    found = _PARTS.fullmatch(url)
    if not found:
        return url
    scheme, host, port, rest = found.groups()
    return f"{scheme}://{host}{port or _PORTS[scheme]}{rest or ''}"


def without_port(url: str) -> str:
    """Without its port."""
    found = _PARTS.fullmatch(url)
    return f"{found[1]}://{found[2]}{found[4] or ''}" if found else url


def unescaped(url: str) -> str:
    """With the characters plain that HubSpot's page on validating requests lists: : / ? @ ! $ ' ( ) * , ;"""
    return _KEPT_PLAIN.sub(lambda found: chr(int(found[1], 16)), url)


FORMS: dict[str, Callable[[str], str]] = {"port": with_port, "portless": without_port, "unescaped": unescaped}
