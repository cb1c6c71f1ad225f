"""`relay emulate`: plays an ERP or OA over real HTTP, to try a route before its team gives access."""

import argparse
import asyncio
import signal
from decimal import Decimal, InvalidOperation

from relay import destinations
from relay.cli.options import Commands, WrongUsage, port_number
from relay.cli.printing import print_json
from relay.destinations.example import SOURCE, filled, part
from relay.emulators import emulator, names
from relay.emulators.stage.emulator import Emulator
from relay.emulators.stage.knobs import Knob, Knobs
from relay.emulators.stage.serving import serving
from relay.errors import RelayError, reason_of
from relay.texts import _

STOPS = (signal.SIGINT, signal.SIGTERM)


def add(commands: Commands) -> None:
    emulate = commands.add_parser(
        "emulate", help=_("play an ERP or OA over HTTP, to try a route before there is access")
    )
    emulate.add_argument("name", nargs="?", metavar="NAME", help=_("which; without it they are listed"))
    emulate.add_argument("--host", default="127.0.0.1", metavar="HOST", help=_("where it listens (127.0.0.1)"))
    emulate.add_argument("--port", type=port_number, default="0", metavar="N", help=_("a free one unless set"))
    emulate.add_argument(
        "--knob",
        action="append",
        default=[],
        metavar="KNOB=SHARE",
        help=_("what goes wrong how often: {knobs}", knobs=", ".join(Knob)),
    )
    emulate.add_argument("--json", action="store_true", help=_("without NAME: the list as JSON"))
    emulate.add_argument("--seed", type=int, default=1, metavar="N", help=_("the same seed, the same run (1)"))
    emulate.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Plays until SIGINT or SIGTERM. Raises RelayError for an unknown name or knob."""
    if args.name is None:
        return _listed(args.json)
    played = emulator(args.name, Knobs(dict(map(_share, args.knob)), args.seed))
    try:
        asyncio.run(_play(args.name, played, args.host, int(args.port)))
    except OSError as error:
        raise RelayError(
            _("can't listen on {host}:{port}: {reason}", host=args.host, port=args.port, reason=reason_of(error)),
            "--port",
            _("choose another"),
        ) from None
    return 0


def _listed(as_json: bool) -> int:
    titles = {name: emulator(name).title for name in names()}
    if as_json:
        print_json([{"name": name, "title": title} for name, title in titles.items()])
    else:
        print("\n".join(f"{name:<20}{title}" for name, title in titles.items()))
    return 0


def _share(text: str) -> tuple[str, Decimal]:
    name, share = text.partition("=")[::2]
    try:
        return name, Decimal(share)
    except InvalidOperation:
        raise WrongUsage(
            _("{text} is no knob", text=repr(text[:60])), "--knob", _("write one such as drop_after_commit=0.1")
        ) from None


async def _play(name: str, played: Emulator, host: str, port: int) -> None:
    stopped = asyncio.Event()
    for each in STOPS:
        asyncio.get_running_loop().add_signal_handler(each, stopped.set)
    async with serving(played, host, port) as url:
        print(_("{title} at {url}; its books at {url}/_emulator/books; Ctrl-C ends it", title=played.title, url=url))
        print("\n".join([*_account(played), *_pasted(name, played, url)]), flush=True)
        await stopped.wait()


def _account(played: Emulator) -> list[str]:
    return [f"  {name}: {value}" for name, value in played.shown().items()]


def _pasted(name: str, played: Emulator, url: str) -> list[str]:
    """What a file says to reach it by the preset of its name, between empty lines."""
    if name not in destinations.names():
        return []
    example = filled(destinations.preset(name).example, {"URL": url, **played.shown()})
    return [f"to paste into a routes.yaml with a source `{SOURCE}`", "", part(example, name)]
