"""`relay check --schemes` tells what the records say: to people in columns, to programs as JSON, as docs/sources.md."""

import json

import pytest

from relay.cli import main, schemes
from relay.cli.scheme_facts import Facts, code
from relay.signatures import catalogue
from relay.signatures.record import Record
from relay.signatures.vocabulary import Vocabulary
from relay.signatures.words import Composed, FormContent, Timestamp


def test_every_scheme_is_listed_in_columns(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schemes"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == catalogue.names()
    at = head.index("ALGORITHM")
    assert {row[at - 1] for row in rows} == {" "}
    assert all(row[at] != " " for row in rows)


def test_programs_get_the_records_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schemes", "--json"]) == 0
    told = {each["name"]: each for each in json.loads(capsys.readouterr().out)}
    assert set(told) == set(catalogue.names())
    assert told["stripe"]["verify"]["timestamp"]["tolerance"] == "5m"


def test_markdown_is_the_page_and_goes_with_schemes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--schemes", "--markdown"]) == 0
    assert capsys.readouterr().out == schemes.markdown(schemes.facts())
    assert main(["check", "--markdown"]) == 2
    assert "add --schemes" in capsys.readouterr().err


def told(words: Vocabulary, **more: str) -> Facts:
    return Facts("it", Record(verify=words, **more))  # type: ignore[arg-type]


def test_what_is_signed_is_told_from_the_words() -> None:
    plain = {"algorithm": "hmac-sha256", "header": "X"}
    sort, form = Composed(sort=["{secret}", "{body}"]), Composed(form=FormContent(before="{url}", after="!"))
    for content, signed in [
        ("{body}", "the body"),
        ("{method}\n{body}\n", "`{method}\\n{body}\\n`"),
        (sort, "`{secret}`, `{body}`, sorted"),
        (form, "`{url}` and the form's fields, sorted and `!`"),
    ]:
        assert told(Vocabulary(**plain, content=content)).signed == signed  # type: ignore[arg-type]
    each = Vocabulary(algorithm="hmac-sha256", field="s", content="{field:a}", each=True)
    assert told(each, bound="a alone").signed == "`{field:a}` of each item; binds a alone"
    assert told(Vocabulary(algorithm="token"), bound="nothing").signed == "binds nothing"


def test_what_keeps_an_old_request_out_is_told_from_the_words_unless_the_record_says_it() -> None:
    stamp = Timestamp(header="T", tolerance="5s", bound="past")
    stamped = Vocabulary(algorithm="hmac-sha256", header="X", content="{timestamp}{body}", timestamp=stamp)
    plain = Vocabulary(algorithm="hmac-sha256", header="X")
    assert told(stamped).replay == "5s into the past"
    assert told(plain).replay == "by the body's hash alone"
    assert told(plain, id="{{ body.id }}").replay == "by the event's id alone"
    assert told(plain, replay="none").replay == "none"


def test_a_lone_template_is_told_without_its_braces() -> None:
    assert code("{{ body.id }}") == "`body.id`"
    assert code("{{ body.a }}-{{ body.b }}") == "`{{ body.a }}-{{ body.b }}`"
