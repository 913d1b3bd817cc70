"""The stream of batches: seeded, endless, and taken up again at any batch.

Examples are drawn in rounds over all queries; a pool of them is sorted by length and
cut into batches, which saves a third of the padding, and the batches are shuffled.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.examples import Mix, collect_names, make_example, make_group
from training.model import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.answers.pairs import Pair, PairEncoder
    from training.corpora import Document
    from training.examples import Example

POOL = 32  # batches


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stream stands: a round, a pool of it and a batch of that."""

    round: int = 0
    pool: int = 0
    batch: int = 0


class Stream:
    """Batches of examples of the documents.

    With a `group` above 1, `share` of the questions come with that many windows of their
    text to be compared; one whose text has no other windows comes alone.
    """

    def __init__(
        self,
        documents: Sequence[Document],
        encoder: PairEncoder,
        *,
        seed: int,
        mix: Mix,
        size: int = 32,
        group: int = 1,
        share: float = 1.0,
    ) -> None:
        self._documents = documents
        self._queries = [(d, q) for d, one in enumerate(documents) for q in range(len(one.queries))]
        self._encoder = encoder
        self._seed = seed
        self._mix = mix
        self._size = size
        self._group = group
        self._share = share
        self._names = collect_names(documents)

    def __len__(self) -> int:
        """How many examples a round has."""
        return len(self._queries)

    def batches(self, place: Place) -> Iterator[tuple[Place, Batch]]:
        """Batches from `place` on, each with the place after it; it never ends."""
        round_, first_pool, first_batch = place.round, place.pool, place.batch
        while True:
            order = list(range(len(self._queries)))
            random.Random(f"{self._seed}:{round_}:order").shuffle(order)  # noqa: S311
            step = self._size * POOL
            for pool in range(first_pool, (len(order) + step - 1) // step):
                made = self._pool(order[pool * step : (pool + 1) * step], round_, pool)
                for number in range(first_batch, len(made)):
                    last = number + 1 == len(made)
                    after = Place(round_, pool + last, 0 if last else number + 1)
                    yield after, made[number]
                first_batch = 0
            round_, first_pool = round_ + 1, 0

    def _pool(self, chosen: Sequence[int], round_: int, pool: int) -> list[Batch]:
        alone, grouped = [], []
        for index in chosen:
            examples = self._compared(index, round_)
            if examples is None:
                examples = [self.example(index, round_)]
            pairs = self._encoder.encode(examples[0].question, [e.text for e in examples])
            (alone if len(examples) == 1 else grouped).append((examples, pairs))
        batches = [*_cut(alone, self._size, 1), *_cut(grouped, self._size, self._group)]
        random.Random(f"{self._seed}:{round_}:{pool}").shuffle(batches)  # noqa: S311
        return batches

    def _compared(self, index: int, round_: int) -> list[Example] | None:
        """A query's windows against each other; None where it is to be read alone."""
        number, query = self._queries[index]
        document = self._documents[number]
        asked = document.queries[query]
        chance = random.Random(f"{self._seed}:{round_}:{index}:group")  # noqa: S311
        if self._group == 1 or asked.answer is None or chance.random() >= self._share:
            return None
        made = make_group(document, asked, chance, self._mix, self._group)
        return made if len(made) == self._group else None

    def example(self, index: int, round_: int) -> Example:
        """The example of one query in one round, always the same."""
        number, query = self._queries[index]
        document = self._documents[number]
        chance = random.Random(f"{self._seed}:{round_}:{index}")  # noqa: S311
        return make_example(document, document.queries[query], chance, self._mix, self._names)


def _cut(
    made: Sequence[tuple[list[Example], Sequence[Pair]]], size: int, group: int
) -> Iterator[Batch]:
    """Batches of about `size` windows that are about as long as each other."""
    ordered = sorted(made, key=lambda one: max(len(pair.ids) for pair in one[1]))
    step = max(1, size // group)
    for i in range(0, len(ordered), step):
        few = ordered[i : i + step]
        yield Batch([e for es, _ in few for e in es], [p for _, ps in few for p in ps], group=group)
