"""Indirect speech: clauses and phrases that the reporter puts in somebody's mouth.

What counts as said is decided by the kind of cue and by what it governs. A clause behind a
verb of speech was said ("warned that ..."), and so was one behind a belief ("thinks that
..."), as the reporter tells it. A bare noun behind a verb was said only where the verb makes
words of it ("announced a ban", "called for a halt"), or where a judgement tells what it says
of its object ("accused them of lying", "called it a mess"). Everything else that somebody
praised, rejected, discussed or wants is what they hold (`said` is False): it tells where they
stand and is nobody's words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.speech import lexicon
from index.speech.attribution import Claim
from index.speech.content import clause_ends, trim
from index.speech.grammar import (
    has_subject,
    is_finite,
    is_speech_verb,
    is_verb,
    owner_of,
    quoted_source,
    subject_of,
)
from index.speech.objects import object_of, words_around

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.speech.grammar import Page, Token

_EMPTY = {"it", "this", "that", "there", "what", "which", "who", "one"}
_SOME = {"few", "many", "most", "some", "several", "others", "both", "all"}
_SPEAKING = (
    lexicon.PERSON_NOUNS,
    lexicon.GROUP_NOUNS,
    lexicon.SPEECH_NOUNS,
    lexicon.TEXTS,
    lexicon.PLACES,
)
_CLAUSES = {"ccomp", "xcomp"}
_OBJECTS = {"dobj", "dative"}


@dataclass(frozen=True, slots=True)
class Reported:
    """The tokens of one indirect content, a pair for each part, and whose they are said to be.

    `said` is False for what somebody holds or does without saying it.
    """

    parts: tuple[tuple[int, int], ...]
    claim: Claim
    clause: bool
    said: bool = True

    @property
    def first(self) -> int:
        """The first token."""
        return self.parts[0][0]

    @property
    def last(self) -> int:
        """The last token, included."""
        return self.parts[-1][1]


def find_indirect(page: Page, place: int) -> tuple[Reported, ...]:
    """Each indirect content of a page once, with who is said to have said it.

    What is reported inside a report belongs to the outer speaker ("she said he feared
    rain"), unless somebody else is said to have said it ("she said he told her ...").
    """
    found: list[Reported] = []
    for token in page.doc:
        if not page.is_quoted(token.i):
            found.extend(_by(page, place, token))
    # "Voiced a fear that it would fall": the clause, and not the noun that it hangs on.
    found = [o for o in found if o.clause or not any(_says_more(one, o) for one in found)]
    kept: list[Reported] = []
    for one in found:
        cue = one.claim.cue
        outer = next(
            (
                o
                for o in found
                if o is not one
                and (o.said or not one.said)
                and any(a <= (cue.i if cue is not None else a - 1) <= b for a, b in o.parts)
            ),
            None,
        )
        if outer is None:
            kept.append(one)
        elif (
            one.said
            and one.clause
            and cue is not None
            and is_speech_verb(cue)
            and _is_anothers(one, outer)
        ):
            through = (outer.claim.source,)
            kept.append(replace(one, claim=replace(one.claim, through=through)))
    return tuple(kept)


def _says_more(one: Reported, outer: Reported) -> bool:
    cue = one.claim.cue
    return (
        one.clause
        and cue is not None
        and cue.pos_ == "NOUN"
        and outer.first <= cue.i <= outer.last
        and one.claim.source.i == outer.claim.source.i
    )


def _is_anothers(inner: Reported, outer: Reported) -> bool:
    """Whether a report in a report is somebody else's than the outer one's: named, or a noun."""
    source = inner.claim.source
    return source.i != outer.claim.source.i and source.pos_ in {"PROPN", "NOUN"}


def _by(page: Page, place: int, token: Token) -> Iterator[Reported]:
    """The contents that one word claims."""
    lemma = token.lemma_.lower()
    if token.lower_ == "according":
        yield from _according_to(page, place, token)
    elif is_speech_verb(token) or (
        is_verb(token) and (lemma in lexicon.ATTITUDES or lemma in lexicon.MAKING_WORDS_OF)
    ):
        yield from _of_verb(page, place, token, lemma)
    elif token.pos_ == "NOUN" and (lemma in lexicon.SPEECH_NOUNS or lemma in lexicon.POINTS):
        yield from _of_noun(page, place, token)
    elif token.pos_ == "ADJ" and lemma in lexicon.REPORTING_ADJECTIVES:
        yield from _of_adjective(page, place, token)


def _of_verb(page: Page, place: int, verb: Token, lemma: str) -> Iterator[Reported]:
    if lemma in lexicon.NEVER_REPORTING or verb.dep_ in {"amod", "compound"}:
        return
    source = subject_of(verb)
    if source is None or source.lower_ in _EMPTY or page.is_quoted(source.i):
        return
    if lemma not in lexicon.SAYING and not can_report(source):
        return
    claim = Claim(place, source, verb, "verb")
    if (relayed := quoted_source(verb, source)) is not None:
        claim = replace(claim, source=relayed, through=(source,))
    clauses = list(_clauses_of(page, verb, lemma, source))
    if clauses:
        for span, said in clauses:
            yield Reported((span,), claim, clause=True, said=said)
        return
    if verb.dep_ == "parataxis" and has_subject(verb):
        if parts := words_around(page, verb, source):
            yield Reported(parts, claim, clause=True)
        return
    found = object_of(page, verb, lemma, source)
    if found is not None:
        span, said = found
        yield Reported((span,), claim, clause=False, said=said)


def can_report(source: Token) -> bool:
    """Whether a source is somebody, a body, or a text that says something (a poll, a letter)."""
    if source.pos_ in {"PROPN", "PRON"} or source.tag_ == "NNS" or source.lower_ in _SOME:
        return True
    noun = source.lemma_.lower()
    return any(noun in nouns for nouns in _SPEAKING)


def _clauses_of(
    page: Page, verb: Token, lemma: str, source: Token
) -> Iterator[tuple[tuple[int, int], bool]]:
    """The clauses and infinitives that a verb governs, each with whether it was said."""
    for child in verb.children:
        before = child.i < verb.i
        if child.dep_ not in _CLAUSES and not (child.dep_ == "advcl" and before and _bare(child)):
            continue
        if before and not _leads_to(child, verb, page):
            continue
        said = _is_said(verb, lemma, child, source)
        if said is None:
            continue
        first, last = clause_ends(verb, child)
        if child.dep_ == "xcomp":
            first = _asked_first(verb, first)
        if span := trim(page, first, last, verb, source):
            yield span, said
    if lemma == "make":
        yield from ((span, True) for span in _made_clear(page, verb, source))


def _leads_to(clause: Token, verb: Token, page: Page) -> bool:
    """Whether a clause before its cue runs on to it: a comma between, and nobody's quoted words."""
    between = range(clause.right_edge.i + 1, verb.i)
    marks = [page.doc[i].text for i in between if page.doc[i].is_punct]
    return not any(page.is_quoted(i) for i in between) and not set(marks) & {
        ":",
        ";",
        "-",
        "—",
        "–",
    }


def _is_said(verb: Token, lemma: str, clause: Token, source: Token) -> bool | None:
    """Whether a clause behind a verb was said (or only held); None where it is neither."""
    if lemma == "make":
        return None
    if lemma == "point":
        return True if any(c.lower_ == "out" for c in verb.children) else None
    finite = is_finite(clause)
    if lemma in lexicon.FINDINGS:
        texts = source.lemma_.lower() in lexicon.GROUP_NOUNS or is_speech_verb(verb)
        return True if finite and texts else None
    if lemma in lexicon.SPEECH_VERBS:
        return lemma not in lexicon.DEEDS if clause.dep_ == "xcomp" and not finite else True
    return finite and lemma in lexicon.BELIEFS


def _asked_first(verb: Token, first: int) -> int:
    """Where an infinitive's content begins: at whoever is asked ("urged the council to act")."""
    for child in verb.rights:
        if child.i >= first:
            break
        if child.dep_ in _OBJECTS:
            return int(child.left_edge.i)
        if child.dep_ == "prep":
            asked = [p for p in child.children if p.dep_ == "pobj"]
            if asked:
                return int(asked[0].left_edge.i)
    return first


def _made_clear(page: Page, verb: Token, source: Token) -> Iterator[tuple[int, int]]:
    """The clause behind "made it clear that"."""
    for child in verb.rights:
        if child.lower_ not in {"clear", "plain", "known"}:
            continue
        for clause in (*child.rights, *verb.rights):
            if clause.i > child.i and any(c.lower_ == "that" for c in clause.lefts):
                first, last = clause_ends(child, clause)
                if span := trim(page, first, last, verb, source):
                    yield span
                return


def _bare(clause: Token) -> bool:
    """Whether a clause before its cue stands on its own, as in "The road is shut, she said"."""
    if not has_subject(clause) and not any(c.dep_ == "expl" for c in clause.children):
        return False
    return not any(
        child.dep_ in {"mark", "advmod"} and child.i < clause.i for child in clause.children
    )


def _of_noun(page: Page, place: int, noun: Token) -> Iterator[Reported]:
    for child in noun.rights:
        if child.dep_ in {"acl", "ccomp"} and child.left_edge.lower_ == "that":
            source = owner_of(noun)
            if source is None or source.lower_ in _EMPTY or not can_report(source):
                continue
            if span := trim(page, child.left_edge.i, child.right_edge.i, noun, source):
                yield Reported((span,), Claim(place, source, noun, "noun"), clause=True)


def _of_adjective(page: Page, place: int, adjective: Token) -> Iterator[Reported]:
    """What somebody is sure or afraid of: "Moss is confident that the wall will last"."""
    source = subject_of(adjective.head) if adjective.dep_ in {"acomp", "oprd"} else None
    if source is None or source.lower_ in _EMPTY or not can_report(source):
        return
    for child in adjective.rights:
        if child.dep_ == "ccomp" and is_finite(child):
            first, last = clause_ends(adjective, child)
            if span := trim(page, first, last, adjective, source):
                yield Reported((span,), Claim(place, source, adjective, "verb"), clause=True)


def _according_to(page: Page, place: int, cue: Token) -> Iterator[Reported]:
    source = next(
        (s for c in cue.children if c.dep_ == "prep" for s in c.children if s.dep_ == "pobj"), None
    )
    if source is None:
        return
    sentence = cue.sent
    start, end = sentence.start, sentence.end - 1
    claim = Claim(place, source, cue, "according")
    after = cue.right_edge.i + 1
    if cue.i - start <= 2:
        if span := trim(page, after, end, cue, source):
            yield Reported((span,), claim, clause=True)
        return
    verb = cue.head
    if verb.dep_ in {"relcl", "acl"} and verb.i < cue.i:
        start = verb.left_edge.i
    breaks = [t.i for t in page.doc[start : max(verb.i, start)] if t.text in {":", ";"}]
    first = trim(page, max([start, *(at + 1 for at in breaks)]), cue.left_edge.i - 1, cue, source)
    if first is None:
        return
    parts = [first]
    if verb.i > cue.i and is_verb(verb) | (verb.pos_ == "AUX"):
        # "The bridge, according to Moss, is shut": the content goes on behind the aside.
        rest = trim(page, after, verb.right_edge.i, cue, source)
        if rest is not None:
            parts.append(rest)
    yield Reported(tuple(parts), claim, clause=True)
