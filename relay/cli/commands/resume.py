"""`relay resume`: lets a lane go that a person, a rule or its breaker holds."""

from relay.cli.lanes import add_command
from relay.cli.options import Commands
from relay.texts import _


def add(commands: Commands) -> None:
    add_command(commands, "resume", _("let a destination's lane go, at once"))
