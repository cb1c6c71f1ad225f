"""Which platform and which system: named by a word or a part of a title, or chosen from a list on a terminal."""

from collections.abc import Callable, Mapping

import msgspec

from relay import destinations
from relay.cli.options import WrongUsage
from relay.cli.printing import print_line
from relay.destinations import Preset
from relay.nearest import nearest
from relay.signatures import catalogue
from relay.signatures.record import Record
from relay.texts import _

SOURCE, ERP = "standard-webhooks", "rest"  # where nothing is known: the widest of the one, the plainest of the other


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """`timezone`: where the documents' times are. `callback`: whether the platform hears how its events ended."""

    source: str
    record: Record
    erp: str
    preset: Preset
    timezone: str = "UTC"
    callback: bool = False


def sources() -> dict[str, str]:
    """The platforms with their titles; without what proves nothing."""
    named = {name: catalogue.record(name).title or name for name in catalogue.names()}
    return {name: title for name, title in named.items() if not catalogue.load(name).open}


def systems() -> dict[str, str]:
    """The presets with their titles."""
    return {name: destinations.preset(name).title for name in destinations.names()}


def chosen(source: str, erp: str) -> Chosen:
    """Raises WrongUsage on a word that names none, or several."""
    platform, system = _named(source, sources(), "--source"), _named(erp, systems(), "--erp")
    record, preset = catalogue.record(platform), destinations.preset(system)
    return Chosen(source=platform, record=record, erp=system, preset=preset)


def asked(what: str, known: Mapping[str, str], default: str, ask: Callable[[str], str]) -> str:
    """What a person answers to a numbered list."""
    for number, (name, title) in enumerate(known.items(), 1):
        print_line(f"{number:>3}  {name:<22}{title}")
    said = ask(f"{what} [{default}]: ").strip() or default
    if said.isdecimal() and 1 <= int(said) <= len(known):
        return list(known)[int(said) - 1]
    return said


def _named(said: str, known: Mapping[str, str], option: str) -> str:
    if said in known:
        return said
    found = [name for name, title in known.items() if said.casefold() in f"{name} {title}".casefold()]
    if len(found) == 1:
        return found[0]
    what = _("{said} names several", said=repr(said[:40])) if found else _("there is no {said}", said=repr(said[:40]))
    remedy = nearest(said, known) or _("known are {names}", names=", ".join(found or known))
    raise WrongUsage(what, option, remedy)
