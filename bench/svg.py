"""Curves and bars as SVG, written by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 400
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 40, 60
COLOURS: Final = ("#2563eb", "#dc2626", "#059669", "#9333ea", "#d97706", "#475569")
TICKS: Final = 5
DASHES: Final = ("", "6 4", "2 3")

Curve = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """What is drawn over what, and between which values."""

    title: str
    x_label: str
    y_label: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        """Pixels from the left."""
        low, high = self.x_range
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        low, high = self.y_range
        return HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def curves(axes: Axes, named: Mapping[str, Curve], *, marks: Curve = ()) -> str:
    """A picture of several curves with a legend; `marks` are points that stand out."""
    parts = [*_frame(axes), *_numbers(axes)]
    for at, (name, points) in enumerate(named.items()):
        colour = COLOURS[at % len(COLOURS)]
        path = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in points if _fits(axes, x, y))
        dash = DASHES[at // len(COLOURS) % len(DASHES)]
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"'
            f' stroke-dasharray="{dash}"/>'
        )
        parts.append(_legend(HEIGHT - BOTTOM - 16 * (len(named) - at), name, colour, dash=dash))
    parts += [
        f'<circle cx="{axes.x(x):.1f}" cy="{axes.y(y):.1f}" r="4" fill="#111"/>' for x, y in marks
    ]
    return _document(parts)


def bars(
    axes: Axes, groups: Sequence[str], named: Mapping[str, Sequence[tuple[float, float, float]]]
) -> str:
    """A picture of bars in groups, each (value, low, high) with its whisker; x runs over groups."""
    parts = _frame(axes)
    room = (WIDTH - LEFT - RIGHT) / len(groups)
    width = 0.8 * room / len(named)
    for at, (name, values) in enumerate(named.items()):
        colour = COLOURS[at % len(COLOURS)]
        for place, (value, low, high) in enumerate(values):
            left = LEFT + room * (place + 0.1) + width * at
            top, middle = axes.y(value), left + width / 2
            parts.append(
                f'<rect x="{left:.1f}" y="{top:.1f}" width="{width - 1:.1f}"'
                f' height="{axes.y(axes.y_range[0]) - top:.1f}" fill="{colour}"/>'
            )
            parts.append(_line(middle, axes.y(low), middle, axes.y(high), colour="#111"))
        parts.append(_legend(TOP + 14 + 16 * at, name, colour))
    parts += [
        _text(LEFT + room * (place + 0.5), HEIGHT - BOTTOM + 16, group)
        for place, group in enumerate(groups)
    ]
    return _document(parts)


def _fits(axes: Axes, x: float, y: float) -> bool:
    return axes.x_range[0] <= x <= axes.x_range[1] and axes.y_range[0] <= y <= axes.y_range[1]


def _frame(axes: Axes) -> list[str]:
    low, high = axes.y_range
    parts = [
        _text(WIDTH / 2, 18, axes.title, size=14),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, axes.x_label),
        f'<g transform="rotate(-90 14 {HEIGHT / 2})">{_text(14, HEIGHT / 2, axes.y_label)}</g>',
    ]
    for step in range(TICKS + 1):
        value = low + (high - low) * step / TICKS
        y = axes.y(value)
        parts.append(_line(LEFT, y, WIDTH - RIGHT, y, colour="#ddd"))
        parts.append(_text(LEFT - 22, y + 4, f"{value:g}"))
    return parts


def _numbers(axes: Axes) -> list[str]:
    """The numbers under the x axis."""
    low, high = axes.x_range
    values = [low + (high - low) * step / TICKS for step in range(TICKS + 1)]
    return [_text(axes.x(value), HEIGHT - BOTTOM + 16, f"{value:g}") for value in values]


def _legend(y: float, name: str, colour: str, *, dash: str = "") -> str:
    x = WIDTH - RIGHT - 220
    return (
        f'<path d="M{x - 10} {y - 4} h20" stroke="{colour}" stroke-width="4"'
        f' stroke-dasharray="{dash}"/><text x="{x + 16}" y="{y}" font-size="12">{escape(name)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, *, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, words: str, *, size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="middle">'
        f"{escape(words)}</text>"
    )


def _document(parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"'
        f' font-family="sans-serif"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
