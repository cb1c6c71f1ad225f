"""A conversation goes from step to step, says what must be kept between them, and is taken up where it stood."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from relay.conversation import Ask, Conversation, Ended, Keep, Requests, Talk
from relay.destination import Answer, Call, Confirm, Destination, Limits, Request, Step
from relay.destinations.auth import NoneAuth
from relay.destinations.judge import Rule, RuleJudge
from relay.language.expression import Language, Value
from relay.outcome import LaneEffect, Outcome, Verdict
from relay.progress import NOTHING, POST, Progress
from relay.rendering import Rendered, asking, pack, unpack
from relay.retry import Retry

LANGUAGE = Language().beside(frozenset({"steps", "accepted"}))
RULES = [
    Rule(when="body.no is defined", outcome=Outcome.REJECTED, reason="{{ body.no }}"),
    Rule(when="body.later is defined", outcome=Outcome.UNKNOWN),
    Rule(when="body.job is defined", outcome=Outcome.ACCEPTED, document="{{ body.job }}"),
    Rule(when="true", outcome=Outcome.DELIVERED, document="{{ body.id | default('') }}", data={"n": "{{ body.n }}"}),
]
JUDGE = RuleJudge(LANGUAGE, RULES)
NAMES = {"event": {"id": "e"}, "delivery": {"key": "k"}}


def value(text: str) -> Value:
    return LANGUAGE.value(text, frozenset({"steps"}))


def step(name: str, url: str = "https://erp.example.com", when: str | None = None) -> Step:
    held = LANGUAGE.expression(when, frozenset({"steps"})) if when else None
    return Step(name=name, call=Call(method="POST", url=value(url)), judge=JUDGE, when=held)


def confirmed(url: str | None = "https://erp.example.com/jobs/{{ accepted.document }}") -> Confirm:
    names = frozenset({"steps", "accepted"})
    call = Call(method="GET", url=LANGUAGE.value(url, names)) if url else None
    return Confirm(call=call, judge=JUDGE, told=JUDGE, wait=Retry(), within_ms=1000)


def destination(*then: Step, confirm: Confirm | None = None) -> Destination:
    return Destination(
        name="erp",
        url=value("https://erp.example.com"),
        method="POST",
        headers={},
        auth=NoneAuth(),
        judge=JUDGE,
        limits=Limits(),
        then=then,
        confirm=confirm,
    )


def begun(to: Destination, progress: Progress, said: list[bytes]) -> Conversation:
    def step_request(of: Step, known: Mapping[str, Any]) -> Request:
        return asking(of.call, known, to)

    post = Request(method="POST", url="https://erp.example.com/post", headers={}, body=b"")
    requests = Requests(lambda: post, step_request, lambda call, known: asking(call, known, to))
    posted = [Answer(status=200, headers={}, body=body) for body in said]
    return Talk(to, requests, NAMES, posted).go_on(progress)


def told(
    to: Destination, answers: list[bytes], progress: Progress = NOTHING, posted: list[bytes] | None = None
) -> tuple[list[Ask | Keep], Ended]:
    """All that a conversation said, which got these answers, and its end. `posted`: by the destination, of itself."""
    talk, said, coming = begun(to, progress, posted or []), [], iter(answers)
    try:
        said.append(next(talk))
        while True:
            last = said[-1]
            if isinstance(last, Ask):
                answer = Answer(status=200, headers={}, body=next(coming))
                said.append(talk.send(last.judge(answer)))
            else:
                said.append(next(talk))
    except StopIteration as end:
        return said, end.value


def asked(said: list[Ask | Keep]) -> list[str]:
    return [one.step if isinstance(one, Ask) else f"keep {one.step}" for one in said]


def test_without_steps_there_is_one_request_and_nothing_to_keep() -> None:
    said, ended = told(destination(), [b'{"id": "V-1"}'])
    assert asked(said) == [POST]
    assert (ended.verdict.outcome, ended.verdict.document, ended.step) == (Outcome.DELIVERED, "V-1", POST)


def test_each_step_is_kept_before_the_next_and_the_last_document_is_the_deliverys() -> None:
    to = destination(step("submit"), step("audit"))
    said, ended = told(to, [b'{"id": "V-1", "n": 12.30}', b"{}", b'{"id": "V-1/A"}'])
    assert asked(said) == [POST, "keep post", "submit", "keep submit", "audit"]
    assert (ended.verdict.document, ended.verdict.data) == ("V-1/A", {"n": Decimal("12.30")})
    assert str(ended.verdict.data["n"]) == "12.30"


def test_a_step_sees_what_those_before_it_gave() -> None:
    said, _ = told(
        destination(step("submit", "https://e.example.com/{{ steps.post.document }}")), [b'{"id": "V-1"}', b"{}"]
    )
    last = said[-1]
    assert isinstance(last, Ask)
    assert last.request.url == "https://e.example.com/V-1"


def test_a_step_whose_when_does_not_hold_is_left_out() -> None:
    to = destination(step("submit", when="steps.post.data.n > 10"), step("audit"))
    assert asked(told(to, [b'{"n": 9}', b"{}"])[0]) == [POST, "keep post", "audit"]


def test_a_step_that_is_refused_ends_it_and_says_its_name() -> None:
    said, ended = told(destination(step("submit"), step("audit")), [b"{}", b'{"no": "no period"}'])
    assert asked(said) == [POST, "keep post", "submit"]
    assert (ended.verdict.outcome, ended.verdict.reason) == (Outcome.REJECTED, "submit: no period")
    assert list(ended.progress.steps) == [POST]


def test_what_is_done_is_never_asked_again() -> None:
    to = destination(step("submit"), step("audit"))
    reached = NOTHING.done(POST, Verdict(outcome=Outcome.DELIVERED, document="V-1"))
    said, ended = told(to, [b"{}", b"{}"], reached)
    assert asked(said) == ["submit", "keep submit", "audit"]
    assert ended.verdict.document == "V-1"


def test_where_all_is_done_nothing_is_asked_and_nothing_said_of_the_lane() -> None:
    reached = NOTHING.done(POST, Verdict(outcome=Outcome.DELIVERED)).done("a", Verdict(outcome=Outcome.DUPLICATE))
    said, ended = told(destination(step("a")), [], reached)
    assert said == []
    assert (ended.verdict.outcome, ended.verdict.lane) == (Outcome.DELIVERED, LaneEffect.NONE)


def test_progress_is_kept_with_the_request_and_its_decimals_stay() -> None:
    reached = NOTHING.done(POST, Verdict(outcome=Outcome.DELIVERED, document="V-1", data={"n": Decimal("12.30")}))
    rendered = Rendered(method="POST", url="https://erp.example.com", headers={}, body=b"{}", progress=reached)
    found = unpack(pack(rendered)).progress
    assert found == reached
    assert str(found.names()["steps"][POST]["data"]["n"]) == "12.30"


TAKEN = NOTHING.taken(Verdict(outcome=Outcome.ACCEPTED, document="J-1", data={"queue": "q"}))


def test_what_is_accepted_is_kept_before_it_ends() -> None:
    said, ended = told(destination(step("submit"), confirm=confirmed()), [b'{"job": "J-1"}'])
    assert asked(said) == [POST, "keep post"]
    assert (ended.verdict.outcome, ended.progress.accepted) == (Outcome.ACCEPTED, NOTHING.taken(ended.verdict).accepted)
    assert not ended.asked


def test_without_confirm_nothing_is_kept_of_it() -> None:
    said, ended = told(destination(), [b'{"job": "J-1"}'])
    assert (asked(said), ended.verdict.outcome) == ([POST], Outcome.ACCEPTED)


def test_what_was_accepted_is_asked_about_and_never_posted_again() -> None:
    said, ended = told(destination(confirm=confirmed()), [b'{"job": "J-1"}'], TAKEN)
    assert asked(said) == ["confirm"]
    assert isinstance(said[0], Ask)
    assert said[0].request.url == "https://erp.example.com/jobs/J-1"
    assert (ended.verdict.outcome, ended.asked) == (Outcome.ACCEPTED, True)


def test_confirmed_it_is_delivered_under_what_is_known_of_it() -> None:
    _, ended = told(destination(confirm=confirmed()), [b"{}"], TAKEN)
    assert (ended.verdict.outcome, ended.verdict.document) == (Outcome.DELIVERED, "J-1")
    assert ended.verdict.data == {"queue": "q"}
    assert ended.asked


def test_confirmed_it_goes_on_with_its_steps() -> None:
    said, ended = told(destination(step("submit"), confirm=confirmed()), [b'{"id": "V-1"}', b"{}"], TAKEN)
    assert asked(said) == ["confirm", "keep confirm", "submit"]
    assert (ended.verdict.document, ended.asked) == ("V-1", False)


def test_what_the_destination_posted_decides_and_nothing_is_asked() -> None:
    said, ended = told(destination(confirm=confirmed()), [], TAKEN, [b'{"job": "J-1"}', b'{"no": "closed"}'])
    assert said == []
    assert (ended.verdict.outcome, ended.verdict.reason) == (Outcome.REJECTED, "confirm: closed")
    assert ended.verdict.lane is LaneEffect.NONE


def test_where_what_it_posted_says_nothing_yet_it_is_asked_or_waited_for() -> None:
    assert asked(told(destination(confirm=confirmed()), [b"{}"], TAKEN, [b'{"later": 1}'])[0]) == ["confirm"]
    said, ended = told(destination(confirm=confirmed(None)), [], TAKEN, [b'{"later": 1}'])
    assert (said, ended.verdict.outcome) == ([], Outcome.ACCEPTED)


def test_where_the_configuration_knows_no_way_any_more_it_stays_accepted() -> None:
    said, ended = told(destination(), [], TAKEN)
    assert (said, ended.verdict.outcome, ended.asked) == ([], Outcome.ACCEPTED, True)
