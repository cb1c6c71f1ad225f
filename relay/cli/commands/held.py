"""`relay held`: what waits for a person, by destination and reason."""

from relay.cli.options import Commands
from relay.cli.reasons import add_command
from relay.texts import _


def add(commands: Commands) -> None:
    add_command(commands, "held", _("what waits for a person, by destination and reason"))
