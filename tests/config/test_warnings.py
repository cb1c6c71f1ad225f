"""What is legal and suspicious is said at its place, and stops nothing."""

from pathlib import Path

import pytest

from relay.config import load
from relay.config.document import read
from relay.config.files import Files
from relay.config.loading import Loading
from relay.config.places import Faults
from relay.config.variables import Variables
from relay.errors import ConfigError

TEXT = b"version: 1\nroutes:\n  - name: a\n    when: 'true'\n"


@pytest.fixture
def loading() -> Loading:
    faults = Faults("routes.yaml")
    document = read(TEXT, faults)
    return Loading(document, faults, Variables(document, faults, {}, Path()), Files(Path()))


def test_a_warning_is_told_once_with_its_place_and_is_no_fault(loading: Loading) -> None:
    for _ in range(2):
        loading.warn(("routes", 0, "when"), "this always holds", "leave it out")
    loading.warn(("routes", 0, "name"), "a short name", key=True)
    loading.faults.raise_any()
    assert list(map(str, loading.faults.warnings)) == [
        "routes.yaml:3:5: warning: a short name",
        "routes.yaml:4:11: warning: this always holds; leave it out",
    ]


def test_warnings_stand_beside_the_faults_of_a_file_that_is_refused(loading: Loading) -> None:
    loading.warn(("routes",), "odd")
    loading.fault(("version",), "only version 1 is known")
    with pytest.raises(ConfigError) as refused:
        loading.faults.raise_any()
    assert str(refused.value) == "routes.yaml:1:10: only version 1 is known"
    assert [each.severity for each in (*refused.value.faults, *refused.value.warnings)] == ["fault", "warning"]


@pytest.mark.parametrize(
    ("when", "column"), [("body.a == body.b #1", 28), ("body.a # a comment", None), ("'body.a' #x", None)]
)
def test_what_a_comment_cuts_off_an_expression_is_suspicious(when: str, column: int | None, tmp_path: Path) -> None:
    parts = "version: 1\nsources: {s: {verify: github, secret: '${S}', callback: none}}\ndestinations: {d: {url: http://127.0.0.1}}\n"
    (tmp_path / "routes.yaml").write_text(
        f"{parts}routes:\n  - {{name: a, from: s, to: d}}\n  - name: b\n    from: s\n    to: d\n    when: {when}\n"
    )
    found = [each.column for each in load(tmp_path / "routes.yaml", {"S": "a-secret"}).warnings if each.line == 9]
    assert found == ([] if column is None else [column])
