"""A route's `require` and `hold` into what runs."""

from relay.config.document import Path
from relay.config.loading import Loading
from relay.config.settings import DemandSettings
from relay.language.expression import Value
from relay.route import Demand
from relay.texts import N_, _

_IN_BRACES = N_('write hold: "{{ body.amount > 50000 }}"')
SEEN = frozenset({"request.url", "request.body"})


def demands(said: list[DemandSettings], loading: Loading, path: Path, names: frozenset[str]) -> tuple[Demand, ...]:
    """`names`: what the route's request sees. Those without faults."""
    made = [_demand(each, loading, (*path, number), names | SEEN) for number, each in enumerate(said)]
    return tuple(demand for demand in made if demand)


def hold(said: str | bool, loading: Loading, path: Path, names: frozenset[str]) -> Value | None:
    """None where nothing is held, or with a fault."""
    if said is False:
        return None
    if isinstance(said, str) and "{{" not in said and "{%" not in said:
        loading.fault(path, _("'hold' takes true, false or {{ … }}: a bare text would hold everything"), _(_IN_BRACES))
        return None
    return loading.value(path, "{{ true }}" if said is True else said, names | SEEN)


def _demand(said: DemandSettings, loading: Loading, path: Path, names: frozenset[str]) -> Demand | None:
    that = loading.expression((*path, "that"), said.that, names)
    otherwise = loading.value((*path, "else"), said.otherwise, names)
    return Demand(that=that, otherwise=otherwise) if that and otherwise else None
