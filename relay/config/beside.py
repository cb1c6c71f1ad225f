"""What stands beside a source's `verify` into what runs: the source's words, and where it says nothing its scheme's."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from relay.config.document import Path
from relay.config.loading import Loading, items
from relay.config.replies import plan_of, refusal_of
from relay.config.settings import SourceSettings
from relay.contents import AS_IT_CAME, Opening
from relay.decryption import Decryption, Sealed
from relay.decryptions import decryption
from relay.errors import RelayError
from relay.language.expression import Value
from relay.reply import Reply, ReplyPlan
from relay.shape import ALL, Shape
from relay.signature import Scheme
from relay.signatures import catalogue
from relay.signatures.beside import AnswerWords, DecryptWords, HandshakeWords
from relay.signatures.record import Record
from relay.signatures.vocabulary import Vocabulary
from relay.source import Handshake
from relay.texts import N_, _

ADDRESSLESS = N_("this scheme signs the address that the platform has, and nothing says which that is")
SEEN = frozenset({"event.source", "event.method", "event.headers", "event.query", "body", "whole"})
_ANSWERED = SEEN | {"secret"}
_TOLD = _ANSWERED | {"ids"}


class Said(NamedTuple):
    """A word's value, and the path in the file for one inside of it; all of a scheme's stands where it is named."""

    value: Any
    place: Callable[[Path], Path]


class Beside:
    """All the words of one source; those that have faults come out as nothing."""

    def __init__(self, settings: SourceSettings, record: Record, loading: Loading, path: Path) -> None:
        self._settings, self._record, self._path = settings, record, path
        self.vars = {**dict.fromkeys(record.optional, ""), **settings.vars}
        self._loading = loading.speaking(loading.language.knowing("vars", self.vars))

    def _said(self, key: str) -> Said:
        own, path = getattr(self._settings, key), self._path
        if own is None:
            return Said(getattr(self._record, key), lambda _: (*path, "verify"))
        return Said(own, lambda inside: (*path, key, *inside))

    def check_vars(self, scheme: Scheme) -> None:
        """A fault for each that the scheme needs and the source doesn't give."""
        at, needs = (*self._path, "vars"), self._record.needs
        for name in sorted({*needs, *scheme.vars}):
            given = self.vars.get(name) or name in self._record.optional
            if not given and not self._loading.variables.failed((*at, name)):
                meaning = _(", which is {meaning}", meaning=_(needs[name])) if name in needs else ""
                self._loading.fault(
                    at,
                    _("the scheme needs vars.{name}", name=name),
                    _("add vars: {{name}: …}{meaning}", name=name, meaning=meaning),
                )

    def text(self, key: str) -> Value | None:
        """A `{{ … }}` text."""
        said = self._said(key)
        return None if said.value is None else self._loading.value(said.place(()), said.value, SEEN)

    def opening(self) -> Opening:
        shape, sealed = self._said("shape").value, self._said("decrypt")
        found = self._sealed(*sealed)
        if shape is None and found is None:
            return AS_IT_CAME
        return Opening(shapes=ALL if shape is None else frozenset(map(Shape, shape)), sealed=found)

    def ack(self) -> ReplyPlan | None:
        words, place = self._said("ack")
        return None if words is None else self._plan(words, _TOLD, place, None)

    def refused(self) -> Reply | None:
        return refusal_of(self._said("refused").value)

    def handshakes(self) -> tuple[Handshake, ...]:
        said = self._said("handshake")
        made = [self._handshake(words, said, number) for number, words in enumerate(said.value or ())]
        return tuple(each for each in made if each)

    def _handshake(self, words: HandshakeWords, said: Said, number: int) -> Handshake | None:
        def place(key: str) -> Callable[[Path], Path]:
            return lambda inside: said.place((number, key, *inside))

        when = self._loading.expression(place("when")(()), words.when, SEEN) if words.when else None
        answer = self._plan(words.answer, _ANSWERED, place("answer"), words.decrypt)
        sealed = self._sealed(words.decrypt, place("decrypt"))
        scheme = self._scheme(words.verify, place("verify")(())) if words.verify else None
        if answer is None or (words.when and when is None) or (words.verify and scheme is None):
            return None
        return Handshake(method=words.method, answer=answer, when=when, scheme=scheme, sealed=sealed)

    def _scheme(self, words: Vocabulary, path: Path) -> Scheme | None:
        """None with a fault."""
        try:
            scheme = catalogue.spelled(words)
        except RelayError as error:
            self._loading.caught(path, error)
            return None
        if scheme.signs_url and not self._settings.public_url and not self._loading.knows_address:
            self._loading.fault(path, _(ADDRESSLESS), _("add public_url: https://… to the source, or below server:"))
        self.check_vars(scheme)
        return scheme

    def _plan(
        self, words: AnswerWords, names: frozenset[str], place: Callable[[Path], Path], own: DecryptWords | None
    ) -> ReplyPlan | None:
        if words.encrypted and not (own or self._said("decrypt").value):
            self._loading.fault(
                place(("encrypted",)), _("'encrypted' needs a key"), _("add decrypt:, whose key seals it")
            )
        return plan_of(words, names, self._loading, place)

    def _sealed(self, words: DecryptWords | None, place: Callable[[Path], Path]) -> Sealed | None:
        """None where there is no key: an optional one that the source doesn't give."""
        ways = tuple(self._ways(words, place)) if words else ()
        if words is None or not ways:
            return None
        fields = [words.field] if isinstance(words.field, str) else words.field or []
        paths = tuple(tuple(field.split(".")) for field in fields)
        return Sealed(ways=ways, fields=paths, query=words.query, text=words.text)

    def _ways(self, words: DecryptWords, place: Callable[[Path], Path]) -> Iterator[Decryption]:
        owner = self._loading.value(place(("owner",)), words.owner or "", frozenset())
        for inside, written in items(words.key, ("key",)):
            for key in self._keys(written, place(inside)):
                try:
                    yield decryption(words, key, owner.printed({}) if owner else "")
                except RelayError as error:
                    self._loading.caught(place(inside), RelayError(error.what, "", error.remedy))

    def _keys(self, written: str, path: Path) -> list[str]:
        """A text that vars alone may change, or one for each secret of the source; none that is empty."""
        value = self._loading.value(path, written, frozenset({"secret"}))
        if value is None or self._loading.variables.failed(path):
            return []
        given = [""] if value.constant else [secret for _, secret in items(self._settings.secret, ())]
        return [key for secret in given if (key := value.printed({"secret": secret}))]
