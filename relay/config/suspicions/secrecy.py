"""Secrets that stand where others read them."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from relay.config.document import Path
from relay.config.excerpts import in_addresses
from relay.config.suspicions.seen import Seen, Suspicion, Suspicions, texts
from relay.texts import _

_CREDENTIAL = re.compile(r"AUTHORIZATION|COOKIE|SECRET|TOKEN|PASSW|API-?KEY", re.IGNORECASE)
_SECRET = re.compile(r"(SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PWD|API_?KEY|PRIVATE_?KEY)$", re.IGNORECASE)
_WITHIN = (".local", ".internal", ".lan", ".intranet", ".corp", ".home", ".svc", ".localhost", ".test", ".example")


def secrets_in_the_file(seen: Seen) -> Suspicions:
    """What stands in routes.yaml is read by whoever reads its history."""
    for path, text in _secrets(seen):
        if text and "${" not in text and "{{" not in text:
            what = _("a secret is written in the file")
            remedy = _("write {variable}, and its value into .env or the environment", variable=_variable(path))
            yield Suspicion(path, what, remedy)
    for path, url in _addresses(seen):
        if in_addresses(url):
            what = _("a secret is written in this address")
            remedy = _(
                "write {variable} in its place, and its value into .env", variable=_variable((*path[:-1], "secret"))
            )
            yield Suspicion(path, what, remedy)


def _addresses(seen: Seen) -> Iterator[tuple[Path, str]]:
    for name, destination in (seen.loading.variables.written.get("destinations") or {}).items():
        yield from ((path, text) for path, text in texts(destination, ("destinations", name)) if "://" in text)


def _variable(path: Path) -> str:
    """Such as ${ERP_PASSWORD}, from where it stands."""
    words = [
        str(step) for step in path[1:] if isinstance(step, str) and step not in ("auth", "vars", "headers", "sign")
    ]
    return f"${{{re.sub('[^A-Z0-9]+', '_', '_'.join(words).upper())}}}"


def _secrets(seen: Seen) -> Iterator[tuple[Path, str]]:
    for name, source in (seen.loading.variables.written.get("sources") or {}).items():
        yield from _under(source, ("sources", name))
    for name, destination in (seen.loading.variables.written.get("destinations") or {}).items():
        path: Path = ("destinations", name)
        for key in ("auth", "sign", "vars"):
            yield from _under(destination.get(key), (*path, key))
        headers = destination.get("headers") or {}
        yield from (((*path, "headers", of), value) for of, value in headers.items() if _CREDENTIAL.search(of))


def _under(tree: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """The texts under a key that is a secret's."""
    for place, text in texts(tree, path):
        if _SECRET.search(next(step for step in reversed(place) if isinstance(step, str))):
            yield place, text


def plain_http(seen: Seen) -> Suspicions:
    for name, over in seen.overs.items():
        url = seen.made.destinations[name].url
        written = url.printed({}) if url.constant else url.source
        host = _host(written)
        if written.startswith("http://") and host and not _is_within(host):
            what = _("{host} is asked without TLS: whoever is on the way reads and changes what is sent", host=host)
            yield Suspicion(over.place(("url",)), what, _("write https://"))


def _host(url: str) -> str:
    """Nothing where an expression chooses it."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return "" if "{" in host else host


def _is_within(host: str) -> bool:
    """A name without a dot is one of this network, as of a container."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_WITHIN)
