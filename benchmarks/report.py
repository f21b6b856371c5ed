"""The table, and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.figures import FIGURES, OWN, Figure
from benchmarks.peers import PEERS

Results = Mapping[str, Mapping[str, float]]
"""By figure and peer."""


def table(results: Results) -> str:
    """All that was measured, with ratios and the targets in brackets."""
    peers = [name for name in PEERS if any(name in values for values in results.values())]
    others = [name for name in peers if name != OWN]
    rows = [["", *(PEERS[peer].stands_for for peer in peers), *(f"x {PEERS[peer].stands_for}" for peer in others), ""]]
    for name, values in results.items():
        figure = FIGURES[name]
        cells = [_number(values.get(peer), figure.unit) for peer in peers]
        ratios = [_ratio(figure, values, peer) for peer in others]
        rows.append([name, *cells, *ratios, _verdict(figure, values)])
    return _aligned(rows) + "\n\n" + summary(results)


def summary(results: Results) -> str:
    """How many targets are met, and the names of those that are not."""
    verdicts = {name: FIGURES[name].met(values) for name, values in results.items()}
    missed = [name for name, met in verdicts.items() if met is False]
    judged = sum(met is not None for met in verdicts.values())
    text = f"targets met: {judged - len(missed)} of {judged}"
    return text + (f"; missed: {'; '.join(missed)}" if missed else "")


def form(results: Results) -> dict[str, Any]:
    """What ``--json`` prints."""
    return {
        name: {
            "unit": FIGURES[name].unit,
            "values": dict(values),
            "targets": dict(FIGURES[name].targets),
            "absolute": FIGURES[name].absolute,
            "met": FIGURES[name].met(values),
        }
        for name, values in results.items()
    }


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.3g} {unit}"


def _ratio(figure: Figure, values: Mapping[str, float], peer: str) -> str:
    if OWN not in values or peer not in values:
        return "-"
    ratio = figure.ratio(values[OWN], values[peer])
    target = figure.targets.get(peer)
    text = f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2f}"
    return f"{text} ({target:.3g})" if target else text


def _verdict(figure: Figure, values: Mapping[str, float]) -> str:
    met = figure.met(values)
    if met is None:
        return ""
    limit = f" ({figure.absolute:g} {figure.unit})" if figure.absolute is not None else ""
    return ("met" if met else "missed") + limit


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *rest in rows:
        cells = [first.ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(rest[:-1], widths[1:-1], strict=True)]
        lines.append("  ".join([*cells, rest[-1]]).rstrip())
    return "\n".join(lines)
