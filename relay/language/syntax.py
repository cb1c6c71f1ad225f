"""What Jinja says of a text that it can't read, in the language that is spoken."""

from relay.texts import N_, heard

_SHAPES = (
    N_("expected token 'end of print statement', got '{got}'"),
    N_("expected token 'end of statement block', got '{got}'"),
    N_("expected token '{wanted}', got '{got}'"),
    N_("unexpected char '{got}' at 0"),
    N_("unexpected char '{got}' at {place}"),
    N_("unexpected end of template, expected 'end of print statement'."),
    N_("unexpected end of template, expected 'end of statement block'."),
    N_("unexpected end of template, expected '{wanted}'."),
    N_("unexpected 'end of template'"),
    N_("unexpected 'end of print statement'"),
    N_("unexpected 'end of statement block'"),
    N_("unexpected '{got}', expected '{wanted}'"),
    N_("unexpected '{got}'"),
    N_("tag name expected"),
    N_("Expected an expression, got '{got}'"),
    N_("Encountered unknown tag '{got}'."),
    N_("Missing end of comment tag"),
    N_("Missing end of raw directive"),
    N_("invalid character in identifier"),
    N_("can't assign to '{name}'"),
)


def in_words(said: str | None) -> str:
    """The same, as far as it is known."""
    return heard(said or "", _SHAPES)
