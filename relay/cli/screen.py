"""How `relay demo` looks: an aligned timeline, in colours on a terminal, and the account at its end."""

import sys
from collections.abc import Sequence

from relay.cli.printing import cut, padded
from relay.demo.show import Line
from relay.demo.tally import Tally
from relay.demo.timeline import Tone

BOLD, FAINT = "1", "2"
COLOURS = {Tone.GOOD: "32", Tone.WAITS: "33", Tone.BAD: "31"}
SUBJECT, WHERE, TEXT = 11, 8, 26
CUT = 76


class Screen:
    """Prints to stdout, each line at once."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def scene(self, title: str) -> None:
        self._print(f"\n{self._in(BOLD, title)}")

    def note(self, text: str) -> None:
        self._print(text)

    def line(self, line: Line) -> None:
        """Seconds, the document's number, where, and what."""
        begin = f"{line.after_s:6.2f} s  {padded(line.subject, SUBJECT)}  {padded(line.where, WHERE)}  "
        self._print(self._in(FAINT, begin) + self._in(COLOURS.get(line.tone, ""), cut(_text(line), CUT)))

    def account(self, found: Tally, notices: int, took_s: float) -> None:
        self.scene("The account 对账")
        for name, text in _rows(found, notices, took_s):
            self._print(f"  {padded(name, 12)}  {text}")

    def verdict(self, faults: Sequence[str]) -> None:
        """The last word; what went wrong goes to stderr."""
        said, tone = ("something went wrong", Tone.BAD) if faults else ("all as promised", Tone.GOOD)
        self._print("\n" + self._in(COLOURS[tone], said))
        for fault in faults:
            print(f"error: {fault}", file=sys.stderr)

    def _in(self, colour: str, text: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colours and colour else text

    def _print(self, text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _rows(found: Tally, notices: int, took_s: float) -> Sequence[tuple[str, str]]:
    answers, erp = found.answers, found.to_erp
    return (
        ("webhooks", f"{answers[202]} accepted, {answers[200]} known already, {answers[401]} refused"),
        ("to the ERP", f"{erp['delivered']} delivered, {erp['dead']} dead, {erp['held']} held for a person"),
        ("booked", f"{found.vouchers} vouchers for {found.documents} documents"),
        ("callbacks", f"{found.verified} of {found.callbacks} heard, their signatures verified"),
        ("notices", f"{notices} to the OA"),
        ("promises", f"{len(found.lost)} lost, {len(found.doubled)} doubled, {len(found.changed)} amounts changed"),
        ("time", f"{took_s:.1f} s"),
    )


def _text(line: Line) -> str:
    return f"{padded(line.text, TEXT)} {line.amount:>20}  {line.answer}" if line.answer else line.text
