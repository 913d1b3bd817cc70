"""What a parse says about speech: who does what a verb tells, and how far a phrase runs.

Tokens are spaCy's; this module only walks over them, so it imports no library. Labels
are those of the English models (ClearNLP: nsubj, ccomp, acl, relcl, agent, ...).
"""

# ruff: noqa: C901, PLR0911
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.speech import lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.speech.masking import Masked

Token = Any
Doc = Any

_SUBJECTS = {"nsubj", "nsubjpass", "csubj"}
_REPORTED_PASSIVES = {"quote", "hear", "record", "cite", "report", "credit"}
_CONTROLLED_BY_OBJECT = lexicon.ADDRESSED_VERBS | {"quote", "hear", "let", "have", "show", "cite"}
_FINITE = {"VBD", "VBZ", "VBP"}
_HE_OR_SHE = {"he", "she"}
_MAX_STEPS = 12


@dataclass(frozen=True, slots=True)
class Page:
    """One paragraph, masked and parsed.

    `stand_ins` maps a token's place to the number of the stretch that it stands for;
    `fragments` a stretch's number to the places of its first token and of the one after
    its last; `quoted` are the places of both. `first_sentence` numbers the sentences through
    the article.
    """

    block: int
    masked: Masked
    doc: Doc
    stand_ins: dict[int, int]
    fragments: dict[int, tuple[int, int]]
    first_sentence: int
    sentence_of: tuple[int, ...]
    quoted: frozenset[int]

    def offsets(self, first: int, last: int) -> tuple[int, int]:
        """The article's offsets of the tokens from `first` to `last`, both included."""
        token = self.doc[last]
        start = self.masked.to_article(self.doc[first].idx)
        end = self.masked.to_article(token.idx + len(token.text) - 1) + 1
        return start, end

    def is_quoted(self, place: int) -> bool:
        """Whether the token at `place` is a stand-in or stands in a quoted fragment."""
        return place in self.quoted


def is_verb(token: Token) -> bool:
    """Whether the token is a verb form, by its tag."""
    return bool(token.tag_.startswith("VB"))


def is_speech_verb(token: Token) -> bool:
    """Whether the token is a verb of speech (the tagger's word for odd forms not needed)."""
    if token.lemma_.lower() in lexicon.SPEECH_VERBS:
        return is_verb(token)
    return token.lower_ in {"said", "says", "told", "tweeted", "tweets"}


def has_subject(verb: Token) -> bool:
    """Whether a verb has a subject of its own."""
    return any(child.dep_ in _SUBJECTS for child in verb.children)


def is_finite(verb: Token) -> bool:
    """Whether a verb, or an auxiliary of it, is finite: "said that it *was* late"."""
    return verb.tag_ in _FINITE or any(
        child.dep_ in {"aux", "auxpass"} and child.tag_ in {*_FINITE, "MD"}
        for child in verb.children
    )


def next_deed(clause: Token) -> Token | None:
    """The verb behind a reported clause that is the speaker's next deed, not reported itself.

    "She vowed to stay and praised the crew", "He said he was late and, pressed on it,
    admitted that ...": the parser hangs both verbs on the clause.
    """
    for child in clause.rights:
        if child.dep_ not in {"conj", "advcl"} or has_subject(child) or not is_finite(child):
            continue
        if not any(c.dep_ == "cc" and c.i < child.i for c in clause.rights):
            continue
        if any(c.dep_ == "mark" for c in child.lefts):
            continue
        if not is_finite(clause):
            return child
        subject = next((c for c in clause.children if c.dep_ in _SUBJECTS), None)
        pronoun = subject is not None and subject.lower_ in _HE_OR_SHE
        if pronoun and any(c.lower_ == "but" and c.i < child.i for c in clause.rights):
            return child
        if not (is_speech_verb(child) or child.lemma_.lower() in lexicon.DECLINING_VERBS):
            continue
        thing = subject is not None and subject.lower_ in {"it", "this", "that", "there"}
        if pronoun or thing or child.dep_ == "advcl" or _tense(child) != _tense(clause):
            return child
    return None


def _tense(verb: Token) -> str:
    first = next((c for c in verb.lefts if c.dep_ in {"aux", "auxpass"}), verb)
    return "past" if first.tag_ == "VBD" else "other"


def climb(token: Token) -> Iterator[tuple[Token, str]]:
    """The token's heads upwards, each with the relation by which it was reached."""
    for _ in range(_MAX_STEPS * 2):
        if token.head.i == token.i:
            return
        yield token.head, token.dep_
        token = token.head


def subject_of(verb: Token, steps: int = 0) -> Token | None:
    """Who does what `verb` tells: its subject, or the one that it shares with another verb."""
    if steps > _MAX_STEPS:
        return None
    found = _own_subject(verb)
    if found is not None:
        return _antecedent(found, verb)
    if any(child.dep_ in _SUBJECTS for child in verb.children):
        return None
    head, dep = verb.head, verb.dep_
    if dep in {"conj", "advcl"} and head.dep_ in {"ccomp", "xcomp"} and head.i < verb.i:
        deed = next_deed(head)
        if deed is not None and deed.i == verb.i:
            return subject_of(head.head, steps + 1)
    if head.i == verb.i or _is_done_to_somebody(verb):
        return None
    if (
        dep == "advcl"
        and verb.tag_ == "VBG"
        and head.dep_ == "ccomp"
        and is_speech_verb(verb)
        and is_speech_verb(head.head)
    ):
        # "She said the road was shut, adding that ...": the parser hangs "adding" on "was".
        return subject_of(head.head, steps + 1)
    if dep in {"acl", "relcl"}:
        return _doer_in_clause(verb, head, steps)
    if dep == "xcomp" and head.lemma_.lower() in _CONTROLLED_BY_OBJECT:
        objects = [c for c in head.children if c.dep_ in {"dobj", "dative"} and c.i < verb.i]
        if objects:
            return objects[-1]
    if dep in {"conj", "xcomp", "advcl", "ccomp", "dep", "parataxis", "pcomp", "prep", "aux"}:
        if head.pos_ in {"NOUN", "PROPN", "PRON"}:
            return _doer_of_noun(head, steps) if dep != "conj" else None
        return subject_of(head, steps + 1)
    return None


def _doer_in_clause(verb: Token, noun: Token, steps: int) -> Token | None:
    """Who does what a clause tells that hangs on a noun: it, or whose plan or letter it is."""
    if verb.dep_ != "acl":
        return noun
    if verb.tag_ == "VB":
        return _doer_of_noun(noun, steps)
    if verb.tag_ == "VBG" and noun.lemma_.lower() in lexicon.WRITINGS:
        return _doer_of_noun(noun, steps) or noun
    return noun


def _is_done_to_somebody(verb: Token) -> bool:
    """Whether a verb is a passive participle whose doer is not named.

    In "Asked whether jobs would go, Ito said ..." somebody else asked; Ito was asked.
    "Having asked ..." has an auxiliary, and there it is Ito who did.
    """
    return (
        verb.dep_ == "advcl"
        and verb.tag_ in {"VBN", "VBD"}
        and not any(child.dep_ in {"aux", "nsubj"} for child in verb.children)
        and not _is_joined(verb)
    )


def _is_joined(verb: Token) -> bool:
    """Whether an "and" before a verb joins it to its head, whatever the parser made of it."""
    return any(
        (join := dangling_join(word)) is not None and join.i < verb.i
        for word in verb.head.rights
        if word.i < verb.i
    )


def dangling_join(clause: Token) -> Token | None:
    """The "and" of a clause that joins nothing in it, but the next deed of whoever reports it.

    In "He said he was late and, pressed on it, admitted ..." it stands beside "was", and
    "admitted" beside "said".
    """
    joins = [c for c in clause.rights if c.dep_ == "cc"]
    if not joins or any(c.dep_ == "conj" and c.i > joins[-1].i for c in clause.rights):
        return None
    deeds = (
        word
        for word in clause.head.rights
        if word.dep_ in {"advcl", "conj"} and word.tag_ == "VBD" and is_speech_verb(word)
    )
    return joins[-1] if any(d.i > joins[-1].i and not has_subject(d) for d in deeds) else None


def quoted_source(cue: Token, source: Token) -> Token | None:
    """Whose words somebody passes on in "Quoting her grandmother, she said: ..."."""
    for verb in (*cue.children, *source.children):
        if verb.dep_ in {"advcl", "acl"} and verb.lemma_.lower() in {"quote", "paraphrase"}:
            for child in verb.rights:
                noun = child.lemma_.lower()
                if child.dep_ == "dobj" and (
                    child.ent_type_ == "PERSON" or noun in lexicon.PERSON_NOUNS
                ):
                    return child
    return None


def _own_subject(verb: Token) -> Token | None:
    passive = any(child.dep_ in {"nsubjpass", "auxpass"} for child in verb.children)
    if passive or (verb.tag_ == "VBN" and verb.dep_ in {"acl", "amod"}):
        for child in verb.children:
            if child.dep_ == "agent" or (child.dep_ == "prep" and child.lower_ == "by"):
                for grandchild in child.children:
                    if grandchild.dep_ == "pobj":
                        return grandchild
        if verb.lemma_.lower() not in _REPORTED_PASSIVES:
            return None
    for child in verb.children:
        if child.dep_ in {"nsubj", "nsubjpass"}:
            return _last_named(child, verb)
    return None


def _last_named(subject: Token, verb: Token) -> Token:
    """The subject, or the name that only looks like its apposition.

    An apposition ends in a comma; in "Perhaps the bridge, engineer Ada Moss says" there is
    none, and what stands before it is what she says.
    """
    if not is_speech_verb(verb) or verb.i < subject.i:
        return subject
    for child in subject.rights:
        if child.dep_ == "appos" and child.pos_ == "PROPN" and child.right_edge.i == verb.i - 1:
            left = child.left_edge.i
            if verb.doc[left - 1].text == "," and left < child.i:
                return child
    return subject


def _antecedent(subject: Token, verb: Token) -> Token | None:
    if subject.tag_ not in {"WP", "WDT"}:
        return subject
    node = verb
    for _ in range(4):
        if node.dep_ == "relcl":
            return node.head
        if node.dep_ != "conj":
            return None
        node = node.head
    return None


def _doer_of_noun(noun: Token, steps: int) -> Token | None:
    """Whose statement, plan or promise a noun is."""
    for child in noun.children:
        if child.dep_ == "poss":
            return child
    for child in noun.children:
        if child.dep_ == "prep" and child.lower_ in {"by", "from"}:
            for grandchild in child.children:
                if grandchild.dep_ == "pobj":
                    return grandchild
    if noun.dep_ in {"dobj", "pobj", "attr"}:
        head = noun.head.head if noun.dep_ == "pobj" else noun.head
        if is_verb(head) or head.pos_ == "AUX":
            return subject_of(head, steps + 1)
    if noun.dep_ in {"nsubj", "ROOT"}:
        return noun
    return None


def owner_of(noun: Token) -> Token | None:
    """Whose words a noun of speech names ("her claim", "a statement by the mayor")."""
    found = _doer_of_noun(noun, 0)
    return None if found is noun else found


def phrase(token: Token) -> tuple[int, int]:
    """First and last token of the noun phrase around `token`, clauses and appositions left out."""
    first = token.i
    for child in token.lefts:
        if (
            child.dep_
            in {
                "det",
                "compound",
                "amod",
                "nmod",
                "poss",
                "nummod",
                "predet",
                "advmod",
                "quantmod",
                "case",
            }
            and child.i < first
        ):
            first = child.left_edge.i
            break
    last = token.i
    for child in token.rights:
        if token.lower_ == "those" and child.dep_ == "acl" and child.i == last + 1:
            last = child.i  # "those surveyed"
        if child.dep_ == "prep" and child.lower_ in {"of", "for", "at", "from", "in", "with"}:
            if child.i == last + 1:
                last = child.right_edge.i
        elif child.dep_ == "case" and child.i == last + 1:
            pass
    # A phrase ends where a clause or an aside begins.
    for place in range(token.i + 1, last + 1):
        if token.doc[place].tag_ in {"WDT", "WP", ",", ":", "''", "``", "-LRB-"}:
            last = place - 1
            break
    return first, last
