"""A table of measurements in Markdown, so that it can be read in a terminal and pasted into a note."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Below this, what a process needs to exist at all hides what a line costs.
_LINES_TO_EXTRAPOLATE = 100_000


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()


def rendered(table: Table) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(table.columns, *table.rows, strict=True)]
    rule = "|".join("-" * (width + 2) for width in widths)
    lines = [f"## {table.title}", "", _line(table.columns, widths), f"|{rule}|"]
    lines += [_line(row, widths) for row in table.rows]
    below = (*table.notes, *(f"Failed: {failure}" for failure in table.failures))
    lines += ["", "  \n".join(below)] if below else []
    return "\n".join(lines) + "\n"


def absent(name: str, columns: int, why: str = "not installed") -> tuple[str, ...]:
    """Return the row of a tool that could not be measured."""
    return (name, why, *("" for _ in range(columns - 2)))


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def seconds(value: float) -> str:
    return f"{value:.3f} s" if value < 10 else f"{value:.1f} s"


def megabytes(size: float) -> str:
    return f"{size / 1e6:.1f} MB"


def per_million_lines(size: float, lines: int) -> str:
    return megabytes(size / lines * 1e6) if lines >= _LINES_TO_EXTRAPOLATE else "-"


def ratio(ours: float | None, theirs: float | None) -> str:
    """Return how many times `theirs` fits into `ours`: below 1 Architrave needs less."""
    return f"{ours / theirs:.2f}x" if ours is not None and theirs else "-"


def median(values: Iterable[float]) -> float:
    return quantile(sorted(values), 0.5)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value at `share` of an ordered sample, between neighbours where it falls between them."""
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
