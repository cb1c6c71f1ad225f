"""What the settings of all kinds of `auth:` have in common. Most are settings and strategy in one."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from relay.destination import Auth, Login
from relay.duration import parse_duration_ms
from relay.errors import RelayError
from relay.keys import private_key
from relay.language.expression import Language
from relay.sendable import HEADER_NAME
from relay.texts import _

Place = Callable[[tuple[str | int, ...]], str]
_OF_VALUES = re.compile(r"\{\{[^}]*\b(?:vars|body|event|delivery|origin|prior|request|session|now|nonce)\b", re.DOTALL)
_SECRET_NAME = re.compile(
    r"SECRET|TOKEN|PASSW|PASSPHRASE|PWD|(^|_)(PW|PASS)$|KEY(?!_?(FIELD|NAME))|CREDENTIAL", re.IGNORECASE
)


def _tag(name: str) -> str:
    return name.removesuffix("Auth").lower()


class AuthSetting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag=_tag):
    """What `type` says picks the class; its fields are the other keys. Never shown whole: they are secrets."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    @property
    def login(self) -> Login | None:
        return None

    def compiled(self, language: Language, place: Place) -> Auth:
        """What runs. Raises RelayError, placed as `place` says of a path below `auth`."""
        raise NotImplementedError


def folded(setting: "AuthSetting", language: Language, place: Place) -> Any:
    """The same with each `{{ vars… }}` filled in. Raises RelayError where it can't be, or what comes out is refused."""
    tree = msgspec.to_builtins(setting)
    filled = {key: _filled(value, language, place, (key,)) for key, value in tree.items()}
    if filled == tree:
        return setting
    try:
        return msgspec.convert(filled, type(setting))
    except msgspec.ValidationError as error:
        raise RelayError(str(error).partition(" - at ")[0], place(())) from None


class FixedSetting(AuthSetting, frozen=True):
    """A kind whose texts are all known when the file is read."""

    def compiled(self, language: Language, place: Place) -> Auth:
        return cast(Auth, folded(self, language, place))


def _filled(value: Any, language: Language, place: Place, at: tuple[str | int, ...]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, language, place, (*at, key)) for key, inner in value.items()}
    if isinstance(value, str) and _OF_VALUES.search(value):  # anything else is a secret as it is, with its braces
        return language.value(value, frozenset(), place(at)).evaluate({})
    return value


def open_still(value: str) -> bool:
    """Whether it is to be filled in before it can be looked at."""
    return _OF_VALUES.search(value) is not None


def check(key: str, value: str) -> None:
    """Raises ValueError, which names the key and never the value."""
    if not value:
        raise ValueError(_("{key} is empty: is its variable set?", key=key))
    if not value.isprintable():
        raise ValueError(_("{key} holds a line break or another control character", key=key))


def check_url(key: str, url: str) -> None:
    """Raises ValueError as `check` does."""
    check(key, url)
    if not url.startswith(("https://", "http://")) and "{{" not in url:
        raise ValueError(_("{key} is no address: write it whole, https://…", key=key))


def check_headers(headers: Mapping[str, Any]) -> None:
    """Raises ValueError on what isn't the name of one."""
    for name in headers:
        if not HEADER_NAME.fullmatch(name):
            raise ValueError(_("{name} isn't a header's name: use letters, digits and hyphens", name=repr(name[:40])))


def check_key(key: str, algorithm: str) -> None:
    """Whether a private key goes with a JWS algorithm (RFC 7518). Raises ValueError as `check` does."""
    if not key:
        raise ValueError(_("key is empty: is its variable set?"))
    if open_still(key):
        return
    try:
        found = private_key(key)
    except RelayError as error:
        raise ValueError(f"key: {error.what}: {error.remedy}") from None
    if algorithm == "ES256":
        fits = isinstance(found, EllipticCurvePrivateKey) and found.curve.name == "secp256r1"
    else:
        fits = isinstance(found, RSAPrivateKey) and found.key_size >= 2048
    if not fits:
        wanted = _("one on the curve P-256") if algorithm == "ES256" else _("an RSA key of at least 2048 bits")
        raise ValueError(_("key doesn't go with {algorithm}: give {wanted}", algorithm=algorithm, wanted=wanted))


def check_duration(key: str, text: str) -> int:
    """In ms. Raises ValueError."""
    try:
        return parse_duration_ms(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def secrets_in(tree: Any, name: str = "") -> Iterator[str]:
    """The plain texts in a tree that stand under the name of a secret."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from secrets_in(value, str(key))
    elif isinstance(tree, list):
        for item in tree:
            yield from secrets_in(item, name)
    elif isinstance(tree, str) and _SECRET_NAME.search(name) and "{{" not in tree:
        yield tree
