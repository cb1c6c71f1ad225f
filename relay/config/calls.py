"""The requests of a destination beside the one that posts: what `lookup:` and its like say, into what runs."""

from collections.abc import Callable
from typing import Any, TypeVar

from relay.config.document import Path
from relay.config.loading import ROUTED, Loading
from relay.config.overlay import Overlay
from relay.config.requests import plan
from relay.config.settings import CallSettings, ConfirmSettings, DestinationSettings, RequestSettings
from relay.destination import Ambiguous, Call, Confirm, Lookup, Step
from relay.destinations.judge import Rule, RuleJudge
from relay.destinations.lookup import RuleFinder, Rules
from relay.errors import RelayError
from relay.progress import CONFIRM, POST
from relay.retry import Retry
from relay.texts import _

T = TypeVar("T")
_HELD = RequestSettings.__struct_encode_fields__


def lookup(settings: DestinationSettings, over: Overlay, loading: Loading) -> Lookup | None:
    """None where there is none, or with a fault."""
    asks = settings.lookup
    if asks is None:
        if settings.ambiguous is Ambiguous.LOOKUP:
            what = _("'ambiguous: lookup' needs to know how to ask")
            loading.fault(over.place(("ambiguous",)), what, _("add lookup: with url, found and missing"))
        return None
    called = call(over.tree["lookup"], asks.method, lambda inside: over.place(("lookup", *inside)), loading)
    rules = Rules(found=asks.found, missing=asks.missing, result=asks.result, document=asks.document, data=asks.data)
    kind, where = asks.answer or settings.answer, dotted(over.place(("lookup",)))
    finder = compiled(loading, lambda: RuleFinder(loading.language, rules, kind, where, charset_of(settings)))
    return Lookup(call=called, finder=finder) if called and finder else None


def steps(settings: DestinationSettings, over: Overlay, loading: Loading) -> tuple[Step, ...]:
    """Those of `then` without faults. Each knows what the steps before it gave."""
    made, before = [], [POST]
    for number, said in enumerate(settings.then):
        if said.name in (*before, CONFIRM):
            at = over.place(("then", number, "name"))
            loading.fault(at, _("a step named {name} is here already", name=repr(said.name)), _("name it apart"))
        made.append(_step(number, settings, over, _knowing(before, (), loading)))
        before.append(said.name)
    return tuple(step for step in made if step)


def _knowing(steps_: list[str], more: tuple[str, ...], loading: Loading) -> Loading:
    """In whose expressions these steps are known."""
    return loading.speaking(loading.language.beside(frozenset((*(f"steps.{name}" for name in steps_), *more))))


def _step(number: int, settings: DestinationSettings, over: Overlay, loading: Loading) -> Step | None:
    said = settings.then[number]

    def place(inside: Path) -> Path:
        return over.place(("then", number, *inside))

    called = call(over.tree["then"][number], said.method, place, loading)
    when = loading.expression(place(("when",)), said.when, ROUTED) if said.when else None
    judge = _judge(said.result, said, called, place(("result",)), settings, loading)
    return Step(name=said.name, call=called, judge=judge, when=when) if called and judge else None


def _judge(
    rules: list[Rule],
    said: CallSettings,
    asked: Call | None,
    place: Path,
    settings: DestinationSettings,
    loading: Loading,
) -> RuleJudge | None:
    fixed, kind, charset = asked is None or asked.url.constant, said.answer or settings.answer, charset_of(settings)
    return compiled(loading, lambda: RuleJudge(loading.language, rules, kind, fixed, dotted(place), charset))


def confirm(settings: DestinationSettings, over: Overlay, loading: Loading) -> Confirm | None:
    """None where there is none, or with a fault."""
    said = settings.confirm
    if said is None:
        return None

    def place(inside: Path) -> Path:
        return over.place(("confirm", *inside))

    _check_confirm(said, place(()), loading)
    steps_ = [POST, *(step.name for step in settings.then)]
    loading = _knowing(steps_, ("accepted.document", "accepted.data"), loading)
    asks = call(over.tree["confirm"], said.method, place, loading) if said.url else None
    judge = _judge(said.result, said, asks, place(("result",)), settings, loading)
    told = judge
    if said.callback:
        told = _judge(said.callback.result, said, None, place(("callback", "result")), settings, loading)
    wait = Retry(first_ms=said.first.ms, factor=float(said.factor), cap_ms=said.cap.ms)
    if judge is None or told is None:
        return None
    return Confirm(call=asks, judge=judge, told=told, wait=wait, within_ms=said.within.ms)


def _check_confirm(said: ConfirmSettings, place: Path, loading: Loading) -> None:
    """That something can come of it: a 200 alone says only that somebody is there."""
    if not said.url and not said.callback:
        what = _("nothing says what became of what was accepted")
        loading.fault(place, what, _("add url: and result:, or callback: with result:"))
    elif said.url and not said.result:
        loading.fault(
            place, _("'confirm' has no 'result', so that no answer means anything"), _("add result: with rules")
        )
    if said.callback and not loading.is_public:
        remedy = _("say where: server: {public_url: https://relay.example.com}")
        loading.fault(place, _("'callback' needs an address that destinations reach"), remedy)


def call(tree: dict[str, Any], method: str, place: Callable[[Path], Path], loading: Loading) -> Call | None:
    """The request in a mapping with `url`; `place` gives the path in the file for one inside. None with a fault."""
    url = loading.value(place(("url",)), tree["url"], ROUTED)
    holds = {key: value for key, value in tree.items() if key in _HELD}
    held = plan(holds, loading, ROUTED, place) if holds else None
    return Call(method=method, url=url, plan=held) if url and (held or not holds) else None


def compiled(loading: Loading, compile_: Callable[[], T]) -> T | None:
    """What knows its place by `dotted`; None with a fault."""
    try:
        return compile_()
    except RelayError as error:
        loading.caught((), error)
        return None


def charset_of(settings: DestinationSettings) -> str | None:
    """What its answers are written in, where it is said."""
    return settings.charset.name if settings.charset else None


def dotted(path: Path) -> str:
    """A path as `where` gives it to what knows nothing of files: destinations.erp.then[0]."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
