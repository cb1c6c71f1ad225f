"""What a key of routes.yaml is for, said where the key is declared: `relay schema` and the tables of docs/routes.md are
made of it. Texts are English here, and in the reader's language where they are shown."""

from typing import Annotated, Any

from msgspec import Meta

EXPRESSION, TEMPLATE, DURATION = "relay-expression", "relay-template", "relay-duration"
SCHEME, PRESET = "relay-scheme", "relay-preset"

Bare = Annotated[str, Meta(extra_json_schema={"format": EXPRESSION})]
Braced = Annotated[str, Meta(extra_json_schema={"format": TEMPLATE})]
DurationText = Annotated[str, Meta(extra_json_schema={"format": DURATION})]
SchemeName = Annotated[str, Meta(extra_json_schema={"format": SCHEME})]
PresetName = Annotated[str, Meta(extra_json_schema={"format": PRESET})]


def says(does: str, *examples: Any) -> Meta:
    """What the key does, in a few words without a full stop, and values that it may have, as YAML reads them."""
    return Meta(description=does, examples=list(examples))


def unless(held: str) -> Meta:
    """What holds where the key isn't set, where its default alone doesn't tell."""
    return Meta(extra={"unless": held})
