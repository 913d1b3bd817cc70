"""Writes the tables of docs/performance.md from benchmarks/results/*.json.

python benchmarks/report.py
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from measuring import RESULTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PAGE = ROOT / "docs" / "performance.md"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(shown, line)) + " |" for line in lines)


def shown(value: object) -> str:
    """A cell; a number to three digits."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def circumstances(result: dict[str, Any]) -> str:
    """What stands under every table."""
    machine = result["machine"]
    return (
        f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}; load "
        f"{machine['load'].split()[0]} at the start, {machine['load at the end'].split()[0]} "
        "at the end."
    )


def peers(result: dict[str, Any]) -> str:
    """A column for each."""
    figures = result["figures"]
    rows = [[key, *(one[key] for one in figures.values())] for key in next(iter(figures.values()))]
    (name, ratio), *_ = result["ratios"].items()
    told = (
        f"{result['passages']:,} passages, {result['questions']} questions: {result['articles']}. "
        f"{name[0].upper()}{name[1:]}: **{ratio:.1f}**."
    )
    return f"{table(['', *figures], rows)}\n\n{told}"


def cold(result: dict[str, Any]) -> str:
    """A row for each kind of start."""
    figures = result["figures"]
    rows = [[name, *one.values()] for name, one in figures.items()]
    told = f"Sentence-transformers over `ask`: **{result['sentence-transformers over ask']:.1f}**."
    return f"{table(['', *next(iter(figures.values()))], rows)}\n\n{told}"


def bulk(result: dict[str, Any]) -> str:
    """Rates, then what they come to."""
    figures = result["figures"]
    rows = figures["passages a second"].items()
    found = figures["what is found"]
    told = (
        f"{figures['passages']} passages of {figures['tokens a passage']:.0f} tokens. Ours over "
        f"sentence-transformers: **{figures['ours over sentence-transformers']:.1f}**; of the "
        f"int8 limit **{figures['of the int8 limit']:.0%}** "
        f"({figures['of the int8 limit, in runs']:.0%} of that in runs). Mean reciprocal rank by "
        f"vectors alone, {found['questions']} questions: {found['MRR, int8']:.3f} in int8, "
        f"{found['MRR, fp32']:.3f} in fp32."
    )
    return f"{table(['', 'passages a second'], rows)}\n\n{told}"


def stages(result: dict[str, Any]) -> str:
    """A table for a question, one for a rebuild, and questions beside a build."""
    ask, rebuild = result["ask"], result["rebuild"]
    beside = result["ask while an index is built"]
    parts = []
    for name, spent, unit in (
        ("one question", ask["stages, ms"], "ms"),
        ("one rebuild", rebuild["stages, s"], "s"),
    ):
        whole = sum(spent.values())
        rows = [[stage, one, f"{one / whole:.0%}"] for stage, one in spent.items()]
        parts.append(table([name, unit, "share"], rows))
    parts.append(
        f"Without clocks, {ask['questions']} questions: mean {ask['mean, ms']:.0f} ms, median "
        f"{ask['median, ms']:.0f}, 99th percentile {ask['p99, ms']:.0f}. While another process "
        f"builds an index: median **{beside['beside a build, median ms']:.0f} ms**, 99th "
        f"percentile **{beside['beside a build, p99 ms']:.0f} ms** ({beside['questions']} "
        f"questions). The rebuild is of {rebuild['articles']} articles, "
        f"{rebuild['passages']:,} passages, in {rebuild['whole, s']:.0f} s."
    )
    return "\n\n".join(parts)


def main() -> None:
    """Fill in each table whose result is there."""
    page = PAGE.read_text(encoding="utf-8")
    tables: dict[str, Callable[[dict[str, Any]], str]] = {
        "peers": peers,
        "cold": cold,
        "bulk": bulk,
        "stages": stages,
    }
    for name, write in tables.items():
        path = RESULTS / f"{name}.json"
        if not path.is_file():
            continue
        result = json.loads(path.read_text(encoding="utf-8"))
        filled = f"<!-- {name} -->\n{write(result)}\n\n{circumstances(result)}\n<!-- /{name} -->"
        pattern = rf"<!-- {name} -->.*?<!-- /{name} -->"
        page = re.sub(pattern, lambda _, filled=filled: filled, page, flags=re.DOTALL)
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
