"""Writes the tables of docs/performance.md and docs/scale.md, and README's words on speed.

python benchmarks/report.py
"""

from __future__ import annotations

import argparse
import json
import re
import textwrap
from typing import TYPE_CHECKING, Any

from measuring import RESULTS, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

WORDS = "ask, for somebody's words"
PAGE = ROOT / "docs" / "performance.md"
PAGES = dict.fromkeys(("scale", "scale_10m"), ROOT / "docs" / "scale.md")


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
        f"questions, a pause before each; the same ones with that process halted, in turns: "
        f"{beside['the builder halted, median ms']:.0f} and "
        f"{beside['the builder halted, p99 ms']:.0f}). "
        f"The rebuild is of {rebuild['articles']} articles, "
        f"{rebuild['passages']:,} passages, in {rebuild['whole, s']:.0f} s."
    )
    return "\n\n".join(parts)


SCALE = {
    "a whole retrieval, median, ms": "everything: hybrid ms median",
    "p99": "everything: hybrid ms p99",
    "in a tenth of the articles": "a tenth: hybrid ms median",
    "in twenty articles": "twenty articles: hybrid ms median",
    "of the ten nearest found": "everything: recall@10",
    "in a tenth of the articles (found)": "a tenth: recall@10",
    "in twenty articles (found)": "twenty articles: recall@10",
    "of the retrieval, words, ms": "everything: words ms median",
    "sixteen common words, ms": "everything: sixteen common words ms",
    "opening, ms": "open ms",
    "opening takes, MB": "opening takes MB",
    "memory after all questions, MB": "asking takes MB",
    "and mapped of its files, MB": "asking maps MB",
    "writing segments, s": "written s",
    "memory that it takes, MB": "writing takes MB",
    "merging them, s": "merged s",
}
PEOPLE = {
    "articles": "articles",
    "people": "people",
    "what somebody said about something, ms": "what somebody said",
    "who said that ..., ms": "who said it",
    "a question of a topic, ms": "a topic",
    "who said a word, ms": "who said a word",
    "the quotations of a surname, ms": "quotes of a surname",
    "200 quotations about something, ms": "quotes about something",
    "the latest 200 quotations, ms": "the latest quotes",
    "a summary, ms": "a summary",
    "a quote checked with its speaker, ms": "a check",
    "a page of everybody, ms": "a page of everybody",
    "a letter typed of somebody's name, ms": "a keystroke, people",
    "a letter typed of a title, ms": "a keystroke, articles",
    "everybody listed, ms": "everybody ms",
}
"""What the people's step times; without the reader."""


def scale(result: dict[str, Any]) -> str:
    """A column for each size."""
    sizes = result["sizes"]
    rows = [["real passages", *(f"{one['real passages']:,}" for one in sizes)]]
    proposed = [", ".join(f"{n:,}" for n in one["proposals"] if n) or "all" for one in sizes]
    rows.append(["rows whose own vectors are compared", *proposed])
    for name, key in SCALE.items():
        rows.append([name, *(one.get(key) or "-" for one in sizes)])
    rows.append(["on the disk, MB", *(one["bytes"] / 2**20 for one in sizes)])
    taken = (one["merging takes MB"] for one in sizes)
    rows.append(["memory that merging takes, MB", *(mb if mb > 0 else "-" for mb in taken)])
    rows.append(["load", *(f"{one['load']:.1f}" for one in sizes)])
    across = [f"{one['passages']:,} passages" for one in sizes]
    whole = table(["", *across], rows)
    if not all("people" in one for one in sizes):
        return whole
    people = [
        [name, *(_person(one["people"], key) for one in sizes)] for name, key in PEOPLE.items()
    ]
    told = "Questions about people: median (the first of its kind)."
    return f"{whole}\n\n{told}\n\n{table(['', *across], people)}"


def _person(found: dict[str, Any], key: str) -> str:
    """A count or a time; a dash where nobody is quoted."""
    if f"{key}: ms median" not in found:
        return shown(found[key]) if key in found else "-"
    return f"{shown(found[f'{key}: ms median'])} ({shown(found[f'{key}: first ms'])})"


def goals(results: dict[str, dict[str, Any]]) -> str:
    """What was aimed at, what was measured, and whether it was reached."""
    cold, stages, bulk = results["cold"], results["stages"], results["bulk"]["figures"]
    ask, beside = cold["figures"]["ask, with the reader"], stages["ask while an index is built"]
    most = results["scale"]["sizes"][-1]
    found = bulk["what is found"]
    (_, ratio), *_ = results["peers"]["ratios"].items()
    size = f"{most['passages']:,} passages"
    # What, how much, the goal, and whether more is better.
    aims: list[tuple[str, float, float, bool]] = [
        ("retrieval, times as fast as the fastest of four peers", ratio, 7, True),
        ("cold `ask` with the reader, s", ask["median, s"], 0.6, False),
        ("the same, memory at most, MB", ask["peak memory, MB"], 400, False),
        ("sentence-transformers' load over it", cold["sentence-transformers over ask"], 10, True),
        ("an answer beside a build, median, ms", beside["beside a build, median ms"], 40, False),
        ("the same, 99th percentile", beside["beside a build, p99 ms"], 90, False),
        (
            "passages embedded, times as fast as by sentence-transformers",
            bulk["ours over sentence-transformers"],
            2.5,
            True,
        ),
        ("of the int8 limit (aim: .55)", bulk["of the int8 limit"], 0.4, True),
        ("MRR lost by int8", max(0.0, found["MRR, fp32"] - found["MRR, int8"]), 0.005, False),
        (f"opening {size}, ms", most["open ms"], 50, False),
        ("the same, MB", most["opening takes MB"], 100, False),
        ("a hybrid retrieval there, median, ms", most["everything: hybrid ms median"], 15, False),
        ("of the ten nearest found there", most["everything: recall@10"], 0.98, True),
    ]
    rows = [
        [
            what,
            figure,
            f"{'at least' if more else 'at most'} {goal:g}",
            _reached(figure, goal, more),
        ]
        for what, figure, goal, more in aims
    ]
    return table(["", "measured", "goal", "reached"], rows)


def _reached(figure: float, goal: float, more: bool) -> str:  # noqa: FBT001
    return "yes" if (figure >= goal if more else figure <= goal) else "**no**"


def speed(results: dict[str, dict[str, Any]]) -> str:
    """The paragraph of the README."""
    starts = results["cold"]["figures"]
    read, theirs = starts["ask, with the reader"], next(reversed(starts.values()))
    beside = results["stages"]["ask while an index is built"]
    (_, ratio), *_ = results["peers"]["ratios"].items()
    embedded = results["bulk"]["figures"]["ours over sentence-transformers"]
    told = (
        f"On two shared cores, from starting the process to the printed answer: "
        f"{read['median, s']:.2f} s with the reader, "
        f"{starts[WORDS]['median, s']:.2f} s for somebody's words, in "
        f"{read['peak memory, MB']:.0f} MB at most (sentence-transformers takes "
        f"{theirs['median, s']:.1f} s and {theirs['peak memory, MB']:.0f} MB to its first vector). "
        f"A question in a running process takes "
        f"{beside['the builder halted, median ms']:.0f} ms (median, with a pause before each; "
        f"{beside['beside a build, median ms']:.0f} ms while an index is built beside), its search "
        f"is {ratio:.1f} times as fast as the fastest of LangChain, LlamaIndex, Haystack and "
        f"txtai, and passages are embedded {embedded:.1f} times as fast as by "
        f"sentence-transformers. "
        f"[Where the time goes, and the commands that measure it](docs/performance.md)."
    )
    return "\n".join(textwrap.wrap(told, 110, break_long_words=False, break_on_hyphens=False))


def fill(path: Path, name: str, text: str) -> None:
    """Put the text between the two marks of that name."""
    page = path.read_text(encoding="utf-8")
    pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
    filled = re.sub(pattern, lambda marks: f"{marks[1]}{text}\n{marks[2]}", page, flags=re.DOTALL)
    path.write_text(filled, encoding="utf-8")


def main() -> None:
    """Fill in whatever has a result."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    tables: dict[str, Callable[[dict[str, Any]], str]] = {
        "peers": peers,
        "cold": cold,
        "bulk": bulk,
        "stages": stages,
        "scale": scale,
        "scale_10m": scale,
    }
    results = {
        name: json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
        for name in tables
        if (RESULTS / f"{name}.json").is_file()
    }
    for name, result in results.items():
        fill(PAGES.get(name, PAGE), name, f"{tables[name](result)}\n\n{circumstances(result)}")
    if len(results) == len(tables):
        fill(PAGE, "goals", goals(results))
        fill(ROOT / "README.md", "speed", speed(results))


if __name__ == "__main__":
    main()
