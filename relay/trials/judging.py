"""What a test says must become of its event against what became of it. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from relay.delivery import State
from relay.plain import text
from relay.texts import _
from relay.trial import Played, Trial
from relay.trials.answers import Answers, Said
from relay.trials.comparing import MISSING, Difference, differences
from relay.trials.failing import Findings
from relay.trials.playing import Going, Play
from relay.trials.sending import Matched, fits, matched


def judge(trial: Trial, plays: Sequence[Play], went: Sequence[Going], answers: Answers, findings: Findings) -> None:
    """Adds what isn't so. What an answer comes to is told where all before it is as it should be."""
    _check_event(trial, plays, findings)
    _check_takes(trial, plays, findings)
    named = _check_sends(trial, went, findings)
    _check_deaths([going for going in went if going not in named], findings)
    if not findings.failed:
        _check_answers(trial, answers, findings)


def _check_event(trial: Trial, plays: Sequence[Play], findings: Findings) -> None:
    events = [play.rehearsed.event for play in plays]
    for key, said, got in (
        ("type", trial.type, [event.type for event in events]),
        ("id", trial.id, [event.external_id for event in events]),
    ):
        if said is None:
            continue
        listed = [text(each) for each in said] if isinstance(said, list) else [text(said)] * len(got)
        alone = not isinstance(said, list) and len(got) == 1
        found = differences(listed[0], got[0], (key,)) if alone else differences(listed, got, (key,))
        findings.differ((), _("its event has another {key}", key=key), list(found))


def _check_takes(trial: Trial, plays: Sequence[Play], findings: Findings) -> None:
    got = dict.fromkeys(route for play in plays for route in play.routes)
    if trial.takes is None or set(trial.takes) == set(got):
        return
    lines = [f"- takes: {name}{_why(name, plays)}" for name in dict.fromkeys(trial.takes) if name not in got]
    lines += [f"+ takes: {name}{_why(name, plays)}" for name in got if name not in trial.takes]
    waits = next((play.rehearsed.waits_for for play in plays if play.rehearsed.waits_for), None)
    remedy = _("no route is asked before {name} is read: add it under documents:", name=repr(waits)) if waits else ""
    findings.fail(("takes",), _("it takes other routes"), remedy, lines)


def _why(name: str, plays: Sequence[Play]) -> str:
    """What decided that a route is taken or not."""
    found = (route.why for play in plays for route in play.rehearsed.routes if route.name == name)
    why = next(found, "")
    return f" ({why})" if why else ""


def _check_sends(trial: Trial, went: Sequence[Going], findings: Findings) -> list[Going]:
    """Those that the test names, or may have meant."""
    if trial.sends == []:
        lines = [f"+ sends: {going.draft.lane} ({going.draft.route})" for going in went if _goes(going)]
        if lines:
            findings.fail(("sends",), _("nothing must be sent"), diff=lines)
    found = matched(trial.sends or (), went)
    for each in found:
        _check_sent(each, went, findings)
    return [each.going for each in found if each.going]


def _goes(going: Going) -> bool:
    return going.state is State.PENDING and not going.reads


def _check_sent(found: Matched, went: Sequence[Going], findings: Findings) -> None:
    trial, at = findings.trial, ("sends", found.number)
    lane = (trial.sends or [])[found.number].to
    if found.going is None:
        lanes = ", ".join(dict.fromkeys(going.draft.lane for going in went if _goes(going)))
        remedy = _("what is sent goes to {lanes}", lanes=lanes) if lanes else _("nothing is sent at all")
        return findings.fail((*at, "to"), _("nothing more is sent to {lane}", lane=lane), remedy)
    return findings.differ(at, _("what is sent to {lane} isn't so", lane=lane), found.differences)


def _check_deaths(unnamed: Sequence[Going], findings: Findings) -> None:
    for going in unnamed:
        if going.state is State.DEAD:
            code, _colon, why = (going.reason or "").partition(": ")
            what = _("its delivery to {lane} is dead, {code}: {why}", lane=going.draft.lane, code=code, why=why)
            said = f"sends: [{{to: {going.draft.lane}, dead: {code}}}]"
            findings.fail((), what, _("mend it, or say {said} where that is meant", said=said))


def _check_answers(trial: Trial, answers: Answers, findings: Findings) -> None:
    for said in answers.said:
        played = trial.answers[said.number]
        what = _("what {lane} answers means something else", lane=played.to)
        findings.differ(("answers", said.number), what, list(_misses(played, said)))
    for number in answers.unasked:
        what = _("no request to {lane} is left for this answer", lane=trial.answers[number].to)
        findings.fail(("answers", number), what, _("take it out, or give the answers before it"))


def _misses(played: Played, said: Said) -> Iterator[Difference]:
    verdict = said.verdict
    got: dict[str, Any] = {"state": str(said.state) if said.state else None}
    if verdict:
        got |= {"outcome": str(verdict.outcome), "document": verdict.document}
    for key in ("outcome", "document", "state"):
        wanted = getattr(played, key)
        if wanted is not None:
            there = got.get(key)
            yield from differences(str(wanted), MISSING if there is None else there, (key,))
    if played.reason is not None and not fits(played.reason, said.reason):
        yield Difference(("reason",), played.reason, said.reason or MISSING)
    yield from differences(played.data, (verdict and verdict.data) or {}, ("data",))
