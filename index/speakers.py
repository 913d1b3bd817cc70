"""Who is who in an article: people under their many names, pronouns and descriptions.

A `Cast` reads the parsed paragraphs once, in order, and says of every name, pronoun
and description whom it means. It remembers the latest mention of each person only,
so its time grows with the article's length times the people lately mentioned.

A person's id is the slug of the fullest name that an article prints ("dmytro-kuleba"):
one person has one id wherever the full name stands. Two people of one name share an id,
and an article that only ever prints a surname gives the surname's slug ("blinken");
`index.people.same_person` says which ids of an index may be taken for one. Who is only described
("a spokesman") gets an id that is good inside the article alone.
"""

# ruff: noqa: C901, PLR0911, PLR0912
# (weights and distances are read where they stand; a rule is one function, however many cases)
from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from index.speech import lexicon
from index.speech.grammar import is_speech_verb
from index.speech.names import gender_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from index.speech.grammar import Page, Token

_PARTICLES = {
    "van",
    "von",
    "de",
    "der",
    "den",
    "al",
    "el",
    "bin",
    "ibn",
    "del",
    "della",
    "di",
    "da",
    "dos",
    "la",
    "le",
    "ter",
    "ten",
    "abu",
    "du",
}
_LOOKBACK = 25
_NICKNAMES = [
    {"joe", "joseph"},
    {"bill", "william", "will", "billy"},
    {"mike", "michael"},
    {"bob", "robert", "rob", "bobby"},
    {"jim", "james", "jimmy"},
    {"tom", "thomas"},
    {"ted", "edward", "ed", "theodore"},
    {"dick", "richard", "rick"},
    {"liz", "elizabeth", "beth", "betsy"},
    {"kate", "katherine", "kathy"},
    {"chuck", "charles", "charlie"},
    {"tony", "anthony"},
    {"dave", "david"},
    {"steve", "stephen", "steven"},
    {"jeb", "john"},
    {"jack", "john"},
    {"alex", "alexander", "alexandra"},
    {"ben", "benjamin"},
    {"dan", "daniel"},
    {"sam", "samuel", "samantha"},
    {"matt", "matthew"},
    {"nick", "nicholas"},
    {"pat", "patrick", "patricia"},
    {"hank", "henry"},
    {"larry", "lawrence"},
    {"peggy", "margaret", "maggie"},
    {"harry", "harold", "henry"},
    {"chris", "christopher"},
    {"ron", "ronald"},
    {"don", "donald"},
]


def fold(text: str) -> str:
    """`text` in lower case without accents, for comparing names."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()


def slug(name: str) -> str:
    """A name as an id: folded words joined by hyphens."""
    words = re.findall(r"[^\W_]+", re.sub(r"['’]s?\b", "", fold(name)))
    if words and words[0] in {"the", "a", "an"}:
        words = words[1:]
    return "-".join(words) or "someone"


@dataclass(slots=True, eq=False)
class Person:
    """Somebody of the article, while it is being read; offsets count into the article."""

    words: tuple[str, ...]
    name: tuple[int, int]
    gender: str = ""
    names: dict[str, tuple[int, int]] = field(default_factory=dict)
    roles: dict[str, tuple[int, int]] = field(default_factory=dict)
    role_words: set[str] = field(default_factory=set)
    votes: Counter[str] = field(default_factory=Counter)
    mentions: int = 0
    first: int = 0

    @property
    def surname(self) -> str:
        """The last word of the name, Jr. and the like left out."""
        return surname_of(self.words)


def surname_of(words: Sequence[str]) -> str:
    """The last word of a folded name that is not Jr. or the like."""
    plain = [word for word in words if word.strip(".") not in lexicon.SUFFIXES]
    return plain[-1] if plain else words[-1]


@dataclass(frozen=True, slots=True)
class Mention:
    """A place where a person is named or meant. `weight` tells how prominent the place is."""

    person: Person
    sentence: int
    block: int
    place: int
    head: int
    weight: float


@dataclass(frozen=True, slots=True)
class Referent:
    """Whom a token means. `margin` is how far ahead of the next candidate (log-odds like)."""

    person: Person
    how: str
    margin: float


@dataclass(frozen=True, slots=True)
class _Run:
    """A printed name: tokens `first` to `last` of a page; the words folded; a title before it."""

    page: int
    first: int
    last: int
    words: tuple[str, ...]
    title: str
    sure: bool


class Cast:
    """The people of one article, and whom each token means."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.pages = pages
        self.people: list[Person] = []
        self.referents: dict[tuple[int, int], Referent] = {}
        self._by_surname: defaultdict[str, list[Person]] = defaultdict(list)
        self._by_first: defaultdict[str, list[Person]] = defaultdict(list)
        self._recent: dict[int, Mention] = {}
        self._order: list[Person] = []
        runs = [run for number in range(len(pages)) for run in self._find_names(number)]
        self._make_people(runs)
        runs = self._with_odd_surnames(runs)
        self._read(runs)

    # Names -> people

    def _find_names(self, number: int) -> Iterator[_Run]:
        page = self.pages[number]
        doc = page.doc
        place = 0
        while place < len(doc):
            if place in page.stand_ins or not _is_name_word(doc[place]):
                place += 1
                continue
            end = place + 1
            while end < len(doc) and end not in page.stand_ins:
                if (
                    _is_name_word(doc[end])
                    or _joins(doc, end)
                    or (
                        doc[end].lower_ in _PARTICLES
                        and end + 1 < len(doc)
                        and _is_name_word(doc[end + 1])
                        and doc[end].ent_type_ == "PERSON"
                    )
                ):
                    end += 1
                elif (
                    doc[end].text == ","
                    and end + 1 < len(doc)
                    and doc[end + 1].lower_.strip(".") in lexicon.SUFFIXES
                ):
                    end += 2
                else:
                    break
            yield from self._cut_names(number, place, end)
            place = end

    def _cut_names(self, number: int, start: int, end: int) -> Iterator[_Run]:
        doc = self.pages[number].doc
        place = start
        while place < end:
            stop = _led_by_first_name(doc, place, end)
            if stop:
                run = self._run(number, place, stop, start, sure=True)
                if run:
                    yield run
                place = stop
                continue
            if doc[place].ent_type_ == "PERSON":
                stop = place + 1
                while stop < end and (
                    (doc[stop].ent_iob_ == "I" and doc[stop].ent_type_ == "PERSON")
                    or doc[stop].lower_.strip(".,") in lexicon.SUFFIXES
                    or doc[stop].text == ","
                ):
                    stop += 1
                run = self._run(number, place, stop, start, sure=True)
                if run:
                    yield run
                place = stop
                continue
            stop = place + 1
            while (
                stop < end
                and doc[stop].ent_type_ != "PERSON"
                and not _led_by_first_name(doc, stop, end)
            ):
                stop += 1
            run = self._run(number, place, stop, start, sure=False)
            if run:
                yield run
            place = stop

    def _run(self, number: int, first: int, stop: int, start: int, *, sure: bool) -> _Run | None:
        doc = self.pages[number].doc
        last = stop - 1
        while last >= first and doc[last].text == ",":
            last -= 1
        title = ""
        cut = first
        for place in range(first, last + 1):
            word = doc[place].lower_.strip(".")
            if word in lexicon.TITLES and place < last:
                cut, title = place + 1, word
            elif not sure and place + 1 <= last and gender_of(doc[place].text) and not title:
                cut, title = place, "first"
                break
        if not title and first > start and doc[first - 1].lower_.strip(".") in lexicon.TITLES:
            title = doc[first - 1].lower_.strip(".")
        if not title and first > 0:
            word = doc[first - 1].lower_.strip(".")
            if word in lexicon.TITLES or word in lexicon.PERSON_NOUNS:
                title = word
        first = cut
        if first > last:
            return None
        words = _folded_words(doc, first, last)
        if all(word in lexicon.TITLES for word in words):
            return None
        if not words or len(words) > 5 or not words[-1][:1].isalpha():
            return None
        body = any(word in lexicon.BODY_WORDS for word in words)
        if body and title not in lexicon.MALE_TITLES | lexicon.FEMALE_TITLES:
            return None
        if not sure and doc[last].ent_type_ in {
            "ORG",
            "GPE",
            "FAC",
            "LOC",
            "NORP",
            "DATE",
            "WORK_OF_ART",
        }:
            sure_enough = title in lexicon.MALE_TITLES | lexicon.FEMALE_TITLES or (
                title == "first" and len(words) in {2, 3}
            )
            return (
                _Run(number, first, last, words, title, sure=False)
                if sure_enough or len(words) == 1
                else None
            )
        if len(words) > 1 and not sure and not title:
            return None
        return _Run(number, first, last, words, title, sure=sure or bool(title))

    def _make_people(self, runs: Sequence[_Run]) -> None:
        for run in runs:
            if len(run.words) > 1 and (run.sure or run.title):
                person = self._same_full_name(run.words)
                if person is None:
                    person = self._add_person(run)
                elif len(run.words) > len(person.words):
                    person.words = run.words
                    person.name = self.pages[run.page].offsets(run.first, run.last)
        votes: Counter[str] = Counter()
        for run in runs:
            if len(run.words) == 1:
                votes[run.words[0]] += (
                    2 if run.title and run.title != "first" else 1 if run.sure else -1
                )
        for run in runs:
            if len(run.words) == 1 and run.sure and votes[run.words[0]] > 0:
                word = run.words[0]
                if word not in self._by_surname and word not in self._by_first:
                    self._add_person(run)
        for person in self.people:
            if not person.gender and len(person.words) > 1:
                person.gender = gender_of(person.words[0])
                if not person.gender and person.words[0].endswith(("a", "ette", "elle", "ine")):
                    person.votes["f"] += 1

        self._lean(runs)

    def _with_odd_surnames(self, runs: list[_Run]) -> list[_Run]:
        """The names, with surnames that the tagger took for common nouns ("Banks tweeted")."""
        covered = {(run.page, place) for run in runs for place in range(run.first, run.last + 1)}
        known = {p.surname for p in self.people if len(p.words) > 1}
        extra = [
            _Run(number, token.i, token.i, (word,), "", sure=True)
            for number, page in enumerate(self.pages)
            for token in page.doc
            if token.text[:1].isupper()
            and (word := fold(token.text).strip(".")) in known
            and (number, token.i) not in covered
            and token.i not in page.stand_ins
        ]
        return sorted([*runs, *extra], key=lambda run: (run.page, run.first)) if extra else runs

    def _lean(self, runs: Sequence[_Run]) -> None:
        """Let pronouns tell the gender of a person who is the first one named in their sentence."""
        named: defaultdict[tuple[int, int], list[_Run]] = defaultdict(list)
        for run in runs:
            if run.sure or run.words[-1] in self._by_surname:
                named[run.page, self.pages[run.page].sentence_of[run.first]].append(run)
        for (number, sentence), here in named.items():
            people = self._by_surname.get(here[0].words[-1], ())
            if len(people) != 1 or people[0].gender:
                continue
            person = people[0]
            page = self.pages[number]
            after = here[0].last + 1
            until = here[1].first if len(here) > 1 else after + 40
            for token in page.doc[after:until]:
                if page.sentence_of[token.i] != sentence:
                    break
                if token.lower_ in lexicon.HE:
                    person.votes["m"] += 1
                elif token.lower_ in lexicon.SHE:
                    person.votes["f"] += 1

    def _add_person(self, run: _Run) -> Person:
        offsets = self.pages[run.page].offsets(run.first, run.last)
        person = Person(run.words, offsets, first=offsets[0])
        self.people.append(person)
        self._by_surname[person.surname].append(person)
        if len(run.words) > 1:
            self._by_first[run.words[0]].append(person)
        return person

    def _same_full_name(self, words: tuple[str, ...]) -> Person | None:
        for person in self._by_surname.get(surname_of(words), ()):
            if len(person.words) > 1 and same_name(words, person.words):
                return person
        return None

    # Reading: whom each token means

    def _read(self, runs: Sequence[_Run]) -> None:
        starts = {(run.page, run.first): run for run in runs}
        for number, page in enumerate(self.pages):
            place = 0
            while place < len(page.doc):
                run = starts.get((number, place))
                if run is not None:
                    self._read_name(run)
                    place = run.last + 1
                    continue
                token = page.doc[place]
                if place not in page.stand_ins:
                    if token.lower_ in lexicon.HE or token.lower_ in lexicon.SHE:
                        self._read_pronoun(number, token)
                    elif token.lemma_.lower() in lexicon.PERSON_NOUNS and token.pos_ in {
                        "NOUN",
                        "PROPN",
                    }:
                        self._read_description(number, token)
                place += 1

    def _read_name(self, run: _Run) -> None:
        page = self.pages[run.page]
        person, margin = self._person_named(run)
        if person is None:
            return
        offsets = page.offsets(run.first, run.last)
        printed = " ".join(page.doc[i].text for i in range(run.first, run.last + 1))
        person.names.setdefault(printed, offsets)
        gender = (
            "m"
            if run.title in lexicon.MALE_TITLES
            else "f"
            if run.title in lexicon.FEMALE_TITLES
            else ""
        )
        if gender and (len(run.words) > 1 or not person.gender):
            person.gender = gender
        for place in range(run.first, run.last + 1):
            self.referents[run.page, place] = Referent(person, "name", margin)
        self._note_roles(page, person, run)
        self._note(run.page, page.doc[run.last], person)

    def _person_named(self, run: _Run) -> tuple[Person | None, float]:
        if len(run.words) > 1:
            person = self._same_full_name(run.words)
            if person is not None or not run.sure:
                return person, 4.0
            return None, 0.0
        word = run.words[0]
        known = self._by_surname.get(word) or self._by_first.get(word) or []
        if len(known) < 2:
            return (known[0], 4.0) if known else (None, 0.0)
        wanted = (
            "m"
            if run.title in lexicon.MALE_TITLES
            else "f"
            if run.title in lexicon.FEMALE_TITLES
            else ""
        )
        scored = sorted(
            (
                (self._shared_name_score(person, run, wanted), -number, person)
                for number, person in enumerate(known)
            ),
            key=lambda item: item[:2],
            reverse=True,
        )
        return scored[0][2], scored[0][0] - scored[1][0]

    def _shared_name_score(self, person: Person, run: _Run, wanted: str) -> float:
        page = self.pages[run.page]
        score = 0.6 * math.log1p(person.mentions)
        score += 0.5 if person is self._by_surname.get(run.words[0], [person])[0] else 0.0
        if wanted and person.gender:
            score += 6.0 if wanted == person.gender else -6.0
        if run.title and run.title in person.role_words:
            score += 2.0
        last = self._recent.get(id(person))
        if last is not None:
            score += max(0.0, 1.5 - 0.4 * (page.sentence_of[run.first] - last.sentence))
        else:
            score -= 1.5
        return score

    def _note_roles(self, page: Page, person: Person, run: _Run) -> None:
        doc = page.doc
        last = doc[run.last]
        head = last
        first = run.first
        left = min(
            [
                c.left_edge.i
                for c in head.lefts
                if c.dep_ in {"compound", "amod", "nmod", "poss", "det"}
            ]
            + [first]
        )
        left = max(left, doc[run.first].sent.start)
        while left < first and doc[left].is_punct:
            left += 1
        if left < first and not any(page.is_quoted(i) for i in range(left, first)):
            self._add_role(page, person, left, first - 1)
        for child in head.children:
            if child.dep_ == "appos" and child.pos_ == "NOUN":
                self._add_role(page, person, child.left_edge.i, _short_right(child))
        if (
            head.dep_ == "appos"
            and head.head.pos_ in {"NOUN", "PROPN"}
            and head.head.lemma_.lower() in lexicon.PERSON_NOUNS
        ):
            self._add_role(page, person, head.head.left_edge.i, head.head.i)
        if head.dep_ == "nsubj" and head.head.lemma_ == "be":
            for child in head.head.children:
                if child.dep_ == "attr" and child.lemma_.lower() in lexicon.PERSON_NOUNS:
                    self._add_role(page, person, child.left_edge.i, _short_right(child))

    def _add_role(self, page: Page, person: Person, first: int, last: int) -> None:
        doc = page.doc
        while first < last and (doc[first].tag_ in {"DT", "PRP$"} or doc[first].is_punct):
            first += 1
        while last > first and (doc[last].is_punct or doc[last].tag_ == "POS"):
            last -= 1
        words = [doc[i] for i in range(first, last + 1)]
        if any(page.is_quoted(w.i) for w in words) or len(words) > 14 or words[0].is_punct:
            return
        nouns = {w.lemma_.lower().strip(".") for w in words if w.pos_ in {"NOUN", "PROPN", "ADJ"}}
        nouns |= {w.lower_.strip(".") for w in words if w.pos_ in {"NOUN", "PROPN", "ADJ"}}
        if not nouns & (lexicon.PERSON_NOUNS | lexicon.TITLES):
            person.role_words |= nouns
            return
        person.role_words |= nouns
        for word in words:
            noun = word.lemma_.lower()
            gender = (
                "m" if noun in lexicon.MALE_NOUNS else "f" if noun in lexicon.FEMALE_NOUNS else ""
            )
            if gender and word.i == last and not person.gender:
                person.gender = gender
        printed = " ".join(w.text for w in words)
        person.roles.setdefault(printed, page.offsets(first, last))

    def _note(self, number: int, token: Token, person: Person) -> None:
        page = self.pages[number]
        person.mentions += 1
        weight = 0.0
        node = token
        while (
            node.dep_ in {"appos", "conj"}
            and node.head.pos_ in {"NOUN", "PROPN"}
            and node.head.i != node.i
        ):
            node = node.head
        if node.dep_ in {"nsubj", "nsubjpass"}:
            weight += 1.2
            if node.head.dep_ == "ROOT":
                weight += 0.4
            if is_speech_verb(node.head):
                weight += 0.6
        elif node.dep_ == "poss":
            weight -= 0.3
        elif node.dep_ in {"pobj", "compound", "nmod"}:
            weight -= 0.2
            if node.dep_ == "pobj" and node.head.head.lower_ == "according":
                weight += 1.4
        mention = Mention(
            person, page.sentence_of[token.i], page.block, token.i, node.head.i, weight
        )
        before = self._recent.pop(id(person), None)
        if before is not None and before.sentence == mention.sentence and before.weight > weight:
            mention = before
        self._recent[id(person)] = mention

    def candidates(self) -> list[Mention]:
        """The latest mention of each person lately mentioned, most recent first."""
        recent = []
        for mention in reversed(self._recent.values()):
            recent.append(mention)
            if len(recent) >= _LOOKBACK:
                break
        return recent

    def _read_pronoun(self, number: int, token: Token) -> None:
        page = self.pages[number]
        gender = "m" if token.lower_ in lexicon.HE else "f"
        sentence = page.sentence_of[token.i]
        scored: list[tuple[float, int, Person]] = []
        for order, mention in enumerate(self.candidates()):
            person = mention.person
            leaning = person.votes["m"] - person.votes["f"]
            likely = person.gender or ("m" if leaning > 1 else "f" if leaning < -1 else "")
            if likely and likely != gender:
                continue
            same_page = mention.block == page.block
            if (
                same_page
                and mention.head == token.head.i
                and token.tag_ == "PRP"
                and not token.lower_.endswith("self")
                and mention.sentence == sentence
            ):
                continue
            score = mention.weight - 0.7 * min(8, sentence - mention.sentence)
            score += 0.25 * math.log1p(person.mentions)
            score += 0.3 if same_page else 0.0
            score += 0.5 if mention.sentence == sentence else 0.0
            if person.gender:
                score += 0.8
            elif leaning:
                score += 0.7 if (leaning > 0) == (gender == "m") else -1.2
            score -= 0.5 if len(person.words) == 1 and person.mentions < 2 else 0.0
            scored.append((score, -order, person))
        if not scored:
            return
        scored.sort(key=lambda item: item[:2], reverse=True)
        best = scored[0]
        margin = best[0] - scored[1][0] if len(scored) > 1 else 3.0
        self.referents[number, token.i] = Referent(best[2], "pronoun", margin)
        if margin > 0.5:
            best[2].votes[gender] += 1
        if not page.is_quoted(token.i):
            self._note(number, token, best[2])

    def _read_description(self, number: int, token: Token) -> None:
        page = self.pages[number]
        if (number, token.i) in self.referents or token.dep_ in {
            "compound",
            "amod",
            "attr",
            "nmod",
        }:
            return
        named = [c for c in token.children if c.dep_ == "appos" and (c.pos_ == "PROPN")]
        if named or (token.dep_ == "appos"):
            return
        determiners = [c for c in token.lefts if c.dep_ in {"det", "poss"}]
        if not determiners or determiners[0].lower_ in {
            "a",
            "an",
            "another",
            "some",
            "any",
            "no",
            "each",
            "every",
        }:
            return
        if token.tag_ in {"NNS", "NNPS"}:
            return
        noun = token.lemma_.lower()
        words = {noun} | {
            c.lower_.strip(".") for c in token.lefts if c.dep_ in {"amod", "compound", "nmod"}
        }
        gender = "m" if noun in lexicon.MALE_NOUNS else "f" if noun in lexicon.FEMALE_NOUNS else ""
        sentence = page.sentence_of[token.i]
        complement = any(c.dep_ == "prep" for c in token.rights)
        scored: list[tuple[float, int, Person]] = []
        for order, mention in enumerate(self.candidates()):
            person = mention.person
            if gender and person.gender and gender != person.gender:
                continue
            if mention.sentence == sentence and mention.head == token.head.i:
                continue
            known = noun in person.role_words
            if not known and mention.sentence == sentence and _speaks_of(page, mention, token):
                continue
            score = 3.0 if known else 0.0
            score += 1.0 * len((words - {noun}) & person.role_words)
            distance = sentence - mention.sentence
            score += mention.weight - 0.5 * min(6, distance)
            if not known and (distance > 2 or mention.weight < 1.0 or complement):
                score -= 3.0
            scored.append((score, -order, person))
        scored.sort(key=lambda item: item[:2], reverse=True)
        if not scored or scored[0][0] < 0.8:
            return
        best = scored[0]
        margin = best[0] - scored[1][0] if len(scored) > 1 else 2.0
        how = "role" if noun in best[2].role_words else "guess"
        self.referents[number, token.i] = Referent(best[2], how, margin)
        self._note(number, token, best[2])


def _speaks_of(page: Page, mention: Mention, token: Token) -> bool:
    """Whether the person mentioned says the clause that a description stands in.

    Nobody speaks of themselves so: in "Ada Moss said that the owner had paid" it is another.
    """
    if mention.block != page.block:
        return False
    verb = page.doc[mention.head]
    return is_speech_verb(verb) and any(head.i == verb.i for head in token.ancestors)


def _short_right(token: Token) -> int:
    """The last token of a role: its prepositional phrases kept, clauses and asides left out."""
    last = int(token.right_edge.i)
    for place in range(token.i + 1, last + 1):
        word = token.doc[place]
        if word.tag_ in {"WDT", "WP", ",", ":", "-LRB-", "VBG", "VBD"}:
            return place - 1
    return last


def _led_by_first_name(doc: Any, place: int, end: int) -> int:
    """Where a name that begins with a known first name ends; 0 where none begins at `place`.

    It outranks the entity recognizer, which takes rare surnames for bodies and places.
    """
    token = doc[place]
    if not gender_of(token.text) or place + 1 >= end or token.ent_iob_ == "I":
        return 0
    if token.ent_type_ in {"GPE", "LOC", "FAC", "DATE", "NORP"}:
        return 0
    stop = place + 1
    while stop < end and stop - place < 4:
        word = doc[stop].lower_.strip(".")
        if word in lexicon.TITLES or word in lexicon.BODY_WORDS:
            return 0
        if doc[stop].ent_iob_ == "B" and doc[stop].ent_type_ != "PERSON" and stop - place > 1:
            break
        stop += 1
    return stop


def _joins(doc: Any, place: int) -> bool:
    """Whether the token is the hyphen of a double-barrelled name."""
    return bool(
        doc[place].text in {"-", "–", "‑"}
        and place + 1 < len(doc)
        and not doc[place].whitespace_
        and not doc[place - 1].whitespace_
        and doc[place + 1].text[:1].isalpha()
    )


def _folded_words(doc: Any, first: int, last: int) -> tuple[str, ...]:
    """The words of a name, folded; what is printed without a blank is one word."""
    words: list[str] = []
    glued = False
    for place in range(first, last + 1):
        if doc[place].text == ",":
            continue
        word = fold(doc[place].text).strip(".")
        if glued and words and not doc[place - 1].text.endswith("."):
            words[-1] += word
        else:
            words.append(word)
        glued = not doc[place].whitespace_
    return tuple(word for word in words if word)


def _is_name_word(token: Token) -> bool:
    text = token.text
    if not (text[:1].isupper() or (text[:1].isalpha() and "'" in text[:3])):
        return False
    if token.tag_ in {"NNP", "NNPS"}:
        return True
    if token.i and gender_of(token.nbor(-1).text) and token.nbor(-1).tag_ in {"NNP", "NNPS"}:
        return True
    return bool(token.ent_type_ == "PERSON") and bool(text[:1].isupper())


def same_name(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether two folded full names of one surname can be one person's."""
    junior_a = {w.strip(".") for w in a} & lexicon.SUFFIXES
    junior_b = {w.strip(".") for w in b} & lexicon.SUFFIXES
    if junior_a != junior_b and junior_a | junior_b != {"sr"}:
        return False
    first_a, first_b = a[0].strip("."), b[0].strip(".")
    if first_a == first_b or first_a in b[:-1] or first_b in a[:-1]:
        return True
    if len(first_a) == 1 or len(first_b) == 1:
        return first_a[0] == first_b[0]
    if any(first_a in group and first_b in group for group in _NICKNAMES):
        return True
    shorter, longer = sorted((first_a, first_b), key=len)
    return (
        len(shorter) > 2 and longer.startswith(shorter) and gender_of(shorter) == gender_of(longer)
    )


def printed_names(person: Person, text: str) -> Any:
    """All the names that an article prints for a person, fullest first, as printed."""
    found = {text[a:b] for a, b in person.names.values()} | {text[person.name[0] : person.name[1]]}
    return tuple(sorted(found, key=lambda name: (-len(name), name)))
