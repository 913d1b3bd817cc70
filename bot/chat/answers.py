"""Answers: the async door of the Discord side, with the methods of `AnswerService`.

Behind it is an engine: the service in a thread (`Inside`), or in a process of its own.
Whoever asks gets the value, or `Busy`, `TooSlow`, `Stopping`, or the service's own
`CorpusError`. Names are looked up beside the questions, and wait for none of them.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from bot.answers.catalogue import Catalogue
from bot.answers.talk import Exchange
from bot.chat.cache import Cache
from bot.chat.worker import Stopping, Worker
from index.errors import UnknownArticle
from index.scope import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from bot.answers.answer import Check, Reply, Summary
    from bot.answers.catalogue import Shelf
    from bot.answers.talk import Turn
    from index.article import Article, Heading
    from index.scope import Scope
    from index.speech import Quotation, Speaker, Speech

KEPT = 256
"""Values that the cache keeps; one takes some kilobytes, articles being shared."""
LOOKED_KEPT = 512
"""What was offered for so many beginnings is kept; 25 names take some kilobytes."""

TakeUp = Callable[[Catalogue], None]
"""Told which articles the generation holds that answers from now on, between two calls."""


class Engine(Protocol):
    """Calls the service's methods, somewhere else than on the event loop."""

    restarts: int
    reloads: int
    failed_reloads: int

    @property
    def ready(self) -> bool:
        """Whether a question would be answered now."""

    @property
    def length(self) -> int:
        """How many calls wait or run."""

    @property
    def capacity(self) -> int:
        """How many may."""

    @property
    def pid(self) -> int | None:
        """The process that answers; None while there is none."""

    async def start(self, take_up: TakeUp) -> None:
        """Open the index; `take_up` is told what is in it, again with each new generation."""

    async def reload(self) -> bool:
        """Take up what is published; whether it is another generation."""

    async def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """What the method gives, or raises."""

    async def look(self, method: str, *arguments: Any, **options: Any) -> Any:
        """The same beside the calls, within a second or two, or not at all."""

    async def stop(self, *, patience: float) -> None:
        """Take no more calls, and give those under way so many seconds."""


class Inside:
    """The service in a thread of this process: for tests, and where no process can be started."""

    restarts = reloads = failed_reloads = 0

    def __init__(self, service: Any, *, queue: int = 16, patience: float = 20.0) -> None:
        self._service = service
        self._worker = Worker(queue=queue, patience=patience)
        self._ready = False
        self.capacity = queue
        self.pid = os.getpid()

    @property
    def ready(self) -> bool:
        """Whether it was started, and not stopped since."""
        return self._ready

    @property
    def length(self) -> int:
        """How many calls wait or run."""
        return self._worker.length

    async def start(self, take_up: TakeUp) -> None:
        """Read what there is."""
        self._take_up = take_up
        take_up(await self._worker.run(self._service.catalogue))
        self._ready = True

    async def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call it in the thread."""
        return await self._worker.run(
            partial(getattr(self._service, method), *arguments, **options)
        )

    async def look(self, method: str, *arguments: Any, **options: Any) -> Any:
        """Call it in another thread."""
        if not self._ready:
            raise Stopping
        return await asyncio.to_thread(getattr(self._service, method), *arguments, **options)

    async def reload(self) -> bool:
        """Read again what there is; the service stays as it is."""
        self._take_up(await self._worker.run(self._service.catalogue))
        self.reloads += 1
        return False

    async def stop(self, *, patience: float) -> None:
        """End the thread."""
        self._ready = False
        await self._worker.stop(patience=patience)


class Answers:
    """Asks an engine, and remembers what it said as long as the generation holds."""

    def __init__(self, engine: Engine, *, kept: int = KEPT) -> None:
        self.engine = engine
        self.note: Callable[[str, float, Any], None] = lambda *_: None
        """Told of every call: the method, the seconds it took, what came of it."""
        self.cache = Cache(kept)
        self._looked = Cache(LOOKED_KEPT)
        self.catalogue = Catalogue()
        """Which articles the generation that answers now holds."""

    @property
    def ids(self) -> frozenset[str]:
        """The ids of all articles; the same object for as long as a generation is answering."""
        return self.catalogue.ids

    @property
    def generation(self) -> int:
        """The generation of the index that answers now (0 before the start)."""
        return self.catalogue.generation

    async def start(self) -> None:
        """Open the index. Raises what `bot.bootstrap.open_service` raises."""
        await self.engine.start(self._take_up)

    async def stop(self, *, patience: float) -> None:
        """Take no more questions, and give those under way `patience` seconds."""
        await self.engine.stop(patience=patience)

    async def reload(self) -> bool:
        """Take up the published generation; whether it is another than before.

        Raises what opening it raises; the present one then goes on answering.
        """
        return await self.engine.reload()

    async def ask(
        self,
        question: str,
        *,
        scope: Scope = EVERYTHING,
        top: int | None = None,
        history: Sequence[str] = (),
    ) -> Reply:
        """See `AnswerService.ask`."""
        found: Reply = await self._get(
            "ask", question, scope=scope, top=top, history=tuple(history)
        )
        return found

    async def converse(
        self, question: str, *, scope: Scope = EVERYTHING, history: Sequence[Turn] = ()
    ) -> Exchange:
        """See `AnswerService.converse`."""
        found: Exchange = await self._get("converse", question, scope=scope, history=tuple(history))
        return found

    async def quotes(
        self,
        *,
        speaker: str | None = None,
        about: str | None = None,
        scope: Scope = EVERYTHING,
        speech: Collection[Speech] | None = None,
        most: int | None = None,
    ) -> tuple[Quotation, ...]:
        """See `AnswerService.quotes`."""
        narrowed: dict[str, Any] = {} if speech is None else {"speech": frozenset(speech)}
        if about is not None:
            narrowed["about"] = about
        if most is not None:
            narrowed["most"] = most
        found: tuple[Quotation, ...] = await self._get(
            "quotes", speaker=speaker, scope=scope, **narrowed
        )
        return found

    async def check(
        self, quote: str, *, speaker: str | None = None, scope: Scope = EVERYTHING
    ) -> Check:
        """See `AnswerService.check`."""
        found: Check = await self._get("check", quote, speaker=speaker, scope=scope)
        return found

    async def check_message(
        self, message: str, *, scope: Scope = EVERYTHING, most: int | None = None
    ) -> tuple[Check, ...]:
        """See `AnswerService.check_message`."""
        found: tuple[Check, ...] = await self._get("check_message", message, scope=scope, most=most)
        return found

    async def summary(
        self,
        article_id: str | None = None,
        *,
        scope: Scope = EVERYTHING,
        sentences: int | None = None,
        chars: int | None = None,
    ) -> Summary:
        """See `AnswerService.summary`."""
        found: Summary = await self._get(
            "summary", article_id, scope=scope, sentences=sentences, chars=chars
        )
        return found

    async def article(self, article_id: str, *, scope: Scope = EVERYTHING) -> Article:
        """See `AnswerService.article`."""
        found: Article = await self._get("article", self.known(article_id, scope), scope=scope)
        return found

    async def quoted(self, article_id: str, *, scope: Scope = EVERYTHING) -> tuple[Quotation, ...]:
        """See `AnswerService.quoted`."""
        known = self.known(article_id, scope)
        found: tuple[Quotation, ...] = await self._get("quoted", known, scope=scope)
        return found

    async def most_quoted(self, *, scope: Scope = EVERYTHING) -> Speaker | None:
        """Whoever is quoted most; None where nobody is."""
        found = await self._look("most_quoted", scope=scope, limit=1)
        return found[0] if found else None

    async def speakers(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 25
    ) -> tuple[Speaker, ...]:
        """See `AnswerService.speakers`; waits for no question."""
        found: tuple[Speaker, ...] = await self._look("speakers", typed, scope=scope, limit=limit)
        return found

    async def headings(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 25
    ) -> tuple[Heading, ...]:
        """See `AnswerService.headings`; waits for no question."""
        found: tuple[Heading, ...] = await self._look("headings", typed, scope=scope, limit=limit)
        return found

    async def newest(
        self, typed: str = "", *, scope: Scope = EVERYTHING, limit: int = 200
    ) -> Shelf:
        """See `AnswerService.newest`; waits for no question."""
        found: Shelf = await self._look("newest", typed, scope=scope, limit=limit)
        return found

    async def _look(self, method: str, *arguments: Any, **options: Any) -> Any:
        key = (method, arguments, frozenset(options.items()))
        work = partial(self.engine.look, method, *arguments, **options)
        return await self._looked.get(key, work)

    def known(self, article_id: str, scope: Scope = EVERYTHING) -> str:
        """The id again, from memory. Raises `UnknownArticle`, also for one outside the scope."""
        if article_id not in self.catalogue.ids or not scope.allows(article_id):
            raise UnknownArticle(article_id)
        return article_id

    async def _get(self, method: str, *arguments: Any, **options: Any) -> Any:
        key = (method, arguments, frozenset(options.items()))
        started = time.monotonic()
        came: Any = None
        try:
            came = await self.cache.get(
                key, partial(self.engine.call, method, *arguments, **options)
            )
        except Exception as error:
            came = error
            raise
        finally:
            seconds = time.monotonic() - started
            if isinstance(came, Exchange):  # counted as the questions that it answers
                for reply in came.replies:
                    self.note("ask", seconds / len(came.replies), reply)
            elif came is not None:
                self.note("ask" if method == "converse" else method, seconds, came)
        return came

    def _take_up(self, catalogue: Catalogue) -> None:
        held = self.catalogue
        if (held.generation, held.built) != (catalogue.generation, catalogue.built):
            self.cache.clear()
            self._looked.clear()
        self.catalogue = catalogue
