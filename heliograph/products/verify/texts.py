"""What a code is sent with: the caller's text, the profile's for the language, or the house's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from heliograph.flow.compose import fill
from heliograph.model.refusal import Refusal, Refused

__all__ = ["TEXTS", "filled", "text_for"]

_MINUTE: Final = 60
TEXTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "": "Your code is {{code}}. It is valid for {{minutes}} min. Do not share it.",
        "ar": "رمزك هو {{code}}. صالح لمدة {{minutes}} دقيقة. لا تشاركه مع أحد.",
        "bn": "আপনার কোড {{code}}। মেয়াদ {{minutes}} মিনিট। কাউকে জানাবেন না।",
        "de": "Ihr Code ist {{code}}. Er gilt {{minutes}} Min. Geben Sie ihn nicht weiter.",
        "es": "Su codigo es {{code}}. Es valido durante {{minutes}} min. No lo comparta.",
        "fr": "Votre code est {{code}}. Il est valable {{minutes}} min. Ne le partagez pas.",
        "hi": "आपका कोड {{code}} है। {{minutes}} मिनट तक मान्य। किसी को न बताएं।",
        "pt": "O seu codigo e {{code}}. Valido por {{minutes}} min. Nao o partilhe.",
        "tr": "Kodunuz {{code}}. {{minutes}} dk gecerlidir. Kimseyle paylasmayin.",
    }
)
"""By the language's code; empty serves every other."""


def text_for(locale: str, texts: Mapping[str, str]) -> str:
    """The text of a language tag: the profile's for it, for its language, the house's for the language
    unless the profile has one for all, and then that for all."""
    wanted = [locale.lower(), locale.lower().partition("-")[0]]
    own = {tag.lower(): text for tag, text in texts.items()}
    for tag in wanted:
        if tag in own:
            return own[tag]
    if "" in own:
        return own[""]
    return next((TEXTS[tag] for tag in wanted if tag in TEXTS), TEXTS[""])


def filled(text: str, code: str, ttl_seconds: int) -> str | Refused:
    """The text with the code in its place; other names in braces are an error."""
    minutes = str(max(1, ttl_seconds // _MINUTE))
    whole = fill(text, {"code": code, "verification_code": code, "minutes": minutes})
    if isinstance(whole, str) and "{{" in whole:
        detail = "In the text of a code only the code and {{minutes}} are filled in."
        return Refused(refusal=Refusal.INVALID_FIELD, field="text", detail=detail)
    return whole
