"""`relay dead`: what will not be tried again by itself, by destination and reason."""

from relay.cli.options import Commands
from relay.cli.reasons import add_command
from relay.texts import _


def add(commands: Commands) -> None:
    add_command(commands, "dead", _("what will not be tried again by itself, by destination and reason"))
