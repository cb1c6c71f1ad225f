"""The `destinations:` of routes.yaml into what runs."""

from typing import Any

from relay.breaker import Breaker
from relay.config.conversion import converted
from relay.config.document import Path
from relay.config.loading import EVENT, Loading
from relay.config.overlay import Overlay
from relay.config.requests import plan
from relay.config.settings import BreakerSettings, DestinationSettings, LookupSettings, RetrySettings, SignSettings
from relay.config.sources import checked_secret, scheme_of
from relay.destination import Ambiguous, Destination, Limits, Lookup, Signing
from relay.destinations.auth import NoneAuth
from relay.destinations.judge import RuleJudge
from relay.destinations.lookup import RuleFinder, Rules
from relay.errors import RelayError
from relay.language.expression import Value
from relay.language.mapping import RequestPlan
from relay.retry import Retry

DELIVERY = frozenset({"delivery.id", "delivery.key", "delivery.attempt"})
ROUTED = EVENT | DELIVERY | {"body"}
NAMES = ROUTED | {"delivery.data", "origin.body", "origin.headers"}
_MANY = 8
_UNSET = LookupSettings(url="", found="", missing="")


def destination_of(name: str, over: Overlay, loading: Loading, *, is_callback: bool) -> Destination | None:
    """None where faults were added."""
    settings = converted(over.tree, DestinationSettings, loading.document, over.path, loading.faults)
    if settings is None:
        return None
    url = _url(settings.url, over, loading)
    judge = _judge(settings, url, over, loading)
    if url is None or judge is None:
        return None
    return Destination(
        name=name,
        url=url,
        method=settings.method,
        headers=_headers(settings.headers, over, loading),
        auth=settings.auth or NoneAuth(),
        judge=judge,
        limits=_limits(settings, over, is_callback=is_callback),
        request=_request(over, loading),
        sign=_signing(settings.sign, over, loading),
        lookup=_lookup(settings, over, loading),
        posts=_posts(settings, over),
    )


def _url(text: str | None, over: Overlay, loading: Loading) -> Value | None:
    if text is None:
        loading.fault(over.path, "the key 'url' is missing here", "add it, or say abstract: true", key=True)
        return None
    place = over.place(("url",))
    if not text.startswith(("https://", "http://", "{{")) and not loading.variables.failed(place):
        loading.fault(place, "'url' is no address", "write it whole: https://…")
    return loading.value(place, text, NAMES)


def _judge(settings: DestinationSettings, url: Value | None, over: Overlay, loading: Loading) -> RuleJudge | None:
    fixed = url is None or url.constant
    place = over.place(("result",))
    try:
        return RuleJudge(loading.language, settings.result, settings.answer, fixed, where=".".join(map(str, place)))
    except RelayError as error:
        loading.caught((), error)
        return None


def _headers(headers: dict[str, str], over: Overlay, loading: Loading) -> dict[str, Value]:
    compiled = {name: loading.value(over.place(("headers", name)), text, NAMES) for name, text in headers.items()}
    return {name: value for name, value in compiled.items() if value}


def _request(over: Overlay, loading: Loading) -> RequestPlan | None:
    tree: dict[str, Any] | None = over.tree.get("request")
    if tree is None:
        return None

    def place(inside: Path) -> Path:
        return over.place(("request", *inside))

    return plan(tree, loading, NAMES, place)


def _signing(sign: SignSettings | None, over: Overlay, loading: Loading) -> Signing | None:
    scheme = scheme_of(sign.scheme, loading, over.place(("sign", "scheme"))) if sign else None
    if sign is None or scheme is None:
        return None
    checked_secret(sign.secret, scheme, loading, over.place(("sign", "secret")), signs=True)
    return Signing(scheme, sign.secret)


def _lookup(settings: DestinationSettings, over: Overlay, loading: Loading) -> Lookup | None:
    asks = settings.lookup
    if asks is None:
        if settings.ambiguous is Ambiguous.LOOKUP:
            what = "'ambiguous: lookup' needs to know how to ask"
            loading.fault(over.place(("ambiguous",)), what, "add lookup: with url, found and missing")
        return None
    place = over.place(("lookup",))
    url = loading.value((*place, "url"), asks.url, ROUTED)
    rules = Rules(found=asks.found, missing=asks.missing, document=asks.document)
    try:
        finder = RuleFinder(loading.language, rules, settings.answer, where=".".join(map(str, place)))
    except RelayError as error:
        loading.caught((), error)
        return None
    return Lookup(method=asks.method, url=url, finder=finder) if url else None


def _posts(settings: DestinationSettings, over: Overlay) -> bool:
    return over.preset.posts if settings.posts is None else settings.posts


def _limits(settings: DestinationSettings, over: Overlay, *, is_callback: bool) -> Limits:
    return Limits(
        concurrency=_concurrency(settings, over),
        pace_ms=1000 / settings.rate.per_second if settings.rate else 0,
        timeout_ms=settings.timeout.ms,
        stop_after=settings.stop_after,
        retry=_retry(settings.retry),
        breaker=_breaker(settings.breaker),
        ambiguous=_ambiguous(settings, over, is_callback=is_callback),
        lookup_first_ms=(settings.lookup or _UNSET).first.ms,
        lookup_times=(settings.lookup or _UNSET).times,
    )


def _concurrency(settings: DestinationSettings, over: Overlay) -> int:
    """One at a time where something is booked, unless the file, or a preset that posts, says otherwise."""
    posts = _posts(settings, over)
    if settings.concurrency and (over.says("concurrency") or posts is over.preset.posts):
        return settings.concurrency
    return 1 if posts else _MANY


def _ambiguous(settings: DestinationSettings, over: Overlay, *, is_callback: bool) -> Ambiguous:
    """A callback may come twice, a voucher may not."""
    if is_callback and not over.says("ambiguous"):
        return Ambiguous.RESEND
    return settings.ambiguous or (Ambiguous.LOOKUP if settings.lookup else Ambiguous.HOLD)


def _retry(settings: RetrySettings) -> Retry:
    return Retry(
        first_ms=settings.first.ms,
        factor=float(settings.factor),
        cap_ms=settings.cap.ms,
        attempts=settings.attempts,
        expire_ms=settings.expire.ms,
    )


def _breaker(settings: BreakerSettings) -> Breaker:
    return Breaker(failures=settings.failures, probe_ms=settings.probe.ms, cap_ms=settings.cap.ms)
