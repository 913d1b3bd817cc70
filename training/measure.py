"""Measuring a reader on held-out windows while it learns.

The whole-article figures that count are measured by `benchmarks/answers.py`, on the
shipped file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from training.model import END, START, Reader, sentence_logits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.model import Batch

LONGEST = 24  # tokens of an answer


@torch.no_grad()
def measure(model: Reader, batches: Sequence[Batch]) -> dict[str, float]:
    """How well windows are read.

    `sentence`: the right one first, of windows that answer; `span`: exactly the answer's
    tokens; `overlap`: F1 over tokens; `auroc`: windows that answer told from those that do not.
    """
    right = exact = total = 0
    overlap = 0.0
    positive: list[float] = []
    negative: list[float] = []
    for batch in batches:
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        logits = logits.float()
        sentences = sentence_logits(logits, batch)
        best = sentences[:, 1:].max(dim=1)
        margin = best.values - sentences[:, 0]
        starts, ends = best_spans(logits, batch)
        for row in range(len(batch.start)):
            if int(batch.sentence[row]) == 0:
                negative.append(float(margin[row]))
                continue
            positive.append(float(margin[row]))
            total += 1
            right += int(best.indices[row]) + 1 == int(batch.sentence[row])
            a, b = int(batch.start[row]), int(batch.end[row])
            c, d = int(starts[row]), int(ends[row])
            exact += (a, b) == (c, d)
            shared = max(0, min(b, d) - max(a, c) + 1)
            overlap += 2 * shared / (b - a + 1 + d - c + 1)
    return {
        "sentence": round(right / max(1, total), 4),
        "span": round(exact / max(1, total), 4),
        "overlap": round(overlap / max(1, total), 4),
        "auroc": round(auroc(positive, negative), 4),
    }


def best_spans(logits: torch.Tensor, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """First and last token of the best span of each window, at most `LONGEST` tokens."""
    allowed = batch.allowed.clone()
    allowed[:, 0] = False
    start = logits[..., START].masked_fill(~allowed, -1e4)
    end = logits[..., END].masked_fill(~allowed, -1e4)
    width = start.shape[1]
    band = torch.ones(width, width).triu().tril(LONGEST - 1).log()
    scores = (start.unsqueeze(2) + end.unsqueeze(1) + band).flatten(1)
    best = scores.argmax(dim=1)
    return best // width, best % width


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """The chance that a positive scores above a negative; 0.5 where either is missing."""
    if not positive or not negative:
        return 0.5
    ranked = sorted([(x, 1) for x in positive] + [(x, 0) for x in negative])
    ranks = sum(rank for rank, (_, label) in enumerate(ranked, start=1) if label)
    count = len(positive)
    return (ranks - count * (count + 1) / 2) / (count * len(negative))
