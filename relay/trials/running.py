"""Runs the tests of a configuration, each by itself. Pure."""

from collections.abc import Iterable, Sequence

from relay.configuration import Config
from relay.errors import Forged, RelayError
from relay.rehearsal import Rehearsed, rehearse
from relay.texts import _
from relay.trial import Written
from relay.trials.answers import Answers
from relay.trials.arriving import received_of
from relay.trials.books import Books
from relay.trials.failing import Failed, Findings
from relay.trials.judging import judge
from relay.trials.playing import Play, Scene


def run_tests(config: Config, only: str = "") -> list[Failed]:
    """What fails, in the order of the file; nothing where all is as they say. `only`: those whose names hold this."""
    chosen = [written for written in config.tests if only in written.trial.name]
    return [failed for written in chosen for failed in _run(written, config)]


def _run(written: Written, config: Config) -> Iterable[Failed]:
    findings = Findings(written, config.mask)
    if rehearsed := _rehearsed(written, config, findings):
        try:
            _play(written, config, rehearsed, findings)
        except RelayError as error:  # what can't be written as JSON, say
            findings.fail((), error.what, error.remedy)
    return findings.failed


def _play(written: Written, config: Config, rehearsed: Sequence[Rehearsed], findings: Findings) -> None:
    """Raises RelayError."""
    trial = written.trial
    scene = Scene(
        config=config,
        documents=trial.documents,
        answers=Answers(trial.answers),
        books=Books(trial.booked, written.at_ms),
        went=[],
    )
    plays = [Play(scene, each) for each in rehearsed]
    for play in plays:
        play.run()
    judge(trial, plays, scene.went, scene.answers, findings)


def _rehearsed(written: Written, config: Config, findings: Findings) -> list[Rehearsed]:
    """None, with what is wrong, where its request makes no event."""
    trial = written.trial
    try:
        received = received_of(trial, config.sources[trial.source])
        found = rehearse(config, trial.source, received, trial.documents, written.at_ms)
    except Forged:
        remedy = _("write it as it is once it is opened")
        findings.fail(("body",), _("what is sealed in its body can't be opened"), remedy)
    except RelayError as error:
        what = _("{source} doesn't take it: {why}", source=repr(trial.source), why=error.what)
        findings.fail(("body",), what, error.remedy)
    else:
        if not found:
            findings.fail((), _("its request is a handshake, and makes no event"))
        return found
    return []
