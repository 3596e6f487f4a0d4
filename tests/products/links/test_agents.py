"""Programs are told from people by what they say of themselves."""

from __future__ import annotations

import pytest

from heliograph.products.links.agents import Agent, agent_of

_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/17.5 Mobile/15E148 Safari/604.1"
)
_PIXEL = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Mobile Safari/537.36"
)
_WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Safari/537.36"
)
_IMESSAGE = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko)"
    " Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0"
)
_GOOGLEBOT = (
    "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/126.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1;"
    " +http://www.google.com/bot.html)"
)


@pytest.mark.parametrize(
    ("user_agent", "agent"),
    [
        (_IPHONE, Agent.IOS),
        ("Mozilla/5.0 (iPad; CPU OS 12_5_7 like Mac OS X) AppleWebKit/605.1.15", Agent.IOS),
        (_PIXEL, Agent.ANDROID),
        (_PIXEL.replace("Pixel 8", "CUBOT X30"), Agent.ANDROID),
        (_IPHONE + " [FBAN/FBIOS;FBAV/465.0]", Agent.IOS),
        (_WINDOWS, Agent.DESKTOP),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", Agent.DESKTOP),
        ("WhatsApp/2.24.13.77 A", Agent.PREVIEW),
        (
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            Agent.PREVIEW,
        ),
        (_IMESSAGE, Agent.PREVIEW),
        ("Twitterbot/1.0", Agent.PREVIEW),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", Agent.PREVIEW),
        ("TelegramBot (like TwitterBot)", Agent.PREVIEW),
        ("Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", Agent.PREVIEW),
        (_GOOGLEBOT, Agent.BOT),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", Agent.BOT),
        ("curl/8.7.1", Agent.BOT),
        ("python-requests/2.32.3", Agent.BOT),
        (_WINDOWS.replace("Chrome", "HeadlessChrome"), Agent.BOT),
        ("", Agent.BOT),
    ],
)
def test_a_user_agent_says_who_follows_a_link(user_agent: str, agent: Agent) -> None:
    assert agent_of(user_agent) is agent
    assert agent.is_person == (agent in (Agent.IOS, Agent.ANDROID, Agent.DESKTOP))


def test_what_looks_without_a_click_is_no_person() -> None:
    assert agent_of(_PIXEL, head=True) is Agent.BOT
    assert agent_of("WhatsApp/2.24", head=True) is Agent.PREVIEW
    assert agent_of(_PIXEL, purpose="prefetch;prerender") is Agent.PREVIEW
    assert agent_of(_IPHONE, purpose="preview") is Agent.PREVIEW
    assert agent_of(_IPHONE, purpose="navigate") is Agent.IOS
