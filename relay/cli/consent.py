"""Asks the person at the terminal before something is changed."""

from relay.cli.options import WrongUsage
from relay.texts import _

ASKED = "y", "yes", "是"


def consents(question: str, command: str, remedy: str) -> bool:
    """Whether the answer is yes. Raises WrongUsage where nobody is there to be asked."""
    try:
        said = input(f"{question} [y/N] ")
    except EOFError:
        raise WrongUsage(_("nobody is there to be asked"), command, remedy) from None
    return said.strip().lower() in ASKED
