"""Small real values for the tests of the front ends: one article, its speech, its answers."""

from bot.answers.answer import (
    Answer,
    Check,
    Citation,
    Difference,
    NoAnswer,
    Reason,
    Summary,
    Verdict,
)
from index.article import Article, Related, Span
from index.speech import Quotation, Speaker, Speech, Voice

FIRST = "The harbour wall  will be rebuilt, the mayor said on Monday."
SECOND = (
    "“It is nearly half done,” Ana Ruiz, the engineer, said, “and we are proud of every stone.”"
)
THIRD = "Nobody was hurt when it fell."

TEXT = f"{FIRST}\n\n{SECOND}\n\n{THIRD}"
ARTICLE = Article(
    id="harbour",
    text=TEXT,
    blocks=tuple((TEXT.index(p), TEXT.index(p) + len(p)) for p in (FIRST, SECOND, THIRD)),
    related=(Related("Fishing fell by 5% last year.", 400),),
    title="Harbour wall to rise again",
    url="https://news.example/harbour",
    publisher="The Example",
    published="2024-07-08",
)
BARE = Article(id="bare", text="One line.", blocks=((0, 9),))


def span(words: str, article: Article = ARTICLE) -> Span:
    start = article.text.index(words)
    return Span(article, start, start + len(words))


RUIZ = Speaker("Ana Ruiz", "ana-ruiz", ("Ruiz",), ("the engineer",))
MAYOR = Speaker("the mayor", "the-mayor")

RUIZ_SAYS = Quotation(
    id="harbour:1",
    speech=Speech.DIRECT,
    parts=(span("It is nearly half done,"), span("and we are proud of every stone.")),
    context=span(SECOND),
    speaker=RUIZ,
    confidence=0.9,
    mention=span("Ana Ruiz, the engineer"),
    cue=span("said,"),
)
SOMEBODY_SAYS = Quotation(
    id="harbour:2",
    speech=Speech.INDIRECT,
    parts=(span("The harbour wall  will be rebuilt"),),
    context=span(FIRST),
    speaker=MAYOR,
    confidence=0.2,
    through=(RUIZ,),
)


def is_clear(quotation: Quotation) -> bool:
    return quotation.speaker is not None and quotation.confidence >= 0.5


CITATION = Citation(span(SECOND), 0.91234567, (span("nearly half done"),), RUIZ_SAYS)
NARRATED = Citation(span(THIRD), 0.4)
ANSWER = Answer("How far is the wall?", 0.91234567, (CITATION, NARRATED))
NO_ANSWER = NoAnswer("Who paid?", 0.2, Reason.NOT_SURE, (NARRATED,))
UNKNOWN = NoAnswer("What did Bob say?", 0.0, Reason.UNKNOWN_NAME, (), "Bob")
CHECK = Check(
    "It is fully done",
    "Ruiz",
    Verdict.ALTERED,
    (CITATION,),
    (
        Difference("It is", span("It is")),
        Difference("fully", span("nearly half")),
        Difference("done", span("done")),
        Difference("quickly", None),
        Difference(None, span("proud")),
    ),
)
VOICE = Voice(RUIZ, (("harbour", 2), ("bare", 1)))
SUMMARY = Summary(ARTICLE, (Citation(span(FIRST), 0.8), NARRATED), (VOICE,))
