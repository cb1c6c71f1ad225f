"""What can go wrong, said so that a person can mend it: the thing, the place, the remedy."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from relay.texts import N_, _

FAULT, WARNING = N_("fault"), N_("warning")
SYSTEM = (  # what the system says most often of a file, an address or a disk
    N_("Address already in use"),
    N_("Cannot assign requested address"),
    N_("Connection refused"),
    N_("Connection reset by peer"),
    N_("File name too long"),
    N_("Is a directory"),
    N_("No space left on device"),
    N_("No such file or directory"),
    N_("Not a directory"),
    N_("Permission denied"),
    N_("Read-only file system"),
)


def reason_of(error: OSError) -> str:
    """What the system says, in the language that is spoken."""
    return _(error.strerror or str(error))


class RelayError(Exception):
    """An error that a person reads: what is wrong, where, and what to do."""

    def __init__(self, what: str, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        return _(", ").join(part for part in (self.what, self.where, self.remedy) if part)


class Inside(NamedTuple):
    """A place in a text: how many characters that aren't white space stand before it. Those are the same however YAML
    folds and indents it."""

    text: str
    before: int


class ExpressionError(RelayError):
    """An expression that doesn't compile, or that failed on the data it was given. `inside`: where in it, if that can
    be told. `more`: what else is wrong with it."""

    inside: Inside | None = None
    more: tuple["ExpressionError", ...] = ()


class MissingName(ExpressionError):
    """An expression read a name that the data doesn't have."""


class Excerpt(NamedTuple):
    """A line of a file with its secrets masked, and the column (from 1) of the fault in it as it is now."""

    text: str
    column: int


class Fault(RelayError):
    """One thing wrong in a file, at a line and a column (both from 1). `severity`: fault, or warning where it is legal
    and suspicious. `excerpt`: the line, put there by whoever has the file. `diff`: lines that begin with - for what is
    said there, and with + for what is."""

    excerpt: Excerpt | None = None
    diff: Sequence[str] = ()

    def __init__(
        self, file: str, line: int, column: int, what: str, remedy: str = "", *, severity: str = FAULT
    ) -> None:
        super().__init__(what, f"{file}:{line}:{column}", remedy)
        self.file, self.line, self.column, self.severity = file, line, column, severity

    def __str__(self) -> str:
        weight = "" if self.severity == FAULT else _("{severity}: ", severity=_(self.severity))
        return f"{self.where}: {weight}{self.what}" + (_("; {remedy}", remedy=self.remedy) if self.remedy else "")


class ConfigError(RelayError):
    """A routes.yaml that can't be used; holds every fault that was found, and the warnings found beside them.
    `beside`, `patterns`: which files below its folder were asked for, and which patterns of names: the remedy may be
    in one of these."""

    def __init__(self, faults: Iterable[Fault], warnings: Iterable[Fault] = ()) -> None:
        self.faults, self.warnings = tuple(faults), tuple(warnings)
        self.beside: tuple[str, ...] = ()
        self.patterns: tuple[str, ...] = ()
        super().__init__("\n".join(map(str, self.faults)))

    def __str__(self) -> str:
        return self.what


class Forged(RelayError):
    """A request that doesn't prove that its source sent it. Never says which part was wrong."""

    def __init__(self) -> None:
        super().__init__(_("the signature is missing or doesn't fit"))


class Refused(RelayError):
    """A request that is answered with an error: HTTP status, code, and seconds for Retry-After."""

    def __init__(self, status: int, code: str, detail: str, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.retry_after = status, code, retry_after


class StoreUnavailable(RelayError):
    """The store can't confirm a write now: gone, full, read-only, failing to persist."""


class Unsent(RelayError):
    """A request of which no byte left: the name, the connection or TLS failed."""


class TlsFault(Unsent):
    """TLS failed: the certificate, the name in it, the protocol. It is the lane's fault, whatever is sent."""


class Unsendable(Unsent):
    """The request itself can't go out: no URL, a header that would break the request. Trying again won't help."""


class LoginRefused(Unsent):
    """The destination doesn't take the credentials, so the request wasn't sent. It is the lane's fault."""


class LoginLater(Unsent):
    """A login wasn't answered, or was told to come later: after `after_ms`, where that was said."""

    def __init__(self, what: str, after_ms: int | None = None) -> None:
        super().__init__(what)
        self.after_ms = after_ms


class KeyRefused(RelayError):
    """A platform's answer that holds no key to be believed: another's certificate, one that has ended."""


class KeyLater(RelayError):
    """A platform can't be asked for a key now, or says nothing of use: the sender may try again."""


class Unanswered(RelayError):
    """A request that may have arrived, without a whole answer."""


class Unreadable(RelayError):
    """An answer's body that can't be read: packed otherwise than it says, of another kind, cut short."""
