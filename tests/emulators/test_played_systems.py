"""What each played system does, whoever it is; a new one enters by existing."""

import asyncio
from decimal import Decimal

import aiohttp
import pytest
from speaking import Repeat
from staged import Scene

from relay.emulators.stage.emulator import PAGE
from relay.emulators.stage.knobs import Knob

AMOUNT = "12345678901234567.10"  # a float would lose its cents


def turn(scene: Scene, knob: Knob) -> None:
    """From now on it befalls every request that it can befall."""
    if knob in scene.played.spared:
        pytest.skip(f"{knob} doesn't befall it")
    scene.played.knobs.turn({knob: Decimal(1)})


def booked(scene: Scene) -> list[tuple[str, Decimal | None]]:
    return [(entry.key, entry.amount) for entry in scene.played.books.entries]


def alone(scene: Scene, key: str, amount: str = "1.00") -> list[tuple[str, Decimal | None]]:
    """Books in which this document stands and no other."""
    return [(key, Decimal(amount) if scene.speaks.amounts else None)]


async def until_booked(scene: Scene) -> None:
    for _ in range(3000):
        if scene.played.books.entries:
            return
        await asyncio.sleep(0.01)


async def test_it_listens_on_loopback_and_names_its_page_and_account(fresh: Scene) -> None:
    assert fresh.url.startswith("http://127.0.0.1:")
    assert fresh.played.docs.startswith("https://")
    state = (await fresh.speaks.say("GET", "/_emulator")).json()
    assert state["account"] == fresh.played.shown()
    assert state["booked"] == 0
    assert state["addresses"]
    assert len(set(state["addresses"])) == len(state["addresses"])


async def test_a_wrong_login_is_refused_in_its_words(fresh: Scene) -> None:
    heard = await fresh.speaks.log_in_wrongly()
    assert fresh.speaks.wrong_login in heard.text
    assert booked(fresh) == []


async def test_a_document_is_booked_with_its_number_key_and_exact_amount(scene: Scene) -> None:
    number = scene.speaks.number(await scene.speaks.post("B26000123", AMOUNT))
    assert booked(scene) == alone(scene, "B26000123", AMOUNT)
    assert number == (scene.played.books.entries[0].number if scene.speaks.numbers else "")
    assert (AMOUNT in (await scene.speaks.say("GET", "/_emulator/books")).text) is scene.speaks.amounts


async def test_two_documents_have_two_numbers(scene: Scene) -> None:
    numbers = {scene.speaks.number(await scene.speaks.post(key, "1.00")) for key in ("B1", "B2")}
    assert len(numbers) == (2 if scene.speaks.numbers else 1)
    assert None not in numbers


async def test_a_document_that_lacks_something_is_refused(scene: Scene) -> None:
    heard = await scene.speaks.post_incomplete("B1")
    assert scene.speaks.missing in heard.text
    assert scene.speaks.number(heard) is None
    assert booked(scene) == []


async def test_debit_and_credit_must_be_equal_to_the_cent(scene: Scene) -> None:
    if scene.speaks.unbalanced is None:
        pytest.skip("it keeps no two sides")
    heard = await scene.speaks.post("B1", AMOUNT, "12345678901234567.11")
    assert scene.speaks.unbalanced in heard.text
    assert scene.speaks.number(heard) is None
    assert booked(scene) == []


async def test_what_comes_of_the_same_document_once_more(scene: Scene) -> None:
    first, second = [scene.speaks.number(await scene.speaks.post("B1", "1.00")) for _ in range(2)]
    match scene.speaks.repeat:
        case Repeat.KNOWN:
            assert second == first
        case Repeat.REFUSED:
            assert second is None
        case Repeat.DOUBLED:
            assert second is not None
            assert second != first or not scene.speaks.numbers
    assert scene.played.books.doubled() == (["B1"] if scene.speaks.repeat is Repeat.DOUBLED else [])


async def test_its_ledger_can_be_asked(scene: Scene) -> None:
    if not scene.speaks.asks:
        pytest.skip("it has no ledger that can be asked")
    assert await scene.speaks.ask("B1") is None
    number = scene.speaks.number(await scene.speaks.post("B1", "1.00"))
    assert await scene.speaks.ask("B1") == number


async def test_a_session_that_ended_is_refused_in_its_words(scene: Scene) -> None:
    turn(scene, Knob.EXPIRE_SESSIONS)
    heard = await scene.speaks.post("B1", "1.00")
    assert scene.speaks.lost_session
    assert scene.speaks.lost_session in heard.text
    assert booked(scene) == []
    scene.played.knobs.turn({Knob.EXPIRE_SESSIONS: Decimal(0)})
    await scene.speaks.log_in()
    assert scene.speaks.number(await scene.speaks.post("B1", "1.00")) is not None


async def test_a_session_ends_in_time(scene: Scene) -> None:
    if Knob.EXPIRE_SESSIONS in scene.played.spared:
        pytest.skip("it has no sessions")
    await scene.speaks.say("POST", "/_emulator/clock", json={"seconds": 30 * 24 * 3600})
    assert scene.speaks.number(await scene.speaks.post("B1", "1.00")) is None
    assert booked(scene) == []


@pytest.mark.parametrize("knob", [Knob.THROTTLE, Knob.CLOSED_PERIOD])
async def test_what_it_refuses_it_refuses_in_its_words_and_books_nothing(scene: Scene, knob: Knob) -> None:
    turn(scene, knob)
    heard = await scene.speaks.post("B1", "1.00")
    assert scene.speaks.says[knob] in heard.text
    assert scene.speaks.number(heard) is None
    assert booked(scene) == []


async def test_a_gateways_page_is_a_200_and_books_nothing(scene: Scene) -> None:
    turn(scene, Knob.HTML_PAGE)
    heard = await scene.speaks.post("B1", "1.00")
    assert (heard.status, heard.text) == (200, PAGE)
    assert booked(scene) == []


async def test_dropped_after_the_commit_leaves_one_entry_and_no_answer(scene: Scene) -> None:
    turn(scene, Knob.DROP_AFTER_COMMIT)
    with pytest.raises(aiohttp.ClientError):
        await scene.speaks.post("B1", "1.00")
    assert booked(scene) == alone(scene, "B1")


async def test_a_late_commit_shows_after_the_connection_has_ended(scene: Scene) -> None:
    turn(scene, Knob.COMMIT_LATE)
    with pytest.raises(aiohttp.ClientError):
        await scene.speaks.post("B1", "1.00")
    await until_booked(scene)
    assert booked(scene) == alone(scene, "B1")


async def test_a_truncated_answer_breaks_off_and_the_entry_stays(scene: Scene) -> None:
    turn(scene, Knob.TRUNCATE)
    with pytest.raises(aiohttp.ClientError):
        await scene.speaks.post("B1", "1.00")
    assert booked(scene) == alone(scene, "B1")


async def test_a_slow_answer_comes_all_the_same(scene: Scene) -> None:
    turn(scene, Knob.SLOW)
    assert scene.speaks.number(await scene.speaks.post("B1", "1.00")) is not None
