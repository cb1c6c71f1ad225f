"""`relay pause`: holds a lane; what comes waits, what is under way ends."""

from relay.cli.lanes import add_command
from relay.cli.options import Commands
from relay.texts import _


def add(commands: Commands) -> None:
    add_command(commands, "pause", _("hold a destination's lane: what comes waits"))
