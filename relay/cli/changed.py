"""What another configuration changes, as it is printed."""

from collections.abc import Sequence

from relay.cli.printing import Tone, Toned, print_line
from relay.differing import Change
from relay.texts import _

_TONES = {"-": Tone.BAD, "+": Tone.GOOD}


def print_changes(changes: Sequence[Change]) -> None:
    """Section by section."""
    for section in dict.fromkeys(each.section for each in changes):
        print_line(Toned(section, Tone.TITLE))
        for change in (each for each in changes if each.section == section):
            print_line(f"  {change.words}")
            for line in change.lines:
                print_line("      ", Toned(line, _TONES.get(line[:1])))
    if not changes:
        print_line(_("nothing changes"))
