"""Measure the attribution of speech on a development set, with its own scorer.

    python benchmarks/quotes.py ../shared/eval/quotes [--half 0|1] [--errors] [--folds 10]

Only `doc_id` and `text` of a row reach the parser.
"""

# ruff: noqa: FBT003
# (weights and distances are read where they stand; a rule is one function, however many cases)
from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from index.article import Article, Span
from index.speech import Quotation, Speech
from index.speech.parser import SpeechParser


def article_of(row: dict[str, Any]) -> Article:
    """The row's text as an article, a paragraph a line."""
    text = row["text"]
    blocks = tuple((m.start(), m.end()) for m in re.finditer(r"[^\n]*\S[^\n]*", text))
    return Article(row["doc_id"], text, blocks)


def sentences_of(article: Article) -> tuple[Span, ...]:
    """Plain sentences, good enough for contexts."""
    spans = []
    for start, end in article.blocks:
        at = start
        for match in re.finditer(r"[.?!][”\"’']*\s+(?=[“\"‘A-Z])", article.text[start:end]):
            stop = start + match.end()
            spans.append(Span(article, at, len(article.text[:stop].rstrip())))
            at = stop
        if at < end:
            spans.append(Span(article, at, end))
    return tuple(spans)


def load_rows(path: Path) -> list[dict[str, Any]]:
    """The rows of a development set."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def attribute_rows(
    parser: SpeechParser, rows: list[dict[str, Any]]
) -> dict[str, tuple[Quotation, ...]]:
    """The quotations found in each row, by its id."""
    found = {}
    for row in rows:
        article = article_of(row)
        found[row["doc_id"]] = parser.attribute(article, sentences_of(article))
    return found


def half_of(doc_id: str) -> int:
    """Which half of the set a document belongs to: errors are read in half 0 only."""
    return int(hashlib.sha1(doc_id.encode()).hexdigest(), 16) % 2  # noqa: S324


def predictions(quotations: tuple[Quotation, ...]) -> list[dict[str, Any]]:
    """The quotations as the scorer reads them, a part a line.

    The set marks quoted words between double marks only; what stands between two
    apostrophes or single marks is indirect there, so it is called so here.
    """
    rows = []
    for quotation in quotations:
        for part in quotation.parts:
            before = quotation.content.article.text[max(0, part.start - 2) : part.start]
            doubled = before.rstrip()[-1:] in {'"', "“", "”", "„", "«", "»"}
            kind = "indirect" if quotation.speech is Speech.INDIRECT or not doubled else "quoted"
            rows.append(
                {
                    "start": part.start,
                    "end": part.end,
                    "text": part.text,
                    "kind": kind,
                    "speaker": quotation.speaker.name if quotation.speaker else None,
                    "confidence": quotation.confidence,
                }
            )
    return rows


def load_scorer(folder: Path) -> Any:
    """The set's own scorer, loaded from where it lies."""
    spec = importlib.util.spec_from_file_location("quote_scorer", folder / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(folder / "score.py")
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module


def match_indirect(
    row: dict[str, Any], quotations: tuple[Quotation, ...], scorer: Any
) -> tuple[list[dict[str, Any]], list[Quotation], list[tuple[int, int]]]:
    """The gold's indirect contents, ours, and which of ours is which of them.

    As the scorer does for quoted words: at 80% overlap, one to one, best overlap first.
    Gold with quotation marks of two apostrophes is quoted speech and left out.
    """
    gold = [q for q in row["quotes"] if q["kind"] == "indirect" and "''" not in q["text"]]
    spans = [scorer.core(row["text"], q["start"], q["end"], True) for q in gold]
    said = [q for q in quotations if q.speech is Speech.INDIRECT]
    pairs = []
    for i, quotation in enumerate(said):
        s, e = quotation.content.start, quotation.content.end
        for j, (a, b) in enumerate(spans):
            overlap = (min(e, b) - max(s, a)) / max(e - s, b - a, 1)
            if overlap >= 0.8:
                pairs.append((overlap, i, j))
    matched: list[tuple[int, int]] = []
    for _, i, j in sorted(pairs, reverse=True):
        if all(i != a and j != b for a, b in matched):
            matched.append((i, j))
    return gold, said, matched


def has_speaker(gold: dict[str, Any]) -> bool:
    """Whether the gold names a speaker that can be resolved."""
    return gold.get("speaker_type") in {"person", "org", "other"} and bool(gold["speaker"])


def indirect_figures(
    rows: list[dict[str, Any]],
    found: dict[str, tuple[Quotation, ...]],
    scorer: Any,
    *,
    only_listed: bool = False,
) -> dict[str, float]:
    """Precision, recall and F1 of indirect content at 80% overlap, without and with the speaker.

    Gold without a speaker that can be resolved is left out where the speaker counts. The gold
    marks attitudes as well ("rejected {the plan}"), so what is found as held or withheld is
    part of the measure; with `only_listed` it is left out.
    """
    gold_n = pred_n = hit = right = scored_gold = unscored_hit = 0
    for row in rows:
        people = row["people"]
        given = found[row["doc_id"]]
        if only_listed:
            given = tuple(q for q in given if q.is_listed)
        gold, said, matched = match_indirect(row, given, scorer)
        can = [has_speaker(q) for q in gold]
        gold_n += len(gold)
        pred_n += len(said)
        scored_gold += sum(can)
        for i, j in matched:
            hit += 1
            if not can[j]:
                unscored_hit += 1
                continue
            speaker = said[i].speaker
            right += bool(scorer.speaker_ok(speaker.name if speaker else None, gold[j], people))
    f1 = 2 * hit / max(1, gold_n + pred_n)
    joint = 2 * right / max(1, scored_gold + pred_n - unscored_hit)
    return {
        "P": hit / max(1, pred_n),
        "R": hit / max(1, gold_n),
        "F1": f1,
        "joint F1": joint,
        "speaker": right / max(1, hit - unscored_hit),
        "gold": gold_n,
        "pred": pred_n,
    }


def judged(
    rows: list[dict[str, Any]], preds: dict[str, list[dict[str, Any]]], scorer: Any
) -> list[tuple[float, bool, str]]:
    """Confidence, whether the speaker is right, and the article, for each matched stretch."""
    out = []
    for row in rows:
        text = row["text"]
        for gold in row["quotes"]:
            if gold["kind"] == "indirect" or gold.get("speaker_type") not in {
                "person",
                "org",
                "other",
            }:
                continue
            a, b = scorer.core(text, gold["start"], gold["end"], True)
            for pred in preds[row["doc_id"]]:
                s, e = scorer.core(text, pred["start"], pred["end"], True)
                if (
                    pred["kind"] != "indirect"
                    and (min(e, b) - max(s, a)) / max(e - s, b - a, 1) >= 0.8
                ):
                    ok = scorer.speaker_ok(pred["speaker"], gold, row["people"])
                    out.append((pred["confidence"], bool(ok), row["doc_id"]))
                    break
    return out


def judged_indirect(
    rows: list[dict[str, Any]], found: dict[str, tuple[Quotation, ...]], scorer: Any
) -> list[tuple[float, bool, str]]:
    """As `judged`, for listed indirect speech whose content is the gold's."""
    out = []
    for row in rows:
        given = tuple(q for q in found[row["doc_id"]] if q.is_listed)
        gold, said, matched = match_indirect(row, given, scorer)
        for i, j in matched:
            if has_speaker(gold[j]):
                name = said[i].speaker.name if said[i].speaker else None
                ok = scorer.speaker_ok(name, gold[j], row["people"])
                out.append((said[i].confidence, bool(ok), row["doc_id"]))
    return out


def cross_validated(
    results: list[tuple[float, bool, str]], folds: int
) -> dict[float, list[tuple[float, bool]]]:
    """For each constant, what it would be had it been set on the other folds, and what is right.

    The folds are of whole articles, by a hash of their ids.
    """

    def fold_of(doc_id: str) -> int:
        return int(hashlib.sha256(doc_id.encode()).hexdigest(), 16) % folds

    out: dict[float, list[tuple[float, bool]]] = {}
    for said, ok, doc in results:
        others = [r for c, r, d in results if c == said and fold_of(d) != fold_of(doc)]
        fitted = sum(others) / len(others) if others else said
        out.setdefault(said, []).append((fitted, ok))
    return out


def show_reliability(name: str, results: list[tuple[float, bool, str]]) -> None:
    """A line: what is said and what is right, for each constant."""
    shares: dict[float, list[bool]] = {}
    for said, ok, _ in results:
        shares.setdefault(said, []).append(ok)
    line = [
        f"{said:.2f}: right {sum(oks) / len(oks):.3f} n={len(oks)}"
        for said, oks in sorted(shares.items(), reverse=True)
    ]
    print(f"reliability, {name}:", "; ".join(line))


def show_calibration(kind: str, results: list[tuple[float, bool, str]], folds: int) -> None:
    """What is said and what is right, in each half, in both, and cross-validated."""
    for half in (0, 1):
        here = [result for result in results if half_of(result[2]) == half]
        show_reliability(f"{kind}, half {half}", here)
    show_reliability(f"{kind}, both", results)
    for said, pairs in sorted(cross_validated(results, folds).items(), reverse=True):
        fitted = sum(value for value, _ in pairs) / len(pairs)
        right = sum(ok for _, ok in pairs) / len(pairs)
        low, high = min(v for v, _ in pairs), max(v for v, _ in pairs)
        print(
            f"    {said:.2f} set on the other folds: {fitted:.3f} ({low:.3f} to {high:.3f}), "
            f"right {right:.3f} n={len(pairs)}"
        )


def show_indirect_errors(
    rows: list[dict[str, Any]], found: dict[str, tuple[Quotation, ...]], scorer: Any
) -> None:
    """What is found and not in the gold, and the reverse."""
    for row in rows:
        gold, said, matched = match_indirect(row, found[row["doc_id"]], scorer)
        for i, quotation in enumerate(said):
            if all(i != a for a, _ in matched):
                cue = quotation.cue.text if quotation.cue else ""
                kind = quotation.stance.value
                print("    INDIRECT FALSE", row["doc_id"], kind, cue, quotation.content.text)
        for j, missed in enumerate(gold):
            if all(j != b for _, b in matched):
                print("    INDIRECT MISS", row["doc_id"], missed.get("cue"), missed["text"])


def main() -> None:
    """Print the figures."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("folder", type=Path)
    ask.add_argument("--half", type=int)
    ask.add_argument("--errors", action="store_true", help="list the errors of half 0")
    ask.add_argument("--folds", type=int, default=10, help="folds that the constants are tried on")
    ask.add_argument("--out", type=Path)
    options = ask.parse_args()
    rows = load_rows(options.folder / "dev.jsonl")
    if options.half is not None:
        rows = [row for row in rows if half_of(row["doc_id"]) == options.half]
    scorer = load_scorer(options.folder)
    parser = SpeechParser()
    started = time.process_time()
    found = attribute_rows(parser, rows)
    took = time.process_time() - started
    preds = {doc: predictions(quotations) for doc, quotations in found.items()}
    if options.out:
        lines = (json.dumps({"doc_id": doc, "quotes": said}) for doc, said in preds.items())
        options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for half in (0, 1, None):
        gold = [r for r in rows if half is None or half_of(r["doc_id"]) == half]
        if not gold:
            continue
        figures, errors = scorer.score(gold, preds)
        print(
            "half",
            half,
            "docs",
            len(gold),
            "span",
            figures["span_80"]["f1"],
            "P",
            figures["span_80"]["p"],
            "R",
            figures["span_80"]["r"],
            "speaker",
            figures["speaker_acc"],
            "joint",
            figures["joint"]["f1"],
            "null",
            figures["speaker_null_share"],
            {k: (v["acc"], v["n"]) for k, v in figures["speaker_acc_by_type"].items()},
            "nv",
            figures["not_verbatim"],
            "scare",
            figures["false_scare_quote_or_title"],
            "partial",
            figures["partial_of_gold"],
        )
        if options.errors and half == 0:
            for error in errors:
                print("   ", error)
            show_indirect_errors(gold, found, scorer)
        for name, only_listed in (("indirect", False), ("indirect, as listed", True)):
            measured = indirect_figures(gold, found, scorer, only_listed=only_listed)
            print(f"   {name}", {k: round(v, 3) for k, v in measured.items()})
    show_calibration("quoted", judged(rows, preds, scorer), options.folds)
    show_calibration("indirect", judged_indirect(rows, found, scorer), options.folds)
    print(f"{len(rows) / took:.2f} articles/s of CPU")


if __name__ == "__main__":
    main()
