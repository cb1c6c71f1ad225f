"""How a test fails: at the place in routes.yaml where it says otherwise, with what it says against what is. Pure."""

from collections.abc import Iterable, Sequence

from relay.errors import Fault
from relay.masking import Mask
from relay.texts import _
from relay.trial import Path, Spot, Written
from relay.trials.comparing import Difference


class Failed(Fault):
    """One thing in which a test fails. `test`: its name."""

    def __init__(self, spot: Spot, test: str, what: str, remedy: str, diff: Sequence[str]) -> None:
        super().__init__(*spot, _("test {name}: {what}", name=repr(test), what=what), remedy)
        self.test, self.diff = test, tuple(diff)


class Findings:
    """What one test comes to. `mask` hides secrets in what is shown."""

    def __init__(self, written: Written, mask: Mask) -> None:
        self._written, self._mask = written, mask
        self.trial = written.trial
        self.failed: list[Failed] = []

    def fail(self, at: Path, what: str, remedy: str = "", diff: Iterable[str] = ()) -> None:
        """`at`: where the test says it; `diff`: lines."""
        shown = [self._mask.text(line) for line in diff]
        spot, said = self._written.spot(at), (self._mask.text(what), self._mask.text(remedy))
        failed = Failed(spot, self.trial.name, *said, shown)
        failed.excerpt = self._written.excerpt(spot)
        self.failed.append(failed)

    def differ(self, at: Path, what: str, found: Sequence[Difference]) -> None:
        """The same at the first of the parts that differ, if any does."""
        if found:
            lines = [line for difference in found for line in difference.lines()]
            self.fail((*at, *found[0].at), what, diff=lines)
