"""Names: their words, and the keys under which a segment lists who bears them.

A key finds at least everybody who may be meant by it, and whoever asks looks closer: what
a typed name means is decided by `bot.answers.check.names`, which agrees with nothing that
has not one of these words where the keys take them from.

    n   a name's or a role's last word, and the first and last without titles
    l   the last word of a name, as words are compared
    p   any word of a name, likewise
    r   any word of a role, likewise
    s   the surname of a person's id
    t   any word of an article's title, paper and id; of its first words, where it has no title
    b   the first of them
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from index.words import words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from index.article import Heading
    from index.speech import Speaker

# Words that stand before a name and are none; also what a role is recognised by.
TITLES = frozenset(
    """mr mrs ms miss mx dr prof professor sir dame lord lady baron baroness rev reverend father
    sister saint st president vice prime minister premier chancellor secretary general state
    senator sen representative rep congressman congresswoman governor gov mayor ambassador judge
    justice chief justice attorney captain capt major maj colonel col lieutenant lt sergeant sgt
    general gen admiral commander officer detective inspector constable coach manager king queen
    prince princess duke duchess pope archbishop bishop cardinal rabbi imam sheikh emir sultan
    spokesman spokeswoman spokesperson director chairman chairwoman chair ceo cfo founder editor
    foreign defence defense interior finance health deputy former ex then acting the a an of for
    us uk u.s u.k united states leader speaker councillor mp mep counterpart adviser advisor
    analyst expert official lawyer author economist""".split()
)
ARTICLES = frozenset({"the", "a", "an"})
_SUFFIXES = frozenset(
    {"jr", "sr", "ii", "iii", "iv", "junior", "senior", "obe", "mbe", "phd", "md"}
)


def keys_of(speaker: Speaker) -> set[str]:
    """The keys under which a speaker is listed."""
    keys = {f"r:{word}" for role in speaker.roles for word in words_of(role)}
    for name in (speaker.name, *speaker.aliases):
        words = words_of(name)
        keys.update(f"p:{word}" for word in words)
        keys.update(f"l:{word}" for word in words[-1:])
        if tokens := tokens_of(name):
            bare = bare_name(tokens)
            keys.update(f"n:{token}" for token in (tokens[-1], *bare[:1], *bare[-1:]))
    keys.update(f"n:{token}" for role in speaker.roles for token in tokens_of(role)[-1:])
    if (surname := surname_of(speaker.person)) is not None:
        keys.add(f"s:{surname}")
    return keys


def keys_of_article(article: Heading) -> set[str]:
    """The keys under which an article is listed."""
    named = article.title
    if not (named and named.strip()):
        named = f"{article.id} {article.text}"
    words = words_of(named)
    also = (*words_of(article.publisher or ""), *words_of(article.id))
    keys = {f"t:{word}" for word in (*words, *also)}
    # What is typed of a title need not begin with its article.
    first = next((n for n, word in enumerate(words) if word not in ARTICLES), 0)
    return keys | {f"b:{word}" for word in words[: first + 1]}


def begins_so(name: str, words: Sequence[str]) -> bool:
    """Whether a name has a word that begins as the last of these, and each of the others whole."""
    held = words_of(name)
    return set(words[:-1]) <= set(held) and any(word.startswith(words[-1]) for word in held)


def is_begun(speaker: Speaker, words: Sequence[str], *, by: str) -> bool:
    """Whether a name (`by` "p") or a role ("r") of a speaker begins so; see `begins_so`."""
    texts: Collection[str] = speaker.roles
    if by == "p":
        texts = (speaker.name, *speaker.aliases)
    return any(begins_so(text, words) for text in texts)


def keys_for_name(typed: str) -> tuple[str, ...]:
    """The keys of whoever a typed name may mean by name."""
    tokens = tokens_of(typed)
    return tuple(sorted({f"n:{token}" for token in (*tokens[-1:], *bare_name(tokens)[-1:])}))


def keys_for_role(words: Iterable[str]) -> tuple[str, ...]:
    """The key of whoever has a role with all of these words, but for articles."""
    # The longest is as a rule the rarest.
    telling = sorted(set(words) - ARTICLES, key=lambda word: (len(word), word))
    return tuple(f"r:{word}" for word in telling[-1:])


def keys_for_words(words: Iterable[str]) -> tuple[str, ...]:
    """The keys of whoever may be named in a text of these words."""
    # "Blinken'll" is one word, and names Blinken.
    held = {part for word in words for part in (word, *re.split(r"['’]", word)) if part}
    return tuple(sorted(f"l:{part}" for part in held))


def key_for_part(word: str) -> str:
    """The key of whoever has a folded word in a name."""
    return f"p:{word}"


def key_for_surname(surname: str) -> str:
    """The key of those whose id is a name that ends in a surname."""
    return f"s:{surname}"


def surname_of(person: str) -> str | None:
    """The surname in a person's id, where the id is a full name."""
    first, _, surname = person.rpartition("-")
    return surname if first and "@" not in person else None


def tokens_of(name: str) -> list[str]:
    """The words of a name: no accents, no case, no suffix, no description after a comma."""
    name = re.split(r"[,(;]| [-–—] ", name.strip())[0]
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = re.sub(r"['’]s?(?!\w)", "", plain).replace("ł", "l").replace("ø", "o")
    words = [word.strip(".") for word in re.findall(r"[^\W_]+(?:[.'’-][^\W_]+)*", plain)]
    return words[1:] if words[:1] in (["the"], ["a"], ["an"]) else words


def bare_name(words: list[str]) -> list[str]:
    """The name without titles before it and suffixes after it."""
    first, last = 0, len(words)
    while last > 1 and words[last - 1] in _SUFFIXES:
        last -= 1
    while first < last and words[first] in TITLES:
        first += 1
    return words[first:last]
