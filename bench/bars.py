"""Draws bars side by side as SVG: one panel a measure, one row a system, the first one in colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS, PANEL, GAP, ROW, TOP = 220, 150, 30, 28, 60
BAR = 104
"""Pixels of the longest bar; its number stands behind it."""
OURS, OTHERS, INK = "#b3261e", "#9aa5b1", "#1f2933"


@dataclass(frozen=True, slots=True)
class Panel:
    """One measure of all systems."""

    title: str
    values: Sequence[float]
    digits: int


def draw(title: str, names: Sequence[str], panels: Sequence[Panel]) -> str:
    """Return the picture. Each panel has a scale of its own, from zero to its largest value."""
    width, height = LABELS + len(panels) * (PANEL + GAP), TOP + ROW * len(names) + 10
    labels = [_text(LABELS - 12, _middle(row), name, anchor="end") for row, name in enumerate(names)]
    drawn = [line for place, panel in enumerate(panels) for line in _panel(panel, LABELS + place * (PANEL + GAP))]
    size = f'width="{width}" height="{height}"'
    font = f'font-family="sans-serif" font-size="13" fill="{INK}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size} role="img" {font}>',
            f"<title>{escape(title)}</title>",
            f'<rect {size} fill="#ffffff"/>',
            _text(12, 22, title, weight="bold"),
            *labels,
            *drawn,
            "</svg>\n",
        ]
    )


def _panel(panel: Panel, left: int) -> list[str]:
    largest = max(panel.values) or 1.0
    lines = [_text(left, TOP - 10, panel.title, weight="bold")]
    for row, value in enumerate(panel.values):
        length, colour = BAR * value / largest, OTHERS if row else OURS
        top = TOP + row * ROW + 4
        lines.append(f'<rect x="{left}" y="{top}" width="{length:.1f}" height="{ROW - 8}" fill="{colour}"/>')
        lines.append(_text(round(left + length + 6), _middle(row), f"{value:,.{panel.digits}f}"))
    return lines


def _middle(row: int) -> int:
    return TOP + row * ROW + ROW // 2 + 4


def _text(left: int, base: int, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return f'<text x="{left}" y="{base}" text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>'
