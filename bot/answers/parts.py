"""Two questions typed as one, taken apart; only the wording is looked at.

What is split wrongly loses half of its sense, so a part has to be a question by itself:
"who paid and who complained?" is two, "the men who fell and who died" and "what did Obi say
about when and where they met" are one.
"""

from __future__ import annotations

import re

MOST = 5
"""Parts that are answered; what would be more is asked as it is."""
_FEWEST = 2  # words of a part

_AUX = (
    r"(?:did|does|do|has|have|had|was|were|is|are|will|would|can|could|may|might|should|must|"
    r"didn['’]t|doesn['’]t|don['’]t|isn['’]t|aren['’]t|wasn['’]t|weren['’]t)"
)
_NOUNS = r"(?:(?!(?:he|she|it|they|we|you|i|the|a|an)\b)[\w'’-]+ ){1,3}?"
_SUBJECT = (
    r"(?:the|a|an|this|that|these|those|there|it|he|she|they|we|you|i|his|her|its|their|any|"
    r"anybody|anyone|anything|somebody|someone|everybody|everyone|everything|nobody|people|"
    r"[A-Z][\w'’-]*)\b"
)
# A question of its own: its verb comes before its subject, or "who" is the subject.
_INVERTED = (
    rf"(?:(?:what|who|whom|when|where|why|how)(?:['’]s| (?:else )?(?:exactly )?{_AUX})(?! not) \w"
    rf"|(?:what|which|whose) {_NOUNS}{_AUX} \w"
    rf"|how (?:many|much|long|old|far|often|big) (?:{_NOUNS})?{_AUX} \w"
    rf"|to whom {_AUX} \w)"
)
_YES_NO = rf"(?:{_AUX}) (?-i:{_SUBJECT})"
_WHO_DOES = (
    r"(?:who (?:else )?(?!['’]|and\b|or\b)[a-z]+|(?:which|how many|what) [\w'’-]+ [a-z]+ed)\b"
)
_LEAD = r"(?:(?:and|but|so|also|then|ok|okay|well|please|oh),? )*"
_OPENS = re.compile(
    rf"^{_LEAD}(?:{_INVERTED}|{_AUX} (?!not\b)\w|{_WHO_DOES}|what (?:else )?[a-z]+ed\b)",
    re.IGNORECASE,
)
_SHORT = re.compile(rf"^{_LEAD}(?:when|where|why|how|who)(?: exactly)?\s*\?+$", re.IGNORECASE)
_STRICT = re.compile(rf"(?:{_INVERTED}|{_YES_NO})", re.IGNORECASE)
_WHO = re.compile(rf"(?:{_WHO_DOES})", re.IGNORECASE)

_ENDS = tuple(map(re.compile, (r"(?<=[?!.;])\s+", r"(?<=\?)\s+")))
_JOINED = re.compile(
    r"\s*(?:,|;)?\s+(?:and|&|plus)\s+(?:also\s+|then\s+)?|\s*[,;]\s+", re.IGNORECASE
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»")
_LINK = re.compile(r"https?://\S+")
_RELATIVE = re.compile(r"\w (?:who|which|what|when|where|why|how|that|if|whether)\b", re.IGNORECASE)


def is_question(typed: str) -> bool:
    """Whether something is clearly asked, by somebody who does not say of whom.

    Its end says so ("?"), or how it begins, if that is all of it ("what did Obi say"); a word
    alone ("what?") is talk between people.
    """
    text = " ".join(_LINK.sub(" ", typed).split())
    if len(_QUOTED.sub(" ", text).split()) < _FEWEST:
        return False
    if text.rstrip(" *_~|)").endswith("?"):
        return True
    return _is_question(text) and not _ENDS[0].search(_masked(text))


def split_questions(typed: str) -> tuple[str, ...]:
    """The questions of what was typed, in order; the whole of it where it is one."""
    text = " ".join(typed.split())
    parts = tuple(part for sentence in _sentences(text) for part in _clauses(sentence))
    return parts if 1 < len(parts) <= MOST else (typed,)


def _sentences(text: str) -> list[str]:
    """The sentences, where each of them is a question; else the whole."""
    masked = _masked(text)
    for ends in _ENDS:
        cuts = list(ends.finditer(masked))
        starts = [0, *(match.end() for match in cuts)]
        stops = [*(match.start() for match in cuts), len(text)]
        found = [text[a:b] for a, b in zip(starts, stops, strict=True)]
        if _is_question(found[0]) and all(_is_question(s) or _SHORT.match(s) for s in found[1:]):
            return found
    return [text]


def _clauses(sentence: str) -> list[str]:
    """The questions that "and" joins in one sentence."""
    masked = _masked(sentence)
    parts, begin = [], 0
    for match in _JOINED.finditer(masked):
        left, right = masked[begin : match.start()], masked[match.end() :]
        if _is_question(left) and _goes_on(left, right):
            parts.append(sentence[begin : match.start()].rstrip(" ,;"))
            begin = match.end()
    return [*parts, sentence[begin:]]


def _goes_on(left: str, right: str) -> bool:
    """Whether what follows "and" is a question of its own."""
    if not _is_question(right):
        return False
    if _STRICT.match(right):
        return True
    # "the men who fell and who died": the second "who" follows from the first.
    return bool(_WHO.match(right)) and not _RELATIVE.search(left)


def _is_question(text: str) -> bool:
    words = text.strip(" ?!.;,").split()
    return len(words) >= _FEWEST and bool(_OPENS.match(text.lstrip()))


def _masked(text: str) -> str:
    """The text with what stands in quotation marks blanked, as long as before."""
    return _QUOTED.sub(lambda match: "_" * len(match[0]), text)
