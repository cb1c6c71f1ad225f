"""What an answer to a login says by its status alone, and the cookies that it brings."""

from relay.destination import Answer
from relay.destinations.status import reason, retry_after_ms
from relay.errors import LoginLater
from relay.texts import _

_LATER = frozenset({404, 405, 408, 410, 425, 429})


def check_ready(answer: Answer) -> None:
    """Raises LoginLater where the answer says nothing of the credentials: busy, broken, gone, or a gateway's."""
    if answer.status in _LATER or answer.status >= 500 or 300 <= answer.status < 400:
        raise LoginLater(_("the login {reason}", reason=reason(answer)), retry_after_ms(answer.headers))


def cookies_of(answer: Answer) -> dict[str, str]:
    """Names and values, by RFC 6265, 5.2; attributes are left, as they are sent back to this destination alone."""
    pairs = [line.partition(";")[0].partition("=") for line in answer.headers.get("set-cookie", "").split("\n")]
    return {name.strip(): value.strip() for name, equals, value in pairs if equals and name.strip()}
