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

    from bot.answers.pairs import PairEncoder
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
    """Batches of examples of the documents."""

    def __init__(
        self,
        documents: Sequence[Document],
        encoder: PairEncoder,
        *,
        seed: int,
        mix: Mix,
        size: int = 32,
        group: int = 1,
    ) -> None:
        self._documents = documents
        self._queries = [(d, q) for d, one in enumerate(documents) for q in range(len(one.queries))]
        self._encoder = encoder
        self._seed = seed
        self._mix = mix
        self._size = size
        self.group = group
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
        if self.group > 1:
            return self._groups(chosen, round_)
        encoded = []
        for index in chosen:
            example = self.example(index, round_)
            encoded.append((example, self._encoder.encode(example.question, [example.text])[0]))
        encoded.sort(key=lambda one: len(one[1].ids))
        groups = [encoded[i : i + self._size] for i in range(0, len(encoded), self._size)]
        random.Random(f"{self._seed}:{round_}:{pool}").shuffle(groups)  # noqa: S311
        return [Batch([e for e, _ in group], [p for _, p in group]) for group in groups]

    def _groups(self, chosen: Sequence[int], round_: int) -> list[Batch]:
        """Batches of whole groups; a query whose document has no other windows is left out."""
        made = []
        for index in chosen:
            number, query = self._queries[index]
            document = self._documents[number]
            asked = document.queries[query]
            chance = random.Random(f"{self._seed}:{round_}:{index}:group")  # noqa: S311
            examples = make_group(document, asked, chance, self._mix, self.group)
            if len(examples) == self.group:
                pairs = self._encoder.encode(examples[0].question, [e.text for e in examples])
                made.append((examples, pairs))
        per = max(1, self._size // self.group)
        batches = [made[i : i + per] for i in range(0, len(made), per)]
        return [
            Batch([e for es, _ in batch for e in es], [p for _, ps in batch for p in ps])
            for batch in batches
        ]

    def example(self, index: int, round_: int) -> Example:
        """The example of one query in one round, always the same."""
        number, query = self._queries[index]
        document = self._documents[number]
        chance = random.Random(f"{self._seed}:{round_}:{index}")  # noqa: S311
        return make_example(document, document.queries[query], chance, self._mix, self._names)
