"""Whether a quote is in the articles, word for word, and by whom."""

from bot.answers.check.claims import Claim, split_claims
from bot.answers.check.names import Match, match_name
from bot.answers.check.verdict import LONGEST_QUOTE, UncheckableQuote, check_quote
from bot.answers.page import Page

__all__ = [
    "LONGEST_QUOTE",
    "Claim",
    "Match",
    "Page",
    "UncheckableQuote",
    "check_quote",
    "match_name",
    "split_claims",
]
