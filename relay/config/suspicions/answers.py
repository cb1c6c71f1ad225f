"""Rules about answers that say more than the answer does."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from relay.config.document import Path
from relay.config.suspicions.bookings import shows_key
from relay.config.suspicions.seen import Seen, Suspicion, Suspicions
from relay.destination import Ambiguous
from relay.destinations.judge import NAMES
from relay.errors import ExpressionError
from relay.language.expression import Expression, Language
from relay.texts import _

_DOUBTFUL = (500, 502, 503, 504)
_UNSURE = (500, 502, 504)  # a 503 says that it did nothing
_AGAIN = ("retry", "throttled", "unauthorised")
_GOOD = (200, 201, 202, 204, 299)
Rules = Sequence[Mapping[str, Any]]


def rejects_doubt(seen: Seen) -> Suspicions:
    """A gateway's 502 says nothing of the document, and a 200 that no rule knows no more: it may have been booked."""
    for name, rules, path in _said(seen):
        language = _language(seen, name)
        statuses = (*_DOUBTFUL, 200) if seen.made.destinations[name].posts else _DOUBTFUL
        first = [_first(rules, status, language) for status in statuses]
        for number in sorted({each for each in first if each is not None and rules[each]["outcome"] == "rejected"}):
            status = next(of for of, each in zip(statuses, first, strict=True) if each == number)
            what = _("an answer of {status} may hide that it was booked, and is rejected here", status=status)
            yield Suspicion((*path, number, "when"), what, _remedy(status))


def _remedy(status: int) -> str:
    if status < 300:
        return _("say what the body of a refusal holds: body.code is defined; what no rule takes is in doubt")
    return _("say what the body must hold, or status < 500; what no rule takes is in doubt")


def repeats_doubt(seen: Seen) -> Suspicions:
    """After `retry` the same is sent again: what was booked before the answer was lost is booked twice."""
    for name, rules, path in _said(seen):
        made, language = seen.made.destinations[name], _language(seen, name)
        if made.posts and made.limits.ambiguous is not Ambiguous.RESEND and not shows_key(name, seen):
            first = {_first(rules, status, language): status for status in reversed(_UNSURE)}
            for number in sorted(each for each in first if each is not None and rules[each]["outcome"] in _AGAIN):
                what = _(
                    "an answer of {status} may hide that it was booked, and it is sent again", status=first[number]
                )
                remedy = _("say outcome: unknown, or what the body must hold; `ambiguous` says what becomes of doubt")
                yield Suspicion((*path, number, "when"), what, remedy)


def believes_any(seen: Seen) -> Suspicions:
    """Many systems say no with a status of 200; 201 says that something was made."""
    for name, rules, path in _said(seen):
        language = _language(seen, name)
        number = _first(rules, 200, language)
        if number is not None and seen.made.destinations[name].posts and _is_blind(rules[number]):
            if all(_first(rules, status, language) == number for status in _GOOD):
                remedy = _("say what the body of a success holds: status < 300 and body.code == '0'")
                yield Suspicion((*path, number, "when"), _any_success(), remedy)
            elif not any("body" in rule["when"] for rule in rules[:number]):
                what = _("any 200 counts as booked here, whatever the answer says")
                remedy = _("say what the body of a success holds: status == 200 and body.code == '0'")
                yield Suspicion((*path, number, "when"), what, remedy)


def judges_nothing(seen: Seen) -> Suspicions:
    """Without rules the status alone decides. A callback books nothing."""
    told = {source.callback.to for source in seen.made.sources.values() if source.callback}
    for name, over in seen.overs.items():
        if seen.made.destinations[name].posts and name not in told and not over.tree.get("result"):
            remedy = _("write `result`: - {when: status < 300 and body.code == '0', outcome: delivered}")
            yield Suspicion(over.path, _any_success(), remedy, key=True)


def _any_success() -> str:
    return _("any 2xx counts as booked here, whatever the answer says")


def _is_blind(rule: Mapping[str, Any]) -> bool:
    """Whether nothing of the answer's body is asked for, not even the document's number."""
    return rule["outcome"] == "delivered" and "body" not in str(rule.get("document"))


def rules_without_end(seen: Seen) -> Suspicions:
    """The first rule that holds decides."""
    for name, rules, path in _said(seen):
        language = _language(seen, name)
        for number, rule in enumerate(rules[:-1]):
            if _constant(rule["when"], language):
                what = _("this always holds: no rule below it is ever asked")
                yield Suspicion((*path, number, "when"), what, _("put it last, or say what it is for"))


def _said(seen: Seen) -> Iterator[tuple[str, Rules, Path]]:
    """The rules that the file says itself, by destination."""
    for name, over in seen.overs.items():
        if over.says("result"):
            yield name, over.tree["result"], over.place(("result",))


def _language(seen: Seen, name: str) -> Language:
    known = seen.made.destinations[name].vars
    return seen.loading.language.knowing("vars", known) if known else seen.loading.language


def _first(rules: Rules, status: int, language: Language) -> int | None:
    """The first rule that holds for the status alone, whatever the body is."""
    names = {"status": status, "headers": {}}
    return next((number for number, rule in enumerate(rules) if _holds(_compiled(rule["when"], language), names)), None)


def _compiled(when: str, language: Language) -> Expression:
    return language.expression(when, NAMES)


def _holds(when: Expression, names: Mapping[str, Any]) -> bool:
    try:
        return bool(when.evaluate(names))
    except ExpressionError:
        return False


def _constant(when: str, language: Language) -> bool:
    compiled = _compiled(when, language)
    return not compiled.asked and _holds(compiled, {})
