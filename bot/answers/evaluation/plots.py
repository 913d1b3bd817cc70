"""Plots: risk against coverage, and reliability, as one picture; the home of matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.answers.evaluation.marks import Bin, Threshold

_BLUE, _ORANGE, _GREY = "#0b6bcb", "#c4500c", "#6b7280"


class NoMatplotlib(CorpusError):
    """A picture was asked for, and the `eval` extra is not installed."""

    def __init__(self) -> None:
        super().__init__("Drawing needs the package matplotlib, which is not installed.")
        self.add_note("Install it:    pip install 'pullquote[eval]'")


def demand_matplotlib() -> None:
    """Raise `NoMatplotlib` where nothing can be drawn."""
    try:
        import matplotlib as mpl  # noqa: F401, PLC0415 - 0.3 s, for a picture only
    except ImportError as error:
        raise NoMatplotlib from error


def draw(
    thresholds: Sequence[Threshold],
    present: Threshold,
    bins: Sequence[Bin],
    path: Path,
    *,
    claims: str,
) -> None:
    """Draw what each threshold would do, and how far a score can be believed.

    `thresholds` are in rising order. `claims` says what a score is the chance of:
    "answerable" or "right". Raises `NoMatplotlib`, and OSError where the file cannot be.
    """
    demand_matplotlib()
    from matplotlib.figure import Figure  # noqa: PLC0415 - no window, no global state
    from matplotlib.ticker import PercentFormatter  # noqa: PLC0415

    figure = Figure(figsize=(10, 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    some = [one for one in thresholds if one.answered]
    left.plot([t.answered for t in some], [t.risk for t in some], ".-", color=_BLUE)
    left.plot([present.answered], [present.risk], "o", color=_ORANGE)
    left.annotate(
        f"threshold {present.score:.2f}",
        (present.answered, present.risk),
        xytext=(8, 8),
        textcoords="offset points",
        color=_ORANGE,
    )
    left.set(
        xlabel="coverage: answered, of all questions",
        ylabel="risk: wrong, of those answered",
        title="Risk against coverage",
        xlim=(0, 1),
        ylim=(0, 1),
    )
    right.plot([0, 1], [0, 1], "--", color=_GREY, linewidth=1)
    claimed = [b.answerable if claims == "answerable" else b.right for b in bins]
    right.plot([b.score for b in bins], claimed, "o-", color=_BLUE, label=claims)
    if claims == "answerable":
        shares = [b.right for b in bins]
        right.plot([b.score for b in bins], shares, "s:", color=_ORANGE, label="first text right")
    for one, share in zip(bins, claimed, strict=True):
        right.annotate(
            str(one.count),
            (one.score, share),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=_GREY,
        )
    right.set(
        xlabel="score, on average", ylabel="share", title="Reliability", xlim=(0, 1), ylim=(0, 1.05)
    )
    right.legend(loc="upper left", frameon=False)
    for axis in (left.xaxis, left.yaxis, right.yaxis):
        axis.set_major_formatter(PercentFormatter(1))
    beside = path.with_name(f".{path.name}.part")
    figure.savefig(beside, format=path.suffix.lstrip(".") or "png", dpi=130)
    beside.replace(path)
