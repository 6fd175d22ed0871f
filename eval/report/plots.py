"""The page's plots, as SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from eval.corpus import curves
from eval.metrics import abstention
from eval.score import Summary
from eval.scored import Scored

SIZE = (4.2, 3.0)
INK, ACCENT = "#333333", "#1f5fa8"


def risk_coverage(scored: Sequence[Scored]) -> str:
    """Draw risk against coverage; what was declined comes last, as wrong."""
    right, declined, sure = curves(scored)
    figure, axes = _figure("share of the cases answered", "share of those that is wrong")
    if len(right):
        coverage, risk = abstention.risk_coverage(right, declined, sure)
        answered = int(len(declined) - declined.sum())
        axes.plot(coverage[:answered], risk[:answered], color=ACCENT)
        axes.plot(coverage[answered:], risk[answered:], color=ACCENT, linestyle=":")
    axes.axhline(abstention.RISK, color=INK, linewidth=0.6, linestyle="--")
    axes.set(xlim=(0, 1), ylim=(0, 1))
    return _svg(figure)


def calibration(scored: Sequence[Scored]) -> str:
    """Draw how often answers of each confidence are right; a dot's area is their number."""
    right, declined, sure = curves(scored)
    figure, axes = _figure("confidence", "share right")
    axes.plot((0, 1), (0, 1), color=INK, linewidth=0.6, linestyle="--")
    given = declined == 0
    bins = np.minimum((sure * abstention.BINS).astype(int), abstention.BINS - 1)
    for number in range(abstention.BINS):
        inside = given & (bins == number)
        if inside.any():
            size = 200 * inside.sum() / given.sum() + 12
            axes.scatter(sure[inside].mean(), right[inside].mean(), s=size, color=ACCENT)
    axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03))
    return _svg(figure)


def latency(scored: Sequence[Scored]) -> str:
    """Draw the share of the cases that were answered within a time."""
    spent = sorted(item.judged.record.milliseconds for item in scored if not item.judged.failed)
    figure, axes = _figure("milliseconds from question to answer", "share of the cases")
    if spent:
        axes.plot(spent, np.arange(1, len(spent) + 1) / len(spent), color=ACCENT)
        if spent[0] > 0 and spent[-1] > 20 * spent[0]:
            axes.set_xscale("log")
    axes.set(ylim=(0, 1.02))
    return _svg(figure)


HEADLINES = ("right", "balanced accuracy", "speaker")
"""Of these the first that a run has is drawn by kind."""


def by_kind(summary: Summary) -> str:
    """Draw the headline figure of each kind with its interval; its number of cases beside it."""
    metric = next((name for name in HEADLINES if summary.value(name) is not None), None)
    found = [
        (kind, item)
        for kind, items in reversed(summary.slices.items())
        for item in items
        if item.metric == metric and item.value is not None
    ]
    figure = Figure(figsize=(SIZE[0], max(1.2, 0.24 * len(found) + 0.8)), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    for at, (_, item) in enumerate(found):
        value = item.value or 0.0
        low, high = (value if bound is None else bound for bound in (item.low, item.high))
        axes.plot((low, high), (at, at), color=ACCENT)
        axes.plot(value, at, marker="o", color=ACCENT)
    # Kinds come from a set's file: without this a dollar sign in one would be read as a formula.
    names = [f"{kind} ({item.n})".replace("$", r"\$") for kind, item in found]
    axes.set_yticks(range(len(found)), names, fontsize=8)
    axes.set(xlim=(-0.02, 1.02), xlabel=metric or "")
    return _svg(figure)


def _figure(x: str, y: str) -> tuple[Figure, mpl.axes.Axes]:
    figure = Figure(figsize=SIZE, layout="constrained")
    axes = figure.add_subplot()
    axes.set(xlabel=x, ylabel=y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Figure) -> str:
    """Write the picture so that the same figures give the same bytes, for use inside a page."""
    with mpl.rc_context({"svg.hashsalt": "dateline", "svg.fonttype": "none"}):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    return re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"|(<svg)', _scalable, svg, count=1)


def _scalable(match: re.Match[str]) -> str:
    return f"{match.group(1) or match.group(2)} role='img'"
