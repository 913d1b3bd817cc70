"""Furniture: the lines of a page that are not the article, told by how they are worded.

One line is judged at a time, by itself; what needs the lines around it (a headline
printed twice, a teased story) is judged in `clean`. The patterns match whole lines, so a
sentence that merely speaks of advertising or of sharing is never furniture. Wording is
English, and no pattern names a newspaper.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a line of furniture is."""

    NOTICE = auto()  # advertising, sharing, newsletters, corrections, rights: the line alone
    LINKS = auto()  # the head of a block of links: headlines of other stories follow


LONGEST: Final = 400  # a longer block is prose, whatever it says

_EDGES = re.compile(r"^[\s\W_]+|[\s\W_]+$")
_BLANKS = re.compile(r"\s+")


def _whole(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)


_PLACE = r"facebook|twitter|x|whats ?app|telegram|linkedin|reddit|pinterest|e-?mail|messenger|instagram|threads|bluesky|mastodon|flipboard|viber|sms|line|tiktok|youtube|rss|google news|pocket|tumblr|print|copy(?: the)? (?:link|url)|link copied!?|copied!?|save|bookmark|more|share|tweet|pin|post|url|link|gift(?: article)?|close|comments?"
_SHARE_VERB = r"(?:share|tweet|e-?mail|print|save|post|pin|send|recommend|bookmark|gift|copy)"

# Matched against the line without the marks and blanks at its ends.
_NOTICE = _whole(
    # advertising
    r"(?:an? )?(?:ad|ads|advert|adverts|advertisement|advertisements|advertising|advertisment)(?: ?[:\d/ ]*)?",
    r"advertisement\W+(?:continue|story|article|scroll|skip)\b.{0,60}",
    r"(?:skip|end of|close|hide) (?:this )?(?:ad|ads|advert|advertisement)s?",
    r"ad(?:vertisement)? feedback|why (?:am i|are you) seeing this(?: ad)?|remove ads?|report (?:this )?ad",
    r"(?:this |the )?(?:story|article|post|content|text|report)s? (?:continues?|resumes?) (?:below|after|beneath|under)\b.{0,60}",
    r"continue(?:s)? reading(?: (?:below|the (?:main )?(?:story|article)|this (?:story|article)|after the ad\w*|more|on .{1,40}))?",
    r"(?:keep|please) (?:reading|scrolling)|(?:scroll|swipe)(?: down)? (?:to|for) (?:continue|read|more)\b.{0,40}",
    r"(?:sponsored|promoted|paid|partner|branded)(?: (?:content|post|links?|stories|story|article|message|by .{1,60}|from .{1,60}))?",
    r"(?:presented|brought to you|powered) by .{1,60}|paid (?:for and presented )?by .{1,60}|from our (?:partners|sponsors?)(?:.{0,40})?",
    # sharing
    rf"{_SHARE_VERB}(?: (?:this|the|with|on|via|by|to|in|it|us|friends?|others|article|story|page|post|link|news|icon|options?|now|for later|{_PLACE}))*",
    r"(?:share|follow|find|like|join|add) (?:us|our \w+)(?: (?:on|at|in|as) .{1,80})?",
    r"facebook|twitter|whats ?app|telegram|linkedin|reddit|pinterest|e-?mail(?: (?:this )?to a friend)?|copy link|link copied",
    r"\d[\d,.]*[km]? (?:shares?|likes?|views?|comments?|reads?|retweets?|reactions?)",
    # newsletters, subscriptions, accounts
    r"(?:sign up|subscribe|register|join)\b(?: (?:here|now|today|free|for free))*(?: (?:to|for)\b.{0,60})?\b(?:newsletters?|briefings?|alerts?|emails?|updates?|inbox|channel|podcast|notifications?)\b.{0,120}",
    r"(?:sign up|subscribe|register|log ?in|sign in|create (?:an |your |a free )?account|my account|log ?out|sign out)(?: (?:here|now|today|free|for free|to continue|to read(?: more| on)?|to comment|with .{1,30}))*",
    r"(?:get|receive|want|have) (?:the|our|all|more|your|breaking|daily|latest|today|a daily|a weekly|news)\b.{0,120}\b(?:inbox|newsletters?|e-?mail|phone|app)\b.{0,60}",
    r"(?:enter |type )?your e-?mail(?: address)?(?: here)?|e-?mail address",
    r"by (?:signing up|subscribing|entering your e-?mail|clicking|submitting|providing|continuing)\b.{0,200}",
    r"(?:thanks|thank you) for (?:signing up|subscribing|reading|registering|your (?:interest|support))\b.{0,100}",
    r"(?:already|not) (?:a|an) (?:subscriber|member)\b.{0,60}|(?:this|the) (?:article|story|content) is (?:for|only|exclusive|available)\b.{0,20}\bsubscribers?\b.{0,40}",
    r"(?:to (?:continue|keep) reading|to read (?:the full|this|on)|unlimited access|unlock|subscribe)\b.{0,30}\b(?:subscribe|sign up|register|log ?in|sign in|article|subscri\w+|access)\b.{0,80}",
    r"(?:support|fund|help us|donate|contribute|back)\b.{0,40}\b(?:journalism|our newsroom|our reporting|our journalists)\b.{0,60}|become an? (?:member|supporter|subscriber|patron)\b.{0,60}|(?:donate|contribute)(?: (?:now|today|here))*",
    r"download (?:the|our)\b.{0,40}\bapp\b.{0,40}|(?:available|listen|watch|get it) on (?:the )?(?:app store|google play|apple podcasts|spotify).{0,60}",
    r"unsubscribe(?: at any ?time)?.{0,40}|you can unsubscribe\b.{0,60}|we (?:will never|won.t) (?:share|spam|sell)\b.{0,60}",
    r"(?:(?:first |last )?(?:published|updated|posted|modified))(?: on| at|:)*(?: (?:\d[\d:./-]*(?:st|nd|rd|th|am|pm)?,?|(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|mon|tues?|wed|thu|fri|sat|sun)[a-z]*\.?,?|at|ago|today|yesterday|hours?|min(?:ute)?s?|days?|weeks?|an?|[ap]\.?m\.?|gmt|bst|utc|e[sd]?t|p[sd]?t|cest|cet)){1,9}",
    # comments
    r"(?:(?:view|show|see|read|load|hide|all|leave|post|add|write|make|most) )*(?:a |the |your |more |all |\d+ )*(?:comments?|repl(?:y|ies))(?: ?\(?\d+)?(?: section)?",
    r"(?:join|start) the (?:conversation|discussion|debate)\b.{0,60}|comments? (?:are|is) (?:closed|disabled|moderated|off)\b.{0,60}|be the first to comment",
    r"(?:what do you think|have your say|tell us what you think|let us know)\b.{0,80}\b(?:comments?|below|say)\b.{0,40}|have your say",
    # corrections asked for, readers' tips (a correction that the newspaper prints is prose)
    r"to (?:suggest|report|submit|request|flag)\b.{0,20}\b(?:correction|clarification|error|mistake|typo)\b.{0,120}",
    r"(?:you can also |please )?(?:highlight|select|mark)\b.{0,40}\btext\b.{0,40}\b(?:press|click|hit)\b.{0,40}",
    r"(?:spotted|found|noticed|see|seen|spot|is there|have you (?:spotted|found|noticed)|if you (?:have )?(?:spot|found|find|see|notice|noticed|spotted))\b.{0,30}\b(?:errors?|mistakes?|typos?|inaccurac\w+|something wrong)\b.{0,160}",
    r"(?:suggest|report|request|submit) (?:a |an |this )?(?:correction|error|mistake|typo|issue|clarification|an edit)s?(?: (?:here|to us|on this (?:page|article)|in this (?:page|article|story)))?",
    r"(?:have|were) you been affected\b.{0,160}",
    r"(?:do you have|have you got|got|have) (?:a|any|some)? ?(?:news )?(?:tip|tips|story|stories|information|news|question|questions|views|opinion|comments)\b.{0,60}\b(?:e-?mail|contact|tell|get in touch|write|call|send|let us know|share)\b.{0,120}",
    r"(?:contact|e-?mail|write to|get in touch with|reach|message)(?: (?:us|the (?:author|reporter|editor|newsroom|writer)s?))\b.{0,80}",
    # rights, policies, cookies
    r"(?:copyright|\(c\)|©)\s?.{0,120}|.{0,60}\ball rights reserved\b.{0,120}|.{0,20}(?:19|20)\d\d ?©.{0,60}",
    r"(?:this (?:material|article|content|story|copy)|no part of this \w+|reproduction|republication)\b.{0,40}\b(?:may not|cannot|must not|may|without|is) (?:be )?(?:published|reproduced|republished|broadcast|redistributed|copied|prohibited|forbidden|written permission|permission)\b.{0,160}",
    r"(?:terms|privacy|cookie|editorial|accessibility|legal|imprint|contact|about|advertise|careers|help|faqs?|site ?map|corrections)(?: (?:of|and|&|us|with|notice|statement|policy|policies|preferences|settings|use|service|conditions|guidelines|cent(?:re|er)|rss|standards|practices|privacy|cookies?))*(?:\W+(?:terms|privacy|cookie|editorial|accessibility|legal|imprint|contact|about|advertise|careers|help|faqs?|site ?map|corrections)(?: (?:of|and|&|us|with|notice|statement|policy|policies|preferences|settings|use|service|conditions|guidelines|cent(?:re|er)|standards|practices))*)*",
    r"(?:we|this (?:site|website|page)|our (?:site|website|partners)) (?:and our partners )?uses? cookies\b.{0,300}|(?:accept|reject|manage|allow|decline)(?: all| my)? (?:cookies|preferences|consent|choices)(?:.{0,40})?",
    r"(?:this content is (?:provided|hosted) by|to view this (?:content|video|embed))\b.{0,300}",
    # pictures and players
    r"image (?:source|copyright|credit)s?\b.{0,100}|(?:image|media|video|photo) caption\b.{0,300}",
    r"(?:via )?(?:getty images|afp|reuters|epa|ap photo|shutterstock|pa media|ap|istock|unsplash)(?:\s?(?:[/|,-]|via|\bfor\b)\s?[\w.' ’-]{2,40})*",
    r"(?:view|open|see|expand|enlarge|click to (?:view|enlarge|expand)|tap to)\b.{0,20}\b(?:image|gallery|photos?|picture|fullscreen|full screen|slideshow)s?(?: .{0,20})?",
    r"(?:play|watch|pause|mute|unmute|replay)(?: (?:video|audio|now|live|again|full screen|the video|this video))?|playback (?:is not|isn.t|not) supported\b.{0,60}|this video (?:can ?not|can.t) be played\b.{0,40}|(?:loading|video player|audio player|live blog)\b.{0,20}",
    r"listen to (?:this )?(?:article|story)(?: \d.{0,20})?|(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten)[ -]min(?:ute)?s?(?: read| listen|\.? to read)|reading time:?.{0,20}|read(?:ing)? in \d+ min\w*|\d+ words?",
    # page parts
    r"skip to (?:main )?(?:content|navigation|main|footer|article)|back to (?:top|home|the top)(?: of (?:the )?page)?|(?:main )?(?:menu|navigation|search|home|homepage|toggle (?:menu|navigation))",
    r"(?:next|previous|prev)(?: (?:article|story|post|page|up))?|(?:load|show|view|see|read)(?: (?:more|less|all|full (?:story|article|bio)|the full (?:story|article|report)))+|click here(?: .{1,60})?|tap here(?: .{1,60})?",
    r"(?:https?://|www\.)\S+",
    r"follow(?: (?:the )?[\w.'’-]+){1,5} on (?:facebook|twitter|x|instagram|whats ?app|telegram|linkedin|youtube|bluesky|threads|google news|tiktok)\b.{0,120}",
)  # fmt: skip

# A row of sharing buttons; with a full stop it is the end of somebody's sentence.
_NAMES = _whole(
    rf"(?:{_PLACE})(?:[\s\W_]+(?:and |on |via |by |with |to )?(?:{_PLACE}))+",
)  # fmt: skip

# The head of a block of links. Only the first group may stand in running prose at a line's
# start, so it must be the whole line.
_LINKS = _whole(
    r"(?:other|more|related|similar|popular|suggested|recommended|selected|latest|top|hot|key|must[- ]read|trending|further|additional|featured|connected)(?: \w+){0,2} (?:topics?|stories|story|articles?|reading|reads?|coverage|content|links?|news|posts?|headlines|videos?|reports?|pages?|picks)(?: (?:of interest|for you|from .{1,40}|on .{1,40}|about .{1,40}|in .{1,40}|by .{1,40}|you.{1,40}|today|now|this week))?",
    r"(?:related|recommended|trending|popular|elsewhere|most (?:read|popular|viewed|shared|commented|watched|recent)|top (?:stories|news|picks)|latest(?: news| updates| headlines)?|read (?:more|next|also|on|further)|see also|also (?:read|see|on .{1,40}|in .{1,40}|by .{1,40})|more(?: (?:on|from|about|in|by|like)\b.{1,60})|don.t miss(?: this| these)?|editor.?s.? (?:picks?|choice)|up next|next up|what to read next|(?:you|readers) (?:may|might|could|will|should) (?:also )?(?:like|enjoy|be interested in|have missed|want to read)\b.{0,40}|in case you missed it|from (?:the|our) archives?|in other news|around the web|further reading|learn more|recommended (?:for you|by .{1,40})|on this (?:story|topic)|in this (?:story|article)|trending (?:now|today|stories)|now read|keep reading|explore more|discover more|for you|tags|topics|filed under|more)",
)  # fmt: skip

# A line that names another story after a marker: "Read more: How the harbour was built".
_TEASER = _whole(
    r"(?:read (?:more|also|next|on|the full story|this|it)|also read|see also|must[- ]read|further reading|related(?: (?:story|stories|article|articles|coverage|news|content|topics?|video))?|recommended(?: (?:story|reading|for you))?|more (?:on this(?: story)?|from .{1,30}|on .{1,30})|don.t miss|in case you missed it|icymi|you (?:may|might) also (?:like|enjoy|be interested in)|up next|now read|explainer|tags|topics|filed under|click (?:here|to read))\s*(?:[:>|»→]|[-–—]\s).{2,250}",
)  # fmt: skip
# These stand before a headline too, and before a sentence of the story: only without a full stop.
_SOFT_TEASER = _whole(
    r"(?:watch|listen|more|video|audio|podcast|gallery|in pictures|photos|live|opinion|analysis|quiz|read)\s*(?:[:>|»→]|[-–—]\s)\s*(?:\S+\s*){1,25}",
)  # fmt: skip
# "Photo: Ann Lee / Courier"; with a full stop it may be a sentence of the story.
_CREDIT = _whole(
    r"(?:photo|photos|picture|pictures|photograph|photographs|image|images|credit|photo credit|image credit|illustration|graphic|source|file photo|pic|video)\s*(?::|by\b|courtesy of\b|/)\s?(?:[\w.'’&-]+[ /,|]*){1,10}",
)  # fmt: skip
_RULE = re.compile(r"[©*_=~#•·—–-]")  # a line of stars or dashes
_LEADING = re.compile(r"^[^\w\[!(]+")
_PICTURE_ONLY = re.compile(r"(?:!?\[[^\]\n]{0,300}\]\([^)\n]{1,2000}\)[\s|•·*-]*)+")
_ARROW = re.compile(
    r"(?:(?!\S*[.!?…][\"”’)]*\s)\S+\s+){1,14}(?:»|›|→|>>|▶|►)"
)  # "Watch the boats come in »"
_CRUMBS = re.compile(r"(?:[\w&’' -]{2,25}\s*[|>›»•·]\s*){2,}[\w&’' -]{2,60}")


def kind_of(line: str) -> Kind | None:
    """What furniture the line is; None for anything that may be the article's."""
    if len(line) > LONGEST:
        return None
    shown = _BLANKS.sub(" ", line.replace("’", "'").replace("\xa0", " ")).strip()
    plain = _EDGES.sub("", shown)
    if not plain:
        return Kind.NOTICE if _RULE.match(shown) else None
    if _LINKS.fullmatch(plain):
        return Kind.LINKS
    return Kind.NOTICE if _is_notice(shown, plain) else None


def _is_notice(shown: str, plain: str) -> bool:
    marked = _LEADING.sub("", shown)
    always = (
        _NOTICE.fullmatch(plain)
        or _TEASER.fullmatch(marked)
        or _PICTURE_ONLY.fullmatch(shown)
        or _ARROW.fullmatch(shown)
    )
    without_stop = (
        _NAMES.fullmatch(plain)
        or _CREDIT.fullmatch(plain)
        or _SOFT_TEASER.fullmatch(marked)
        or _CRUMBS.fullmatch(shown)
    )
    return (
        shown.startswith("©") or bool(always) or (bool(without_stop) and not ends_as_prose(shown))
    )


def ends_as_prose(line: str) -> bool:
    """Whether the line ends like a sentence: with a full stop, a colon or a closing mark."""
    return line.rstrip(" \t\r\n\"'”’»)]*_").endswith((".", "!", "?", "…", ":", ";", ","))
