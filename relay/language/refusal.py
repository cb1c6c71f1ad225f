"""What refuses an expression, in words, and where in the text it stands."""

from collections.abc import Sequence
from typing import NamedTuple

from jinja2.exceptions import TemplateSyntaxError

from relay.errors import ExpressionError, RelayError
from relay.language.checks import Wrong
from relay.language.explain import excerpt
from relay.language.grammar import Grammar
from relay.language.spots import spot_of, spot_of_syntax
from relay.language.syntax import in_words
from relay.texts import _

_WIDE = dict(zip("“”‘’（），：＝＞＜！｜。【】", "\"\"''(),:=><!|.[]", strict=True))
BARE = "variable"  # what Jinja calls the inside of {{ }}


class Broken(RelayError):
    """What was read and can't be compiled, with all that is wrong."""

    def __init__(self, wrongs: Sequence[Wrong]) -> None:
        super().__init__(wrongs[0].what)
        self.wrongs = wrongs


class Refusal(NamedTuple):
    """A text that is refused. `where`: its place; `state`: BARE where it is an expression without braces."""

    grammar: Grammar
    text: str
    where: str
    state: str | None

    def of(self, error: Exception) -> ExpressionError:
        """The error to raise for what reading or compiling it met."""
        if isinstance(error, Broken):
            first, *others = [self._wrong(wrong) for wrong in dict.fromkeys(error.wrongs)]
            first.more = tuple(others)
            return first
        if isinstance(error, RelayError):
            return self._in_it(error.what, error.remedy)
        if isinstance(error, TemplateSyntaxError):
            return self._unread(error)
        what = _("`{excerpt}` can't be read: nested too deeply, or a number is too long", excerpt=excerpt(self.text))
        return ExpressionError(what, self.where)

    def _in_it(self, what: str, remedy: str) -> ExpressionError:
        return ExpressionError(_("{what} in `{excerpt}`", what=what, excerpt=excerpt(self.text)), self.where, remedy)

    def _wrong(self, wrong: Wrong) -> ExpressionError:
        made = self._in_it(wrong.what, wrong.remedy)
        if wrong.word:
            made.inside = spot_of(self.grammar, self.text, self.state, wrong.kind, wrong.word)
        return made

    def _unread(self, error: TemplateSyntaxError) -> ExpressionError:
        line = _(" in line {line}", line=error.lineno) if "\n" in self.text.strip() else ""
        said = {"excerpt": excerpt(self.text), "message": in_words(error.message), "line": line}
        inside = spot_of_syntax(self.grammar, self.text, self.state)
        letter = "".join(self.text.split())[inside.before : inside.before + 1]
        remedy = _("type {plain} without the Chinese keyboard", plain=_WIDE[letter]) if letter in _WIDE else ""
        made = ExpressionError(_("`{excerpt}` can't be read: {message}{line}", **said), self.where, remedy)
        made.inside = inside
        return made
