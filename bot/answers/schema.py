"""Values as the JSON that others may rely on; docs/json.md and docs/schemas/ describe it.

Every object that is printed names its kind and version in `schema`. The number rises when
a key goes or changes its meaning; a key may be added under the same number.
Offsets count Unicode code points of the article's stored text, and each `text` beside a
`start` and an `end` is exactly that slice of it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot.answers.answer import About, Answer, Summary
from bot.answers.links import link_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bot.answers.answer import Check, Citation, NoAnswer, Reply
    from index.article import Article, Span
    from index.speech import Quotation, Voice
    from index.verify import Status

Json = dict[str, Any]

DIGITS = 4
"""Decimals of a score."""


def reply_json(reply: Reply) -> Json:
    """`ask`: an answer or the lack of one; or what is known of the article, or its summary."""
    if isinstance(reply, About):
        return about_json(reply)
    return summary_json(reply) if isinstance(reply, Summary) else answer_json(reply)


def about_json(about: About) -> Json:
    """`ask`, of the article itself: facts that are no part of its text; null where unknown."""
    return {
        "schema": "pullquote/about/1",
        "question": about.question,
        "article": about.article.id if about.article else None,
        "facts": [{"kind": fact.kind.value, "value": fact.value} for fact in about.facts],
    }


def answer_json(result: Answer | NoAnswer) -> Json:
    """Whether the articles answer, and the citations, best first."""
    found: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()
    examples: tuple[str, ...] = ()
    if isinstance(result, Answer):
        reason, found = None, result.citations
    else:
        reason, nearest, examples = result.reason.value, result.nearest, result.examples
    return {
        "schema": "pullquote/ask/1",
        "question": result.question,
        "showing": result.showing,
        "answered": reason is None,
        "score": round(result.score, DIGITS),
        "reason": reason,
        "citations": [citation_json(citation) for citation in found],
        "nearest": [citation_json(citation) for citation in nearest],
        "examples": list(examples),
    }


def answers_json(question: str, results: Sequence[Reply]) -> Json:
    """`ask` with several questions in one: an answer to each, in order."""
    return {
        "schema": "pullquote/answers/1",
        "question": question,
        "answers": [reply_json(result) for result in results],
    }


def batch_json(line_id: str | int, reply: Reply) -> Json:
    """`ask --batch`: the same, with the `id` of its line."""
    found = reply_json(reply)
    return {"schema": found.pop("schema"), "id": line_id, **found}


def error_json(line_id: str | int | None, line: int, error: str) -> Json:
    """`ask --batch`: what stands in place of an answer for a line that cannot be asked."""
    return {"schema": "pullquote/error/1", "id": line_id, "line": line, "error": error}


def citation_json(citation: Citation) -> Json:
    """One sentence (or run of sentences) of an article, as printed."""
    span = citation.span
    return {
        "article": span.article.id,
        "title": span.article.title,
        "url": span.article.url,
        "paragraph": span.paragraph,
        **slice_json(span),
        "answers": [slice_json(answer) for answer in citation.answers],
        "speaker": citation.speaker.name if citation.speaker else None,
        "speech": citation.speech.value,
        "stance": citation.quotation.stance.value if citation.quotation else None,
        "link": link_to(span),
        "score": round(citation.score, DIGITS),
        "also": [
            {"article": copy.article.id, "paragraph": copy.paragraph, **slice_json(copy)}
            for copy in citation.also
        ],
        "goes_on": slice_json(citation.goes_on) if citation.goes_on else None,
    }


def quotes_json(quotations: Iterable[Quotation], is_clear: Callable[[Quotation], bool]) -> Json:
    """`quotes`: who said what; a speaker that is not clear is null."""
    return {
        "schema": "pullquote/quotes/1",
        "quotes": [
            quotation_json(quotation, clear=is_clear(quotation)) for quotation in quotations
        ],
    }


def quotation_json(quotation: Quotation, *, clear: bool) -> Json:
    """One utterance; `start`, `end` and `text` are its first part's."""
    speaker = quotation.speaker if clear else None
    first = quotation.parts[0]
    return {
        "id": quotation.id,
        "article": first.article.id,
        "paragraph": first.paragraph,
        **slice_json(first),
        "speech": quotation.speech.value,
        "stance": quotation.stance.value,
        "speaker": speaker.name if speaker else None,
        "person": speaker.person if speaker else None,
        "through": [relay.name for relay in quotation.through],
        "mention": slice_json(quotation.mention) if quotation.mention else None,
        "cue": slice_json(quotation.cue) if quotation.cue else None,
        "parts": [slice_json(part) for part in quotation.parts],
        "confidence": round(quotation.confidence, DIGITS),
        "link": link_to(quotation.context),
    }


def check_json(check: Check) -> Json:
    """`check`: the verdict, where it or its like stands, and the word-level difference."""
    return {
        "schema": "pullquote/check/1",
        "quote": check.quote,
        "speaker": check.speaker,
        "verdict": check.verdict.value,
        "attribution": check.attribution.value,
        "found": [citation_json(citation) for citation in check.found],
        "differences": [
            {
                "claimed": step.claimed,
                "printed": {"article": step.printed.article.id, **slice_json(step.printed)}
                if step.printed
                else None,
            }
            for step in check.differences
        ],
    }


def checks_json(checks: Sequence[Check]) -> Json:
    """`check --message`: one check a quote, in the message's order."""
    return {"schema": "pullquote/checks/1", "checks": [check_json(check) for check in checks]}


def summary_json(summary: Summary) -> Json:
    """`summary`: the sentences that carry the article, in its order."""
    return {
        "schema": "pullquote/summary/1",
        "article": summary.article.id,
        "sentences": [citation_json(citation) for citation in summary.sentences],
        "speakers": [_voice(voice) for voice in summary.voices],
    }


def articles_json(articles: Iterable[Article]) -> Json:
    """`articles`: what is known of each, without its text."""
    return {
        "schema": "pullquote/articles/1",
        "articles": [_about(article) for article in articles],
    }


def article_json(article: Article) -> Json:
    """`articles show`: one article, with its text, paragraphs and related stories."""
    return {
        "schema": "pullquote/article/1",
        **_about(article),
        "text": article.text,
        "blocks": [
            {"paragraph": number, "start": start, "end": end}
            for number, (start, end) in enumerate(article.blocks, start=1)
        ],
        "related": [{"text": related.text} for related in article.related],
    }


def speakers_json(voices: Iterable[Voice]) -> Json:
    """`speakers`: everybody who is quoted, how often and where, most quoted first."""
    return {"schema": "pullquote/speakers/1", "speakers": [_voice(voice) for voice in voices]}


def _voice(voice: Voice) -> Json:
    return {
        "name": voice.speaker.name,
        "person": voice.speaker.person,
        "aliases": list(voice.speaker.aliases),
        "roles": list(voice.speaker.roles),
        "quotations": voice.quotations,
        "articles": [{"article": where, "quotations": count} for where, count in voice.articles],
    }


def status_json(status: Status) -> Json:
    """`index status`: what the index holds, and how it was made."""
    facts = asdict(status) | {"folder": str(status.folder), "built": status.built.isoformat()}
    return {"schema": "pullquote/status/1", **facts}


def verify_json(problems: Iterable[str]) -> Json:
    """`index verify`: what is wrong with it, if anything is."""
    found = list(problems)
    return {"schema": "pullquote/verify/1", "whole": not found, "problems": found}


def slice_json(span: Span) -> Json:
    """Offsets and the words that stand there."""
    return {"start": span.start, "end": span.end, "text": span.text}


def _about(article: Article) -> Json:
    return {
        "id": article.id,
        "title": article.title,
        "url": article.url,
        "publisher": article.publisher,
        "author": article.author,
        "published": article.published,
        "paragraphs": len(article.blocks),
        "characters": len(article.text),
    }
