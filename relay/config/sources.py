"""The `sources:` of routes.yaml into what runs."""

from collections.abc import Mapping
from typing import Any

import msgspec

from relay.config.beside import ADDRESSLESS, Beside
from relay.config.document import Path
from relay.config.loading import Loading, items
from relay.config.publishing import publisher_of
from relay.config.schemas import schema_of
from relay.config.settings import CallbackSettings, DefaultSettings, SourceSettings
from relay.duration import parse_duration_ms
from relay.errors import RelayError
from relay.route import OWN_SOURCE
from relay.signature import Scheme
from relay.signatures import catalogue
from relay.signatures.record import Record
from relay.signatures.vocabulary import Vocabulary
from relay.source import Callback, Source
from relay.texts import _

MAX_BODY = 1 << 20


class Declared(msgspec.Struct, frozen=True):
    """What a source may name."""

    routes: Mapping[str, Any]
    destinations: Mapping[str, Any]


def source_of(
    name: str, settings: SourceSettings, defaults: DefaultSettings, declared: Declared, loading: Loading
) -> Source | None:
    """None where faults were added."""
    path: Path = ("sources", name)
    scheme = scheme_of(settings.verify, loading, (*path, "verify"))
    if name == OWN_SOURCE:
        loading.fault(
            path,
            _("{own_source} is the built-in source of alerts", own_source=repr(OWN_SOURCE)),
            _("take another name"),
            key=True,
        )
    callback = _callback(settings.callback, declared, loading, (*path, "callback"))
    if scheme is None:
        return None
    limit = settings.max_body or defaults.max_body
    record = _record(settings.verify)
    beside = Beside(settings, record, loading, path)
    beside.check_vars(scheme)
    if scheme.signs_url and not settings.public_url and not loading.knows_address:
        loading.fault((*path, "verify"), _(ADDRESSLESS), _("add public_url: https://… here, or below server:"))
    handshakes = beside.handshakes()
    schemes = [scheme, *(each.scheme for each in handshakes if each.scheme)]
    return Source(
        name=name,
        scheme=scheme,
        publisher=publisher_of(record, beside.vars, loading, path),
        secrets=_secrets(settings, scheme, loading, path),
        type=beside.text("type"),
        id=beside.text("id"),
        on_differs=settings.on_differs or ("hold" if settings.id else scheme.on_differs),
        dedupe_ms=settings.dedupe.ms if settings.dedupe else parse_duration_ms(record.dedupe),
        rate=settings.rate.per_second if settings.rate else None,
        allow=_allowed(settings, scheme, loading, path),
        max_body=limit.bytes if limit else MAX_BODY,
        address=_address(name, settings.public_url, schemes, loading, path),
        vars=beside.vars,
        opening=beside.opening(),
        split=beside.text("split"),
        handshakes=handshakes,
        ack=beside.ack(),
        refused=beside.refused(),
        callback=callback,
        hidden=scheme.hidden,
        schema=schema_of(settings.schema, loading, (*path, "schema")),
    )


def scheme_of(verify: str | Vocabulary | list[Vocabulary], loading: Loading, path: Path) -> Scheme | None:
    """The scheme of that name, or the one that is spelled out."""
    try:
        return catalogue.load(verify) if isinstance(verify, str) else catalogue.spelled(verify)
    except RelayError as error:
        loading.caught(path, error)
        return None


def _record(verify: str | Vocabulary | list[Vocabulary]) -> Record:
    return catalogue.record(verify) if isinstance(verify, str) else Record(verify=verify)


def checked_secret(secret: str, scheme: Scheme, loading: Loading, path: Path, *, signs: bool = False) -> None:
    """A fault on a secret that the scheme can't use, unless it is missing and that was said."""
    if loading.variables.failed(path):
        return
    try:
        scheme.check_secret(secret, signs=signs)
    except RelayError as error:
        loading.caught(path, RelayError(error.what, "", error.remedy))


def _secrets(settings: SourceSettings, scheme: Scheme, loading: Loading, path: Path) -> tuple[str, ...]:
    secrets = items(settings.secret, (*path, "secret"))
    for at, secret in secrets:
        checked_secret(secret, scheme, loading, at)
    if not secrets and scheme.needs_secret:
        remedy = _("add secret: ${NAME}, and set NAME in the environment or in .env")
        loading.fault(path, _("the key 'secret' is missing here"), remedy, key=True)
    return tuple(secret for _at, secret in secrets)


def _allowed(settings: SourceSettings, scheme: Scheme, loading: Loading, path: Path) -> tuple[Any, ...]:
    if scheme.open and not settings.allow:
        what = _("'verify: none' takes events from anybody")
        loading.fault((*path, "verify"), what, _("say which networks may send: allow: [10.0.0.0/8]"))
    return tuple(each.network for each in settings.allow)


def _address(name: str, url: str | None, schemes: list[Scheme], loading: Loading, path: Path) -> str | None:
    """The public address, for schemes that sign it. Never what the sender's Host says: anybody can say anything."""
    if url is not None and not url.startswith(("https://", "http://")):
        remedy = _("write it whole, as the sender has it: https://…/in/NAME")
        loading.fault((*path, "public_url"), _("'public_url' is no address"), remedy)
    if not any(each.signs_url for each in schemes):
        return None
    if url is None and loading.public_url:
        return f"{loading.public_url}/in/{name}"
    return url and url.partition("?")[0]


def _callback(said: str | CallbackSettings | None, declared: Declared, loading: Loading, path: Path) -> Callback | None:
    if said is None or said == "none":
        return None
    settings = CallbackSettings(to=said) if isinstance(said, str) else said
    loading.known(path if isinstance(said, str) else (*path, "to"), "destination", settings.to, declared.destinations)
    for number, route in enumerate(settings.routes or ()):
        loading.known((*path, "routes", number), "route", route, declared.routes)
    routes = None if settings.routes is None else frozenset(settings.routes)
    return Callback(to=settings.to, on=frozenset(settings.on), routes=routes)
