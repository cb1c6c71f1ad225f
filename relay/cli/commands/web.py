"""`relay web`: one web process, for a Procfile, systemd or Kubernetes."""

import argparse

from relay.cli.listening import listening, listening_options
from relay.cli.logs import set_up
from relay.cli.options import Commands, Options, config_option, reload_option
from relay.process import keep_loaded
from relay.texts import _
from relay.web.listening import listen
from relay.web.server import make_server
from relay.wiring.web import web as wired


def add(commands: Commands) -> None:
    web = commands.add_parser("web", help=_("one web process (RELAY_REDIS_URL is needed)"))
    config_option(web)
    listening_options(web)
    reload_option(web, _("apply unless set"))
    web.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    options = Options(args)
    set_up(options, "web")
    app, admin = wired(options.process())
    sockets = [listening(options, args.fd), *([listen(*admin, shared=True)] if admin else [])]
    keep_loaded()
    make_server(app).run(sockets)
