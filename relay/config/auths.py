"""How a destination's `auth:` and `mtls:` become what runs. What reads certificates is loaded where there are any."""

from importlib import import_module

from relay.config.document import Path
from relay.config.loading import Loading
from relay.config.overlay import Overlay
from relay.config.settings import DestinationSettings, MtlsSettings
from relay.destination import Auth, Identity
from relay.destinations.auth import NoneAuth
from relay.errors import RelayError

_READER = "relay.destinations.identity"


def auth(settings: DestinationSettings, over: Overlay, loading: Loading) -> Auth:
    """None at all where faults were added."""

    def place(inside: Path) -> str:
        return loading.where(over.place(("auth", *inside)))

    try:
        return settings.auth.compiled(loading.language, place) if settings.auth else NoneAuth()
    except RelayError as error:
        loading.caught(over.place(("auth",)), error)
        return NoneAuth()


def identity(mtls: MtlsSettings | None, over: Overlay, loading: Loading) -> Identity | None:
    """With its `{{ vars… }}` filled in; None with a fault."""
    if mtls is None:
        return None
    try:
        found = Identity(**{key: _filled(getattr(mtls, key), loading) for key in ("cert", "key", "ca")})
        import_module(_READER).check_identity(found)
    except RelayError as error:
        loading.fault(over.place(("mtls", error.where)), error.what, error.remedy)
        return None
    return found


def _filled(text: str | None, loading: Loading) -> str | None:
    return None if text is None else str(loading.language.value(text, frozenset()).evaluate({}))
