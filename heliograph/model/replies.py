"""The words by which handsets stop, start and ask for help, in the languages that we know, and our answers.

Pure. A message is such a word only when it is nothing else: "Stop!" is, "stop sending me this" is not,
because people write that to people. After a STOP may follow what is to end: a campaign, a keyword, or
all of it; whether what follows is one is for the caller to know.

Source: general knowledge of the field. The English words are those that the carriers of the United
States and Canada require (STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, OPTOUT, REVOKE; START, UNSTOP,
YES; HELP, INFO); the others are what senders in those countries print under their messages. Words that
are everyday answers to a question ("no", "ok", "stop it") are left out on purpose. YES is one too: it
starts only what was stopped, and START without a former STOP is an ordinary message that nobody answers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

STOP: Final = "stop"
START: Final = "start"
HELP: Final = "help"
KINDS: Final = (STOP, START, HELP)
DEFAULT_LANGUAGE: Final = "en"

WORDS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "en": {
        STOP: ("STOP", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "OPT OUT", "REVOKE"),
        START: ("START", "UNSTOP", "SUBSCRIBE", "OPTIN", "OPT IN", "YES"),
        HELP: ("HELP", "INFO"),
    },
    "bn": {
        STOP: ("বন্ধ", "বন্ধ করুন", "স্টপ", "থামুন", "থামান", "বাতিল", "BONDHO", "BONDHO KORUN"),
        START: ("শুরু", "শুরু করুন", "স্টার্ট", "চালু", "চালু করুন", "SHURU"),
        HELP: ("সাহায্য", "হেল্প", "সহায়তা", "SHAHAJJO"),
    },
    "de": {
        STOP: ("STOPP", "ABMELDEN", "ABBESTELLEN", "ABMELDUNG", "BEENDEN"),
        START: ("ANMELDEN", "ANMELDUNG", "STARTEN"),
        HELP: ("HILFE",),
    },
    "es": {
        STOP: ("ALTO", "PARAR", "BAJA", "CANCELAR", "DETENER"),
        START: ("ALTA", "INICIAR", "INICIO", "COMENZAR", "EMPEZAR"),
        HELP: ("AYUDA",),
    },
    "fr": {
        STOP: ("ARRET", "ARRÊT", "ARRETER", "ARRÊTER", "DESABONNER", "DÉSABONNER", "DESINSCRIRE",
               "DÉSINSCRIRE", "ANNULER"),
        START: ("DEMARRER", "DÉMARRER", "COMMENCER", "ABONNER", "REPRENDRE"),
        HELP: ("AIDE",),
    },
    "tr": {
        STOP: ("DUR", "DURDUR", "IPTAL", "İPTAL", "RET", "CIK", "ÇIK", "CIKIS", "ÇIKIŞ"),
        START: ("BASLA", "BAŞLA", "BASLAT", "BAŞLAT", "ABONE"),
        HELP: ("YARDIM",),
    },
    "ar": {
        STOP: ("توقف", "قف", "إيقاف", "أوقف", "إلغاء", "إلغاء الاشتراك", "الغاء الاشتراك"),
        START: ("ابدأ", "ابدا", "بدء", "تشغيل", "اشتراك", "اشترك"),
        HELP: ("مساعدة", "المساعدة", "تعليمات"),
    },
    "hi": {
        STOP: ("रोकें", "रोको", "बंद", "बंद करें", "बंद करो", "बन्द", "स्टॉप", "BAND KARO", "ROKO"),
        START: ("शुरू", "शुरू करें", "चालू", "चालू करें", "स्टार्ट", "SHURU KARO"),
        HELP: ("मदद", "सहायता", "हेल्प"),
    },
}  # fmt: skip
"""Language (ISO 639-1) → kind → words as people write them; compared as `plain` has them."""

ALL_WORDS: Final = (
    "ALL",
    "সব",
    "ALLE",
    "ALLES",
    "TODO",
    "TODOS",
    "TOUT",
    "TOUS",
    "HEPSI",
    "الكل",
    "सब",
)
"""After a STOP: nothing of this account any more. STOPALL is that in one word."""
_STOP_ALL: Final = ("STOPALL",)

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        STOP: "You will not receive more messages from {{sender}}. Reply START to receive them again.",
        START: "You will receive messages from {{sender}} again. Reply STOP to end them.",
        HELP: "Messages from {{sender}}: reply STOP to end them, START to receive them again.",
    },
    "bn": {
        STOP: "আপনি {{sender}} থেকে আর কোনো বার্তা পাবেন না। আবার পেতে START লিখে পাঠান।",
        START: "আপনি আবার {{sender}} থেকে বার্তা পাবেন। বন্ধ করতে STOP লিখে পাঠান।",
        HELP: "{{sender}} এর বার্তা: বন্ধ করতে STOP, আবার পেতে START লিখে পাঠান।",
    },
    "de": {
        STOP: "Sie erhalten keine Nachrichten mehr von {{sender}}. Mit START erhalten Sie sie wieder.",
        START: "Sie erhalten wieder Nachrichten von {{sender}}. Antworten Sie STOP, um sie zu beenden.",
        HELP: "Nachrichten von {{sender}}: Antworten Sie STOP zum Beenden, START zum Fortsetzen.",
    },
    "es": {
        STOP: "No recibirá más mensajes de {{sender}}. Responda START para volver a recibirlos.",
        START: "Volverá a recibir mensajes de {{sender}}. Responda STOP para dejar de recibirlos.",
        HELP: "Mensajes de {{sender}}: responda STOP para no recibirlos, START para recibirlos de nuevo.",
    },
    "fr": {
        STOP: "Vous ne recevrez plus de messages de {{sender}}. Répondez START pour en recevoir à nouveau.",
        START: "Vous recevrez à nouveau des messages de {{sender}}. Répondez STOP pour ne plus en recevoir.",
        HELP: "Messages de {{sender}} : répondez STOP pour les arrêter, START pour les reprendre.",
    },
    "tr": {
        STOP: "Artık {{sender}} mesajlarını almayacaksınız. Yeniden almak için START yazın.",
        START: "{{sender}} mesajlarını yeniden alacaksınız. Durdurmak için STOP yazın.",
        HELP: "{{sender}} mesajları: durdurmak için STOP, yeniden almak için START yazın.",
    },
    "ar": {
        STOP: "لن تصلك رسائل أخرى من {{sender}}. أرسل START لاستقبالها من جديد.",
        START: "ستصلك رسائل {{sender}} من جديد. أرسل STOP لإيقافها.",
        HELP: "رسائل {{sender}}: أرسل STOP لإيقافها أو START لاستقبالها من جديد.",
    },
    "hi": {
        STOP: "अब आपको {{sender}} से संदेश नहीं मिलेंगे। फिर से पाने के लिए START भेजें।",
        START: "अब आपको {{sender}} से फिर संदेश मिलेंगे। रोकने के लिए STOP भेजें।",
        HELP: "{{sender}} के संदेश: रोकने के लिए STOP, फिर से पाने के लिए START भेजें।",
    },
}  # fmt: skip
"""Language → kind → the house's own answer. It names words that every handset can type."""

_SPOKEN: Final[Mapping[str, str]] = {
    "AT": "de", "CH": "de", "DE": "de", "LI": "de", "LU": "fr", "FR": "fr", "MC": "fr", "TR": "tr",
    "AR": "es", "BO": "es", "CL": "es", "CO": "es", "CR": "es", "CU": "es", "DO": "es", "EC": "es",
    "ES": "es", "GT": "es", "HN": "es", "MX": "es", "NI": "es", "PA": "es", "PE": "es", "PY": "es",
    "SV": "es", "UY": "es", "VE": "es",
}  # fmt: skip
"""Country → the language in which a plain STOP is answered there; elsewhere in English."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a handset wants by one of the words."""

    kind: str
    language: str | None = None
    """None for words that many languages share."""
    rest: str = ""
    """What followed a STOP, as `plain` has it. Unless it names something that can be stopped, the
    message is an ordinary one."""
    everything: bool = False
    """STOPALL, or STOP and a word for all."""


def plain(text: str) -> str:
    """A text as words are compared: one case, one form of each letter, no marks around or between.

    Compatibility forms are unified (full-width Latin, Arabic presentation forms); dots and accents on
    Latin letters go, and so do Arabic vowel signs and the tatweel, which typists leave out or not.
    """
    # Capital I with a dot would keep its dot, as a mark of its own, through casefold.
    folded = unicodedata.normalize("NFKD", text.replace("İ", "I").replace("ı", "i").casefold())
    letters = []
    for letter in folded:
        category = unicodedata.category(letter)
        if letter == "ـ" or (category == "Mn" and letter not in _OWN_SIGNS):
            continue
        letters.append(letter if category[0] in "LMN" else " ")
    return unicodedata.normalize("NFC", " ".join("".join(letters).split()))


def _own_signs() -> frozenset[str]:
    """Vowel signs without which Bengali and Hindi words are other words."""
    return frozenset(chr(code) for start in (0x0900, 0x0980) for code in range(start, start + 0x80))


_OWN_SIGNS: Final = _own_signs()
_SENDER: Final = re.compile(r"\{\{\s*sender\s*\}\}")


def _entries() -> Iterator[tuple[str, Asked]]:
    for language, kinds in WORDS.items():
        for kind, words in kinds.items():
            shared = language == DEFAULT_LANGUAGE
            for word in words:
                yield plain(word), Asked(kind=kind, language=None if shared else language)


def _table() -> dict[str, Asked]:
    table: dict[str, Asked] = {}
    for word, asked in _entries():
        table.setdefault(word, asked)
    table |= {plain(w): Asked(kind=STOP, everything=True) for w in _STOP_ALL}
    return table


_TABLE: Final = _table()
_STOPS: Final = {word: asked for word, asked in _TABLE.items() if asked.kind == STOP}
_ALL: Final = frozenset(map(plain, ALL_WORDS))
_LONGEST: Final = 160


def classify(text: str) -> Asked | None:
    """What the handset asks for, or None for an ordinary message."""
    if len(text) > _LONGEST:
        return None
    words = plain(text)
    found = _TABLE.get(words)
    if found is not None:
        return found
    for cut in (place for place in range(len(words) - 1, 0, -1) if words[place] == " "):
        stop, rest = _STOPS.get(words[:cut]), words[cut + 1 :]
        if stop is not None and rest in _ALL:
            return msgspec.structs.replace(stop, everything=True)
        if stop is not None:
            return msgspec.structs.replace(stop, rest=rest)
    return None


def is_stop(word: str) -> bool:
    """Whether a word ends messages, so that it can be no keyword."""
    return plain(word) in _STOPS


def spoken_in(country: str | None) -> str:
    """The language of an answer to a word that many languages share."""
    return _SPOKEN.get(country or "", DEFAULT_LANGUAGE)


def filled(text: str, sender: str) -> str:
    """An answer's text for a sender."""
    return _SENDER.sub(lambda _: sender, text)
