"""The `destinations:` of routes.yaml into what runs."""

import re
from collections.abc import Sequence
from typing import Any

from relay.breaker import Breaker
from relay.config.auths import auth, identity
from relay.config.calls import charset_of, compiled, confirm, dotted, lookup, steps
from relay.config.conversion import converted
from relay.config.hosts import hosts_of
from relay.config.loading import SENT, Loading
from relay.config.overlay import Overlay
from relay.config.requests import plan
from relay.config.schemas import schema_of
from relay.config.settings import BreakerSettings, DestinationSettings, LookupSettings, RetrySettings, SignSettings
from relay.config.sources import checked_secret, scheme_of
from relay.destination import Ambiguous, Confirm, Destination, Limits, Lookup, Signing, Step
from relay.destinations.judge import RuleJudge
from relay.language.expression import Value
from relay.language.mapping import RequestPlan
from relay.retry import Retry
from relay.texts import N_, _

_MANY = 8
_NO_ADDRESS, _WHOLE = N_("'url' is no address"), N_("write it whole: https://…")
_UNSET = LookupSettings(url="", found="", missing="")


def destination_of(name: str, over: Overlay, loading: Loading, *, is_callback: bool) -> Destination | None:
    """None where faults were added."""
    settings = converted(over.tree, DestinationSettings, loading.document, over.path, loading.faults)
    if settings is None or not _has_needs(settings, over, loading):
        return None
    loading.reaches(over.tree, over.place)
    if settings.vars:
        loading = loading.speaking(loading.language.knowing("vars", settings.vars))
    url = _url(settings.url, over, loading)
    judge = _judge(settings, url, over, loading)
    asks, then, confirms = (
        lookup(settings, over, loading),
        steps(settings, over, loading),
        confirm(settings, over, loading),
    )
    if url is None or judge is None:
        return None
    return Destination(
        name=name,
        url=url,
        method=settings.method,
        headers=_headers(settings.headers, over, loading),
        auth=auth(settings, over, loading),
        judge=judge,
        limits=_limits(settings, over, is_callback=is_callback),
        request=_request("request", SENT, over, loading),
        envelope=_envelope(over, loading),
        sign=_signing(settings.sign, over, loading),
        lookup=asks,
        then=then,
        confirm=confirms,
        posts=_posts(settings, over),
        vars=settings.vars,
        hosts=hosts_of(settings.hosts, [url, *_called(asks, then, confirms)], over.path, loading),
        schema=schema_of(settings.schema, loading, over.place(("schema",))),
        identity=identity(settings.mtls, over, loading),
    )


def _has_needs(settings: DestinationSettings, over: Overlay, loading: Loading) -> bool:
    """Whether the vars that its preset asks the file for are there."""
    missing = [name for name in over.preset.needs if settings.vars.get(name) is None]
    for name in missing:
        what = _(
            "the preset {preset} needs vars.{name}: {meaning}",
            preset=repr(over.name),
            name=name,
            meaning=_(over.preset.needs[name]),
        )
        loading.fault(over.place(("vars",)), what, _("write it here: vars: {{name}: …}", name=name), key=True)
    for name, value in settings.vars.items():
        if isinstance(value, str) and "{{" in value:
            loading.fault(
                over.place(("vars", name)), _("vars.{name} can't hold {{ … }}", name=name), _("write its value")
            )
    return not missing


def _called(asks: Lookup | None, then: Sequence[Step], confirms: Confirm | None) -> list[Value]:
    """The addresses beside the one that is posted to."""
    polls = [confirms.call] if confirms and confirms.call else []
    return [call.url for call in (*([asks.call] if asks else []), *(step.call for step in then), *polls)]


def _url(text: str | None, over: Overlay, loading: Loading) -> Value | None:
    if text is None and "base" in loading.language.known("vars"):
        text = "{{ vars.base }}"
    if text is None:
        loading.fault(over.path, _("the key 'url' is missing here"), _("add it, or say abstract: true"), key=True)
        return None
    place = over.place(("url",))
    if not text.startswith(("https://", "http://", "{{")) and not loading.variables.failed(place):
        loading.fault(place, _(_NO_ADDRESS), _(_WHOLE))
    url = loading.value(place, text, SENT)
    if url and "{{" in text and url.constant and not url.printed({}).startswith(("https://", "http://")):
        loading.fault(place, _(_NO_ADDRESS), _(_WHOLE))
    return url


def _judge(settings: DestinationSettings, url: Value | None, over: Overlay, loading: Loading) -> RuleJudge | None:
    charset = charset_of(settings)
    fixed, where = url is None or url.constant, dotted(over.place(("result",)))
    rules, kind = settings.result, settings.answer
    return compiled(loading, lambda: RuleJudge(loading.language, rules, kind, fixed, where, charset))


def _headers(headers: dict[str, str], over: Overlay, loading: Loading) -> dict[str, Value]:
    compiled = {name: loading.value(over.place(("headers", name)), text, SENT) for name, text in headers.items()}
    return {name: value for name, value in compiled.items() if value}


def _request(key: str, names: frozenset[str], over: Overlay, loading: Loading) -> RequestPlan | None:
    tree: dict[str, Any] | None = over.tree.get(key)
    return None if tree is None else plan(tree, loading, names, lambda inside: over.place((key, *inside)))


def _envelope(over: Overlay, loading: Loading) -> RequestPlan | None:
    made = _request("envelope", SENT | {"content"}, over, loading)
    if made and not made.has_content:
        loading.fault(over.place(("envelope",)), _("an envelope holds something"), _("add body:, form: or template:"))
    elif made and not _holds_content(over.tree["envelope"]):
        what = _("the envelope leaves out what the route says")
        loading.fault(over.place(("envelope",)), what, _('put it where it belongs: "{{ content }}"'))
    return made


def _holds_content(tree: dict[str, Any]) -> bool:
    """Of a template in a file nobody knows."""
    written = {key: value for key, value in tree.items() if key in ("body", "form")}
    return not written or re.search(r"\bcontent\b", str(written)) is not None


def _signing(sign: SignSettings | None, over: Overlay, loading: Loading) -> Signing | None:
    scheme = scheme_of(sign.scheme, loading, over.place(("sign", "scheme"))) if sign else None
    if sign is None or scheme is None:
        return None
    checked_secret(sign.secret, scheme, loading, over.place(("sign", "secret")), signs=True)
    return Signing(scheme, sign.secret)


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
