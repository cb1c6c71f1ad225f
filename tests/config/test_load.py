"""A file that holds is compiled whole: defaults, presets, what extends what, and what is secret."""

import shutil
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

import pytest

from relay.config import Config, load
from relay.destination import Ambiguous, Limits
from relay.errors import ConfigError, ExpressionError
from relay.source import Callback

GOOD = Path(__file__).parent / "good"
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENV = {
    "EXPENSES_SECRET": KEY,
    "STATUS_SECRET": KEY,
    "HESI_TOKEN": "hesi-token",
    "UPLOADS_SECRET": "uploads-secret",
    "ERP_PASSWORD": "correct horse",
}
START = "version: 1\nsources: {s: {verify: github, secret: abcd}}\n"


@pytest.fixture
def contract() -> Config:
    return load(GOOD / "contract.yaml", ENV)


def written(folder: Path, text: str, **env: str) -> Config:
    (folder / "routes.yaml").write_text(text)
    return load(folder / "routes.yaml", env)


def destinations(folder: Path, text: str) -> Config:
    return written(folder, f"{START}destinations:\n{text}")


def faults(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        written(folder, text)
    return str(refused.value)


def test_the_contracts_own_example_loads(contract: Config) -> None:
    assert set(contract.sources) == {"expenses", "hesi", "uploads"}
    assert contract.sources["expenses"].callback == Callback(
        to="expenses-status", on=frozenset({"delivered", "dead"}), routes=frozenset({"paid-expense-to-voucher"})
    )
    assert contract.sources["expenses"].rate == 200
    assert contract.sources["hesi"].scheme.name == "token"
    assert contract.trusted_proxies == (ip_network("10.8.0.0/16"),)
    assert contract.destinations["erp"].limits == Limits(concurrency=1, pace_ms=100)
    assert contract.timezone == "Asia/Shanghai"


def test_the_contracts_example_renders_with_its_table_and_exact_decimals(contract: Config) -> None:
    plan = contract.plan_for("paid-expense-to-voucher", "erp")
    details = [{"feeType": "travel", "amount": Decimal("12.30")}]
    body = {"paidAt": "2026-03-31T16:30:00Z", "details": details, "number": "B1"}
    assert plan
    assert plan.render({"event": {"received_at": "2026-04-01T00:00:00Z"}, "body": body, "delivery": {}}).body == (
        b'{"date":"2026-04-01","total":12.30,"lines":[{"account":"6602.01","debit":12.30}]}'
    )


def test_a_callbacks_destination_resends_unless_it_says_otherwise(contract: Config, tmp_path: Path) -> None:
    assert contract.destinations["expenses-status"].limits.ambiguous is Ambiguous.RESEND
    said = "version: 1\nsources: {s: {verify: github, secret: abcd, callback: d}}\n"
    said += "destinations: {d: {url: http://d, ambiguous: hold}}"
    assert written(tmp_path, said).destinations["d"].limits.ambiguous is Ambiguous.HOLD


def test_a_destination_that_books_runs_one_at_a_time_unless_it_says_otherwise(tmp_path: Path) -> None:
    config = destinations(
        tmp_path,
        "  a: {url: http://a}\n  b: {url: http://b, posts: true}\n  c: {url: http://c, posts: true, concurrency: 3}\n",
    )
    assert [config.destinations[name].limits.concurrency for name in "abc"] == [8, 1, 3]


def test_what_extends_another_takes_its_settings_and_lays_its_own_over_them(tmp_path: Path) -> None:
    config = destinations(
        tmp_path,
        """
  base:
    abstract: true
    url: http://base
    headers: {X-A: "1", X-B: "2"}
    retry: {first: 1s, attempts: 3}
    auth: {type: bearer, token: secret-token}
    request: {body: {a: 1}}
  one:
    extends: base
    headers: {X-B: "3"}
    retry: {attempts: 5}
  two: {extends: one, url: http://two, auth: {type: none}}
""",
    )
    one, two = config.destinations["one"], config.destinations["two"]
    assert set(config.destinations) == {"one", "two"}
    assert {name: value.evaluate({}) for name, value in one.headers.items()} == {"X-A": "1", "X-B": "3"}
    assert (one.limits.retry.first_ms, one.limits.retry.attempts) == (1000, 5)
    assert (two.url.evaluate({}), one.auth.secrets(), two.auth.secrets()) == ("http://two", ["secret-token"], [])
    assert config.plan_for(None, "two") is two.request
    assert two.request


def test_a_routes_request_beats_the_destinations_and_without_both_the_event_goes_as_it_came(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        START
        + """
destinations: {d: {url: http://d, request: {body: {a: 1}}}, e: {url: http://e}}
routes:
  - {name: own, from: s, to: [d, e], request: {body: {b: 2}}}
  - {name: none, from: s, to: [d, e]}
""",
    )
    own, of_d = config.plan_for("own", "d"), config.plan_for("none", "d")
    assert own and own.render({}).body == b'{"b":2}'  # noqa: PT018
    assert of_d and of_d.render({}).body == b'{"a":1}'  # noqa: PT018
    assert config.plan_for("none", "e") is None
    assert config.plan_for("gone", "e") is None
    assert (config.has_route("own"), config.has_route("gone")) == (True, False)


def test_the_version_follows_the_file_its_templates_and_tables_and_not_the_environment(tmp_path: Path) -> None:
    for name in ("contract.yaml", "tables"):
        source = GOOD / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    first = load(tmp_path / "contract.yaml", ENV).version
    assert load(tmp_path / "contract.yaml", {**ENV, "ERP_PASSWORD": "other"}).version == first
    with (tmp_path / "tables" / "accounts.csv").open("a") as table:
        table.write("1010,food,,6602.02\n")
    assert load(tmp_path / "contract.yaml", ENV).version != first


def test_every_file_that_it_was_made_of_is_named_to_be_watched(contract: Config) -> None:
    assert {path.name for path in contract.files} == {"contract.yaml", "accounts.csv"}


def test_every_credential_is_masked_and_an_address_is_not(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        """
version: 1
sources: {s: {verify: github, secret: [source-secret, "${OLD}"]}}
destinations:
  d:
    url: https://${HOST}/?key=${ROBOT_KEY}
    auth: {type: bearer, token: bearer-token}
    headers: {X-App: "${APP}"}
    sign: {scheme: github, secret: sign-secret}
""",
        OLD="old-secret",
        HOST="erp.example.com",
        ROBOT_KEY="robot-key",
        APP="app-id",
    )
    for secret in ("source-secret", "old-secret", "robot-key", "bearer-token", "app-id", "sign-secret"):
        assert config.mask.text(secret) == "***"
    assert config.mask.text("erp.example.com") == "erp.example.com"


def test_a_dotenv_file_is_read_and_the_environment_beats_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=from-file\nB=from-file\n")
    text = "version: 1\nsources: {s: {verify: github, secret: ['${A}', '${B}']}}\n"
    assert written(tmp_path, text, B="from-environment").sources["s"].secrets == ("from-file", "from-environment")


def test_the_header_that_holds_a_token_is_hidden_and_a_signature_is_not(tmp_path: Path) -> None:
    text = "version: 1\nsources: {t: {verify: token, secret: abcd}, g: {verify: github, secret: abcd}}\n"
    sources = written(tmp_path, text).sources
    assert (sources["t"].hidden, sources["g"].hidden) == ({"authorization"}, set())


def test_an_id_of_its_own_holds_what_differs_and_the_schemes_says_for_itself(tmp_path: Path) -> None:
    text = (
        "version: 1\nsources:\n  a: {verify: github, secret: abcd}\n"
        "  b: {verify: github, secret: abcd, id: '{{ body.n }}'}\n"
        "  c: {verify: github, secret: abcd, id: '{{ body.n }}', on_differs: ignore}\n"
    )
    assert [source.on_differs for source in written(tmp_path, text).sources.values()] == ["ignore", "hold", "ignore"]


def test_a_callback_that_says_none_is_none(tmp_path: Path) -> None:
    config = written(tmp_path, "version: 1\nsources: {s: {verify: github, secret: abcd, callback: none}}\n")
    assert config.callback_of("s") is config.callback_of("unknown") is None


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("t.csv", "a,b\n1\n", "too few or too many cells in row 2"),
        ("t.csv", "a,b\n1,2\n1,3\n", "two rows for '1'"),
        ("t.csv", "b\n1\n", "has no column 'a'; known are b"),
        ("t.csv", 'a\n"1\n', "is no CSV"),
        ("t.yaml", "a: 1\n", "is no list of rows"),
        ("t.yaml", "- {a: 1, b: {c: 2}}\n", "a cell that is no text or number"),
        ("t.yaml", "- {a: 1\n", "can't be read: t.yaml:2:1"),
        ("t.yaml", "- {a: 1, a: 2}\n", "can't be read: t.yaml:1:10: the key 'a' is here twice"),
        ("t.xlsx", "", "is neither CSV nor YAML"),
    ],
)
def test_a_table_that_cannot_be_used_is_a_fault_at_its_file(name: str, content: str, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    text = faults(tmp_path, f"{START}tables:\n  t: {{file: {name}, key: a}}\n")
    assert text.startswith("routes.yaml:4:13: ")
    assert why in text


def test_a_yaml_table_is_looked_up_by_text(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("- {a: 0010, b: 12.30}\n- {a: 7, b: x}\n")
    text = (
        START
        + "tables: {t: {file: t.yaml, key: [a]}}\ndestinations: {d: {url: \"http://d/{{ lookup('t', body.a).b }}\"}}\n"
    )
    url = written(tmp_path, text).destinations["d"].url
    assert [url.evaluate({"body": {"a": key}}) for key in ("0010", 7)] == ["http://d/12.30", "http://d/x"]
    with pytest.raises(Exception, match="no entry '8' in the table t"):
        url.evaluate({"body": {"a": "8"}})


DATED = "tables: {t: {file: t.csv, key: [a, b], from: since}, rates: {file: rates.csv, key: [from, to], from: since}}\n"
CELLS = "a,b,since,c\n1,x,2026-04-01,april\n1,x,,before\n1,x,2026-07-01,july\n1,y,2026-04-01,april\n"
PAID = {"event": {"received_at": "2026-06-30T16:30:00.000Z"}, "body": {"at": "2026-03-31T15:59:59Z", "by": 7}}


def looked_up(folder: Path, expression: str) -> object:
    (folder / "t.csv").write_text(CELLS)
    (folder / "rates.csv").write_text("from,to,since,rate\nUSD,CNY,2026-03-01,7.1853\nUSD,CNY,2026-04-01,7.20\n")
    where = "version: 1\ndefaults: {timezone: Asia/Shanghai}\n"
    text = f'{where}{DATED}destinations: {{d: {{url: "http://d", headers: {{X-Found: "{{{{ {expression} }}}}"}}}}}}\n'
    return written(folder, text).destinations["d"].headers["X-Found"].evaluate(PAID)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lookup('t', 1, 'x', at='1999-01-01').c", "before"),
        ("lookup('t', 1, 'x', at=body.at).c", "before"),
        ("lookup('t', 1, 'x', at='2026-04-01').c", "april"),
        ("lookup('t', 1, 'x', at='2026-03-31T16:00:00Z').c", "april"),
        ("lookup('t', 1, 'x', at='2026-06-30').c", "april"),
        ("lookup('t', 1, 'x').c", "july"),
        ("lookup('t', 1, 'y', at='2026-03-31').c | default('none')", "none"),
        ("rate('USD', 'CNY', at='2026-03-31')", Decimal("7.1853")),
        ("100 * rate('USD', 'CNY') | money('CNY')", Decimal("720.00")),
        ("rate('CNY', 'CNY', at=body.at)", Decimal(1)),
    ],
)
def test_an_entry_holds_from_its_day_until_the_next_of_its_key(
    expression: str, expected: object, tmp_path: Path
) -> None:
    assert looked_up(tmp_path, expression) == expected


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("lookup('t', 1, 'z')", "no entry '1', 'z' in the table t in"),
        ("lookup('t', 1, 'y', at='2026-03-31').c", "no entry '1', 'y' in the table t before 2026-04-01"),
        ("lookup('t', 1, 'x', at='yesterday')", "text that is no time"),
        ("lookup('t', 1, 'x', at=body.paid)", "'body.paid' is missing"),
        ("rate('CNY', 'USD', at='2026-04-01')", "no entry 'CNY', 'USD' in the table rates"),
        ("rate('USD', 'CNY', at='2026-02-01')", "no entry 'USD', 'CNY' in the table rates before 2026-03-01"),
    ],
)
def test_a_missing_entry_names_its_table_and_its_key(expression: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(ExpressionError, match=why):
        looked_up(tmp_path, expression)


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ("a,since\n1,2026-01-01\n1,2026-01-01\n", "two rows for '1' from 2026-01-01"),
        ("a,since\n1,2026/1/1\n", "has no day in 'since' for '1'; write it as 2026-01-31, or leave it empty"),
        ("a,since\n1,2026-02-30\n", "has no day in 'since' for '1'"),
        ("a,b\n1,2\n", "has no column 'since'"),
    ],
)
def test_a_table_whose_days_cannot_be_told_is_a_fault(cells: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(cells)
    assert why in faults(tmp_path, f"{START}tables:\n  t: {{file: t.csv, key: a, from: since}}\n")


def test_there_is_no_rate_where_no_table_tells_it(tmp_path: Path) -> None:
    text = START + "destinations: {d: {url: \"http://d/{{ rate('USD', 'CNY') }}\"}}\n"
    assert "there is no function 'rate'" in faults(tmp_path, text)


def test_sections_of_the_wrong_kind_are_told(tmp_path: Path) -> None:
    text = "version: 1\nsources: []\ndestinations: text\ntables: 3\nroutes: {}\ntests: {a: b}\ndefaults: []\n"
    assert [line.split(":")[1] for line in faults(tmp_path, text).splitlines()] == ["2", "3", "4", "6", "7"]
