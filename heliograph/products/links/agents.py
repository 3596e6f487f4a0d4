"""Who follows a link, told by the words in its User-Agent: people and their platform, or programs.

Everything that calls itself a crawler, a previewer, a scanner or a library counts as a program; so does
whoever says nothing. What pretends to be a browser counts as a person: nothing tells it apart. The words
are those that the programs' makers publish, in lower case.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

__all__ = ["Agent", "agent_of"]


class Agent(Enum):
    """Who follows a link."""

    IOS = "ios"
    ANDROID = "android"
    DESKTOP = "desktop"
    """A person on what is neither iOS nor Android."""
    PREVIEW = "preview"
    """A messenger or a network that draws a preview."""
    BOT = "bot"
    """A crawler, a scanner, a monitor, a library."""

    @property
    def is_person(self) -> bool:
        """Whether it counts as a click."""
        return self in _PEOPLE


_PEOPLE: Final = (Agent.IOS, Agent.ANDROID, Agent.DESKTOP)
# iMessage has no word of its own: its previews name facebookexternalhit and Twitterbot.
_PREVIEWS: Final = (
    "whatsapp", "facebookexternalhit", "facebot", "facebookcatalog", "meta-externalfetcher",
    "twitterbot", "slackbot", "slack-imgproxy", "telegrambot", "discordbot", "linkedinbot",
    "skypeuripreview", "pinterestbot", "redditbot", "tumblr/", "vkshare", "line-poker",
    "mattermost-bot", "mattermost-opengraph", "iframely", "embedly", "bitlybot", "snapchat/adsbot",
    "snap url preview", "google-messages", "googlemessages", "rcsbot", "zoombot", "microsoftpreview",
    "bingpreview", "nuzzel", "flipboardproxy", "quora link preview", "outbrain", "kakaotalk-scrap",
    "mastodon/", "cardyb", "opengraph", "preview",
)  # fmt: skip
_BOTS: Final = (
    "crawl", "spider", "slurp", "scan", "monitor", "uptime", "pingdom", "statuscake", "headless",
    "phantomjs", "puppeteer", "playwright", "selenium", "lighthouse", "pagespeed", "mediapartners",
    "google-read-aloud", "google-safety", "google-inspectiontool", "apis-google",
    "google favicon", "duckduckgo-favicons",
    "ia_archiver", "archive.org", "wget", "curl/", "python-", "python/", "aiohttp", "httpx", "urllib",
    "go-http-client", "java/", "okhttp", "apache-http", "libwww", "lwp-", "perl", "ruby", "php/",
    "guzzle", "axios", "node-fetch", "undici", "postman", "insomnia", "httpie", "scrapy", "nutch",
    "nikto", "nmap", "masscan", "zgrab", "sqlmap", "barracuda", "proofpoint", "mimecast", "safelinks",
    "symantec", "trendmicro", "virustotal", "urlscan", "checkmarknetwork", "validator", "fetcher",
    "proxy", "cfnetwork",
)  # fmt: skip
_PREVIEW: Final = re.compile("|".join(map(re.escape, _PREVIEWS)))
# CUBOT makes telephones.
_BOT: Final = re.compile("|".join(["(?<!cu)bot", *map(re.escape, _BOTS)]))
_PREVIEWING: Final = frozenset({"prefetch", "preview", "prerender"})


def agent_of(user_agent: str, *, head: bool = False, purpose: str = "") -> Agent:
    """Who follows a link.

    `head`: the method is HEAD, which no person's browser uses. `purpose` is what the headers
    `Sec-Purpose`, `Purpose` and `X-Moz` say: a browser that looks before anybody has clicked says so.
    """
    words = user_agent.lower()
    if _PREVIEW.search(words) is not None:
        return Agent.PREVIEW
    if purpose and not _PREVIEWING.isdisjoint(re.split(r"[;,\s]+", purpose.lower())):
        return Agent.PREVIEW
    if not words or head or _BOT.search(words) is not None:
        return Agent.BOT
    if "android" in words:
        return Agent.ANDROID
    if "iphone" in words or "ipad" in words or "ipod" in words:
        return Agent.IOS
    return Agent.DESKTOP
