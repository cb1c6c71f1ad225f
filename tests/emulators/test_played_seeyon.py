"""What Seeyon A8 has beyond the others: a 401 for a lost token, drafts, and a state that is a bare number."""

import pytest
from staged import Scene

SYSTEM = "seeyon"


async def test_a_lost_token_is_a_401(named: Scene) -> None:
    named.played.sessions.end_all()
    assert (await named.speaks.post("B1", "1.00")).status == 401


async def test_another_login_name_or_template_is_refused(named: Scene) -> None:
    assert (await named.speaks.ask_token(loginName="nobody")).json() == {"id": "-1"}
    assert "模板不存在" in (await named.speaks.post("B1", "1.00", templateCode="NONE")).text


@pytest.mark.parametrize(("subject", "end"), [("报销 B1", 3), ("驳回 B1", 1)])
async def test_a_process_ends_after_some_polls(named: Scene, subject: str, end: int) -> None:
    number = named.speaks.number(await named.speaks.post("B1", "1.00", subject=subject))
    assert [(await named.speaks.state(number)).json() for _ in range(3)] == [0, 0, end]


async def test_a_draft_doesnt_run(named: Scene) -> None:
    number = named.speaks.number(await named.speaks.post("B1", "1.00", draft="1"))
    assert [(await named.speaks.state(number)).json() for _ in range(3)] == [0, 0, 0]
    assert named.played.books.entries[0].state == "draft"


async def test_a_process_that_isnt_there_is_refused(named: Scene) -> None:
    assert (await named.speaks.state("1")).json()["message"] == "流程不存在"
