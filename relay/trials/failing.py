"""How a test fails: at the place in routes.yaml where it says otherwise, with what it says against what is. Pure."""

from collections.abc import Iterable, Sequence

from relay.errors import Fault
from relay.masking import Mask
from relay.texts import _
from relay.trial import Path, Written
from relay.trials.comparing import Difference


class Failed(Fault):
    """One thing in which a test fails. `test`: its name. `diff`: lines that begin with - for what it says, and with +
    for what is."""

    def __init__(self, written: Written, at: Path, what: str, remedy: str, diff: Sequence[str]) -> None:
        name = written.trial.name
        super().__init__(*written.spot(at), _("test {name}: {what}", name=repr(name), what=what), remedy)
        self.test, self.diff = name, tuple(diff)


class Findings:
    """What one test comes to. `mask` hides secrets in what is shown."""

    def __init__(self, written: Written, mask: Mask) -> None:
        self._written, self._mask = written, mask
        self.trial = written.trial
        self.failed: list[Failed] = []

    def fail(self, at: Path, what: str, remedy: str = "", diff: Iterable[str] = ()) -> None:
        """`at`: where the test says it; `diff`: lines."""
        shown = [self._mask.text(line) for line in diff]
        self.failed.append(Failed(self._written, at, self._mask.text(what), self._mask.text(remedy), shown))

    def differ(self, at: Path, what: str, found: Sequence[Difference]) -> None:
        """The same at the first of the parts that differ, if any does."""
        if found:
            lines = [line for difference in found for line in difference.lines()]
            self.fail((*at, *found[0].at), what, diff=lines)
