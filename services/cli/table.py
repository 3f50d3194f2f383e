"""Tables for people: aligned, cut to the terminal by importance. Pure."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

GAP = "  "
SHRUNK_MIN = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """`exact` is what a pipe gets where people are shown something shorter."""

    text: str
    tone: str = ""
    exact: str | None = None

    @property
    def plain(self) -> str:
        return (self.text if self.exact is None else self.exact).replace("\t", " ")


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    shrinks: bool = False
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]


def rendered(table: Table, *, width: int, painted: Callable[[str, str], str]) -> list[str]:
    widths = fitted(table, width)
    head = _line([_padded(column.title, size, column) for column, size in _sized(table, widths)])
    lines = [painted(head, "off")]
    for row in table.rows:
        cells = []
        for (column, size), cell in zip(_sized(table, widths), row, strict=True):
            cells.append(painted(_padded(cell.text, size, column), cell.tone))
        lines.append(_line(cells))
    return lines


def fitted(table: Table, width: int) -> list[int]:
    """How wide each column is; those that may shrink give, the widest first."""
    widths = [
        max([width_of(column.title), *(width_of(row[index].text) for row in table.rows)])
        for index, column in enumerate(table.columns)
    ]
    while sum(widths) + len(GAP) * (len(widths) - 1) > width:
        giving = [
            index
            for index, column in enumerate(table.columns)
            if column.shrinks and widths[index] > SHRUNK_MIN
        ]
        if not giving:
            break
        widths[max(giving, key=lambda index: widths[index])] -= 1
    return widths


def width_of(text: str) -> int:
    return sum(_letter_width(letter) for letter in text)


def cut(text: str, width: int) -> str:
    if width_of(text) <= width:
        return text
    kept, used = "", 1  # the dots
    for letter in text:
        used += _letter_width(letter)
        if used > width:
            break
        kept += letter
    return f"{kept}…"


def _letter_width(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _padded(text: str, width: int, column: Column) -> str:
    text = cut(text, width)
    space = " " * (width - width_of(text))
    return space + text if column.is_number else text + space


def _sized(table: Table, widths: list[int]) -> list[tuple[Column, int]]:
    return list(zip(table.columns, widths, strict=True))


def _line(cells: list[str]) -> str:
    return GAP.join(cells).rstrip()
