"""`relay held`: what waits for a person, by destination and reason."""

from relay.cli.options import Commands
from relay.cli.reasons import add_command


def add(commands: Commands) -> None:
    add_command(commands, "held", "what waits for a person, by destination and reason")
