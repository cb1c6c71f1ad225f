"""`relay dead`: what will not be tried again by itself, by destination and reason."""

from relay.cli.options import Commands
from relay.cli.reasons import add_command


def add(commands: Commands) -> None:
    add_command(commands, "dead", "what will not be tried again by itself, by destination and reason")
