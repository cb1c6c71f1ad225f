"""The version in force as it is printed: since when and by whom, who runs another, and which files here are others."""

from collections.abc import Sequence
from typing import Any

from relay.cli.figures import local
from relay.cli.printing import Tone, Toned, print_line
from relay.texts import N_, _

HOW = {
    "start": N_("from the file of a relay that started"),
    "save": N_("from a file that was saved"),
    "apply": N_("applied by {by}"),
    "rollback": N_("gone back to by {by}"),
}
Processes = Sequence[dict[str, Any]]


def print_in_force(found: dict[str, Any]) -> None:
    """What GET /api/config answers."""
    if found["at"]:
        how = _(HOW[found["how"]], by=found["by"])
        since = _("in force since {at}, {how}", at=local(found["at"]), how=how)
        print_line(since, _(": {note}", note=found["note"]) if found["note"] else "")
    print_others([one for one in found["processes"] if one["version"] != found["version"]])
    _print_files([one for one in found["processes"] if one["version"] == found["version"]])


def _print_files(processes: Processes) -> None:
    """Once for each host: which file there is another, or was refused."""
    for host, what in dict.fromkeys((one["host"], _of_file(one)) for one in processes):
        if what:
            print_line(Toned(f"{host}: {what}", Tone.WAITS))


def _of_file(process: dict[str, Any]) -> str | None:
    if process["refused"]:
        return _("a file that was saved is refused: {fault}", fault=process["refused"].partition("\n")[0])
    differs: str | None = process["differs"]
    return differs


def print_others(others: Processes) -> None:
    """Each process that runs another version than the one in force, and why."""
    for one in others:
        told = _("{name} on {host} runs {version}", name=one["name"], host=one["host"], version=one["version"])
        print_line(Toned(told, Tone.BAD), _(": {note}", note=one["refused"]) if one["refused"] else "")
