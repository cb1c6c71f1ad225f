"""Loads routes.yaml: read, fill in variables, convert, compile. Either all of it holds, or every fault is told."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from relay.bundle import Bundle
from relay.config.destinations import destination_of
from relay.config.document import MOST_BYTES, Document, read
from relay.config.fetches import Askable, fetches_of
from relay.config.files import Files, Folder, Packed
from relay.config.including import include
from relay.config.loading import Loading
from relay.config.masking import brought, mask_of
from relay.config.outlining import Made, outline_of
from relay.config.overlay import overlay
from relay.config.placeholders import Placeholders
from relay.config.places import Faults
from relay.config.reserved import without_reserved
from relay.config.routes import Around, names_of, routes_of
from relay.config.settings import (
    DefaultSettings,
    DestinationSettings,
    LookupSettings,
    RetentionSettings,
    ServerSettings,
    SourceSettings,
)
from relay.config.settings.whole import FileSettings
from relay.config.sources import Declared, source_of
from relay.config.suspicions import suspect
from relay.config.tables import tables_of
from relay.config.trials import trials_of
from relay.config.variables import Variables
from relay.configuration import Config
from relay.destination import Destination
from relay.dotenv import read_env
from relay.errors import ConfigError, Fault, reason_of
from relay.language.dates import zone
from relay.language.expression import Language
from relay.masking import Mask
from relay.nearest import nearest
from relay.retention import FOR_EVER, Retention
from relay.route import Router
from relay.source import Source
from relay.texts import _

_DEMANDS = {"lookup": {field.name: "" for field in msgspec.structs.fields(LookupSettings) if field.required}}
SECTIONS = FileSettings.__struct_encode_fields__


def load(path: Path, env: Mapping[str, str], *, placeholders: bool = False) -> Config:
    """The configuration in a file, with `env` before the .env beside it. Raises ConfigError with all faults found.
    `placeholders`: something that suits the place stands in for each variable that isn't set."""
    files = Files(Folder(path.parent))
    try:
        return _loaded(_Where(path, path.name, _data(path), files), env, placeholders=placeholders)
    except ConfigError as error:
        error.beside, error.patterns = files.asked, files.patterns
        raise


def load_bundle(bundle: Bundle, env: Mapping[str, str], path: Path, *, placeholders: bool = False) -> Config:
    """The configuration in a bundle. `path`: this host's own routes.yaml, whether it is there or not: the .env beside
    it and what `${file:…}` names are read as for that. Its version is the bundle's, whatever is read of that. Raises
    ConfigError with all faults found."""
    where = _Where(path, bundle.name, bundle.main, Files(Packed(bundle)))
    config = _loaded(where, env, placeholders=placeholders)
    return msgspec.structs.replace(config, bundle=bundle, version=bundle.version)


def standing_in(bundle: Bundle, env: Mapping[str, str], path: Path) -> dict[str, str]:
    """What stands in for each variable that isn't set, by its name. Raises ConfigError as `load_bundle` does."""
    placeholders, where = Placeholders(), _Where(path, bundle.name, bundle.main, Files(Packed(bundle)))
    placeholders.until(lambda tried: _once(where, env, tried))
    return placeholders.chosen


class _Where(NamedTuple):
    """What is loaded: `path`, the file on this host; its name in faults; its content; and the files beside it."""

    path: Path
    name: str
    data: bytes
    files: Files


def _loaded(where: _Where, env: Mapping[str, str], *, placeholders: bool) -> Config:
    if placeholders:
        return Placeholders().until(lambda standing_in: _once(where, env, standing_in))
    return _once(where, env, None)


def _once(where: _Where, env: Mapping[str, str], placeholders: Placeholders | None) -> Config:
    faults = Faults(where.name)
    try:
        document = read(where.data, faults)
    except Fault as fault:
        faults.keep(fault)
        raise faults.error() from None
    _check_top(document, faults)
    include(document, where.files, faults)
    folder = where.path.parent
    variables = Variables(document, faults, {**read_env(folder / ".env"), **env}, folder, placeholders)
    variables.expand()
    faults.mask = Mask(brought(variables)).text
    loading = Loading(document, faults, variables, where.files)
    config = _compiled(loading, where.path, where.data)
    faults.raise_any()
    return msgspec.structs.replace(config, warnings=faults.warnings)


def _data(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        remedy = _("name another by --config or RELAY_CONFIG, or make it")
        raise ConfigError(
            [Fault(str(path), 1, 1, _("the file can't be read: {reason}", reason=reason_of(error)), remedy)]
        ) from None


def _check_top(document: Document, faults: Faults) -> None:
    """Raises ConfigError where there is nothing to go on with."""
    tree = document.tree
    if not isinstance(tree, dict):
        what = _("the file is empty") if tree is None else _("the file is no mapping")
        faults.add(document.at(()), what, _("begin it with version: 1, and then sources:, destinations:, routes:"))
        raise faults.error()
    for key in without_reserved(tree, "", document, (), faults):
        if key not in SECTIONS and not key.startswith("x-"):
            faults.add(
                document.at_key((key,)), _("the key {key} isn't known here", key=repr(key[:60])), nearest(key, SECTIONS)
            )
    if "version" not in tree:
        faults.add(document.at(()), _("the key 'version' is missing here"), _("begin the file with version: 1"))
    elif type(tree["version"]) is not int or tree["version"] != 1:
        faults.add(document.at(("version",)), _("only version 1 is known"), _("write version: 1"))


def _compiled(loading: Loading, path: Path, data: bytes) -> Config:
    """A configuration that is whole only if no fault was added."""
    defaults = _part("defaults", DefaultSettings, loading) or DefaultSettings()
    server = _part("server", ServerSettings, loading) or ServerSettings()
    timezone = defaults.timezone.name if defaults.timezone else None
    loading.public_url = server.public_url.rstrip("/") if server.public_url else None
    loading.has_proxies = bool(server.trusted_proxies)
    tables = tables_of(loading, zone(timezone) if timezone else None)
    loading.language = Language(timezone, {"lookup": tables, **tables.rates()})
    said = _said(loading)
    said_sources = _said_sources(loading)
    sources = _sources(said_sources, defaults, said, loading)
    loading.language.asked.clear()  # what sources ask for is at hand on the way in
    destinations = _destinations(said, sources, loading)
    fetches = fetches_of(said_sources, Askable(said, destinations, loading), loading)
    posting = frozenset(name for name, each in destinations.items() if each.posts)
    around = Around(
        loading.parts("sources"),
        {**dict.fromkeys(loading.parts("destinations")), **said},
        posting,
        {name: frozenset(settings.fetch) for name, settings in said_sources.items()},
    )
    routes = routes_of(loading, around)
    bundle = loading.files.bundle(loading.document.file, data)
    made = Made(said=said, destinations=destinations, sources=sources, tables=tables.tables, bundle=bundle)
    if not loading.faults:
        suspect(loading, made, routes)
    return Config(
        path=path,
        bundle=bundle,
        version=bundle.version,
        patterns=loading.files.patterns,
        timezone=timezone,
        sources=sources,
        destinations=destinations,
        routes={route.name: route for route in routes},
        router=Router(routes, destinations, {name: each.schema for name, each in sources.items() if each.schema}),
        reads_whole="whole" in loading.language.asked,
        mask=mask_of(sources.values(), destinations.values(), loading.variables),
        fetches=fetches,
        public_url=loading.public_url,
        trusted_proxies=tuple(each.network for each in server.trusted_proxies),
        retention=_retention(defaults.retention),
        tests=trials_of(loading, around, timezone),
        admin=(server.admin.host, server.admin.port) if server.admin else None,
        outline=partial(outline_of, loading, made),
    )


def _retention(said: RetentionSettings | None) -> Retention:
    """Where records go, bodies go with them at the latest."""
    if said is None:
        return FOR_EVER
    records_ms = said.records.ms if said.records else None
    return Retention(bodies_ms=said.bodies.ms if said.bodies else records_ms, records_ms=records_ms)


def _part(section: str, kind: type[Any], loading: Loading) -> Any:
    tree = loading.document.tree.get(section)
    return None if tree is None else loading.settings(tree, kind, section, (section,))


def _said(loading: Loading) -> dict[str, DestinationSettings]:
    """What each destination says itself, abstract ones too; without those that have faults."""
    parts = loading.parts("destinations").items()
    said = {
        name: loading.settings(_filled(tree), DestinationSettings, "destinations", ("destinations", name))
        for name, tree in parts
    }
    return {name: settings for name, settings in said.items() if settings}


def _filled(tree: Any) -> Any:
    """With what a part must say and the preset, or what it extends, may have said: that is asked of the whole later."""
    if not isinstance(tree, dict):
        return tree
    return {key: {**_DEMANDS[key], **value} if _is_part(key, value) else value for key, value in tree.items()}


def _is_part(key: str, value: Any) -> bool:
    return key in _DEMANDS and isinstance(value, dict)


def _said_sources(loading: Loading) -> dict[str, SourceSettings]:
    """Without those that have faults."""
    parts = loading.parts("sources").items()
    said = {name: loading.settings(tree, SourceSettings, "sources", ("sources", name)) for name, tree in parts}
    return {name: settings for name, settings in said.items() if settings}


def _sources(
    of: Mapping[str, SourceSettings], defaults: DefaultSettings, said: Mapping[str, Any], loading: Loading
) -> dict[str, Source]:
    concrete = {name: None for name in loading.parts("destinations") if name not in said or not said[name].abstract}
    declared = Declared(names_of(loading.document.tree.get("routes")), concrete)
    made = {name: source_of(name, settings, defaults, declared, loading) for name, settings in of.items()}
    return {name: source for name, source in made.items() if source}


def _destinations(
    said: Mapping[str, DestinationSettings], sources: Mapping[str, Source], loading: Loading
) -> dict[str, Destination]:
    callbacks = {source.callback.to for source in sources.values() if source.callback}
    overlays = {name: overlay(name, said, loading) for name, settings in said.items()}
    concrete = {name: over for name, over in overlays.items() if over and not said[name].abstract}
    made = {name: destination_of(name, over, loading, is_callback=name in callbacks) for name, over in concrete.items()}
    return {name: destination for name, destination in made.items() if destination}
