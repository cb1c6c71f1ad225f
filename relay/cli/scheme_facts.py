"""What people want to know of a signature scheme, in words, each from its record alone."""

from dataclasses import dataclass

from relay.signatures.record import Record
from relay.signatures.vocabulary import Vocabulary
from relay.signatures.words import Composed, FormContent

_PLAIN = {"": "not told", "official-vector": "official vector"}


@dataclass(frozen=True)
class Facts:
    """A record under its name."""

    name: str
    record: Record

    @property
    def algorithm(self) -> str:
        return ", ".join(dict.fromkeys(words.algorithm for words in self.record.alternatives))

    @property
    def signed(self) -> str:
        """What is signed, and what of the body that binds where it isn't the whole."""
        told = list(dict.fromkeys(_signed(words) for words in self.record.alternatives if not words.is_credential))
        bound = f"binds {self.record.bound}" if self.record.bound else ""
        return "; ".join(each for each in ("; or ".join(told), bound) if each)

    @property
    def replay(self) -> str:
        if self.record.replay:
            return self.record.replay
        stamps = dict.fromkeys(_stamp(words) for words in self.record.alternatives)
        known = "by the event's id alone" if self.record.id else "by the body's hash alone"
        return ", ".join(each for each in stamps if each) or known

    @property
    def handshake(self) -> str:
        greetings = self.record.handshake or []
        told = [f"{each.method}, {code(each.when)}" if each.when else each.method for each in greetings]
        return "; ".join(told) or "none"

    @property
    def events(self) -> str:
        return f"several, {code(self.record.split)}" if self.record.split else "one"

    @property
    def same(self) -> str:
        """What makes it the same event."""
        if self.record.id is None:
            return "a hash of the body"
        return f"{code(self.record.id)}; another body under it is {self.differing}"

    @property
    def differing(self) -> str:
        return {"hold": "held", "ignore": "a duplicate"}[self.record.on_differs]

    @property
    def evidence(self) -> str:
        kind = _PLAIN.get(self.record.evidence, self.record.evidence)
        return f"{kind}: {self.record.checked}" if self.record.checked else kind


def code(text: str) -> str:
    """As code; a template without its braces, a line's end written out."""
    bare = text.strip()[2:-2].strip() if _is_lone(text.strip()) else text
    return "`" + bare.replace("\n", "\\n") + "`"


def _is_lone(text: str) -> bool:
    return text.startswith("{{") and text.endswith("}}") and text.count("{{") == 1


def _signed(words: Vocabulary) -> str:
    if words.algorithm == "none":
        return "nothing"
    if words.algorithm == "jwt-es256":
        return "the JWT's claims" + (", the body's SHA-256 among them" if words.body_digest else "")
    item = " of each item" if words.each else ""
    return _content(words.content) + item


def _content(content: str | Composed) -> str:
    if isinstance(content, str):
        return "the body" if content == "{body}" else code(content)
    if content.form:
        return _form(content.form)
    return ", ".join(map(code, content.sort or ())) + ", sorted"


def _form(form: FormContent) -> str:
    before = f"{code(form.before)} and " if form.before else ""
    after = f" and {code(form.after)}" if form.after else ""
    return f"{before}the form's fields, sorted{after}"


def _stamp(words: Vocabulary) -> str:
    stamp = words.timestamp
    if stamp is None:
        return ""
    return stamp.tolerance if stamp.bound == "both" else f"{stamp.tolerance} into the past"
