"""The alphabets of 3GPP TS 23.038 as strings of 128 characters, one per 7-bit code: the default
alphabet and its extension, and the national language locking and single shift tables (annexes A.2
and A.3). It holds facts and nothing else: it must never encode, choose or count, and no code that
the standard leaves open may be filled in here.

The Indian locking tables share one plan: each letter sits where the letter of the same offset in
its Unicode block sits in the Hindi table. So they are written as a block, the codes left open, and
the six letters of their own. Letters outside Latin are written as code points, because combining
and right-to-left characters cannot be proofread as literals.
"""

from typing import Final

GAP: Final = "\ufffe"
"""Stands at a code that has no character (U+FFFE is no character in Unicode)."""

ESC: Final = 0x1B
CR2: Final = 0x0D
"""In single shift tables: a control character that no language may use, so it stays a gap."""

_UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOWER: Final = "abcdefghijklmnopqrstuvwxyz"
_DIGITS: Final = "0123456789"


def _characters(code_points: str) -> str:
    """The characters of blank-separated hexadecimal code points; a dash is a gap."""
    return "".join(GAP if word == "-" else chr(int(word, 16)) for word in code_points.split())


def _place(table: str, changes: dict[int, str]) -> str:
    """`table` with each run of characters put in from its code on."""
    cells = list(table)
    for code, run in changes.items():
        cells[code : code + len(run)] = run
    return "".join(cells)


DEFAULT: Final = (
    f"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ{GAP}ÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    f"¡{_UPPER}ÄÖÑÜ§¿{_LOWER}äöñüà"
)
EXTENSION: Final = _place(
    GAP * 128,
    {0x0A: "\f", 0x14: "^", 0x28: "{}", 0x2F: "\\", 0x3C: "[~]", 0x40: "|", 0x65: "€"},
)

_HINDI: Final = (
    _characters("901 902 903 905 906 907 908 909 90A 90B A 90C 90D D 90E 90F")
    + _characters("910 911 912 913 914 915 916 917 918 919 91A - 91B 91C 91D 91E")
    + _characters("20 21 91F 920 921 922 923 924 29 28 925 926 2C 927 2E 928")
    + _DIGITS
    + _characters("3A 3B 929 92A 92B 3F")
    + _characters("92C 92D 92E 92F 930 931 932 933 934 935 936 937 938 939 93C 93D")
    + _characters("93E 93F 940 941 942 943 944 945 946 947 948 949 94A 94B 94C 94D")
    + _characters("950")
    + _LOWER
    + _characters("972 97B 97C 97E 97F")
)
_DEVANAGARI: Final = 0x0900


def _indian_locking(block: int, gaps: str, own: str) -> str:
    """The Hindi plan moved to another block: open codes, then the letters at 60 and 7B to 7F."""
    shifted = _HINDI.translate(
        {_DEVANAGARI + offset: chr(block + offset) for offset in range(0x80)},
    )
    letters = _characters(own)
    holes = {int(code, 16): GAP for code in gaps.split()}
    return _place(shifted, {0x60: letters[0], 0x7B: letters[1:]} | holes)


def _indian_single(own: str) -> str:
    """The part all Indian single shift tables share, and what is `own`.

    The letters of `own` fill the codes that the shared part leaves open, upwards from 19.
    """
    shared = _place(
        EXTENSION,
        {0x00: "@£$¥¿\"¤%&'\f*+", 0x0E: "-/<=>¡^¡_#*", 0x40: f"|{_UPPER}"},
    )
    free = (code for code in range(0x19, 0x40) if shared[code] == GAP and code != ESC)
    return _place(shared, dict(zip(free, _characters(own), strict=False)))


def _digits(zero: int) -> str:
    return " ".join(f"{zero + value:X}" for value in range(10))


LOCKING: Final[dict[int, str]] = {
    1: _place(
        DEFAULT,
        {0x04: "€", 0x07: "ı", 0x0B: "Ğğ", 0x1C: "Şş", 0x40: "İ", 0x60: "ç"},
    ),
    3: _place(
        DEFAULT,
        {
            0x04: "ê",
            0x06: "úíóç",
            0x0B: "Ôô",
            0x0E: "ÁáΔ_ªÇÀ∞^\\€Ó|",
            0x1C: "ÂâÊÉ",
            0x24: "º",
            0x40: "Í",
            0x5B: "ÃÕÚ",
            0x60: "~",
            0x7B: "ãõ`",
        },
    ),
    4: _indian_locking(0x0980, "0C 0E 11 12 3C 45 47 48 49 57 58 5B 5C", "9CE 9D7 9DC 9DD 9F0 9F1"),
    5: _indian_locking(0x0A80, "0E 12 3C 45 48 58 5C", "AD0 AE0 AE1 AE2 AE3 AF1"),
    6: _HINDI,
    7: _indian_locking(0x0C80, "00 0C 11 3C 48 57 5B", "CD5 CD6 CE0 CE1 CE2 CE3"),
    8: _indian_locking(0x0D00, "00 0C 11 3C 4E 57 5B", "D57 D60 D61 D62 D63 D79"),
    9: _indian_locking(0x0B00, "0C 0E 11 12 3C 45 48 57 58 5B 5C", "B56 B57 B60 B61 B62 B63"),
    10: _indian_locking(
        0x0A00,
        "09 0B 0C 0E 11 12 3C 45 48 4B 4F 55 56 57 58 5B 5C",
        "A51 A70 A71 A72 A73 A74",
    ),
    11: _indian_locking(
        0x0B80,
        "00 09 0B 0C 11 16 17 18 1C 1E 23 24 25 2A 2B 2D 3E 40 41 4E 4F 55 56 57 5B",
        "BD0 BD7 BF0 BF1 BF2 BF9",
    ),
    12: _indian_locking(0x0C00, "0C 11 3C 48 4E 57 5B", "C55 C56 C60 C61 C62 C63"),
    13: (
        _characters("627 622 628 67B 680 67E 6A6 62A 6C2 67F A 679 67D D 67A 67C")
        + _characters("62B 62C 681 684 683 685 686 687 62D 62E 62F - 68C 688 689 68A")
        + _characters("20 21 68F 68D 630 631 691 693 29 28 699 632 2C 696 2E 698")
        + _DIGITS
        + _characters("3A 3B 69A 633 634 3F")
        + _characters("635 636 637 638 639 641 642 6A9 6AA 6AB 6AF 6B3 6B1 644 645 646")
        + _characters("6BA 6BB 6BC 648 6C4 6D5 6C1 6BE 621 6CC 6D0 6D2 64D 650 64F 657")
        + _characters("654")
        + _LOWER
        + _characters("655 651 653 656 670")
    ),
}
"""Locking shift tables by language identifier; Spanish (2) has none."""

SINGLE: Final[dict[int, str]] = {
    1: _place(
        EXTENSION,
        {0x47: "Ğ", 0x49: "İ", 0x53: "Ş", 0x63: "ç", 0x67: "ğ", 0x69: "ı", 0x73: "ş"},
    ),
    2: _place(
        EXTENSION,
        {
            0x09: "ç",
            0x41: "Á",
            0x49: "Í",
            0x4F: "Ó",
            0x55: "Ú",
            0x61: "á",
            0x69: "í",
            0x6F: "ó",
            0x75: "ú",
        },
    ),
    3: _place(
        EXTENSION,
        {
            0x05: "ê",
            0x09: "ç",
            0x0B: "Ôô",
            0x0E: "Áá",
            0x12: "ΦΓ^ΩΠΨΣΘ",
            0x1F: "Ê",
            0x41: "À",
            0x49: "Í",
            0x4F: "Ó",
            0x55: "Ú",
            0x5B: "ÃÕ",
            0x61: "Â",
            0x69: "í",
            0x6F: "ó",
            0x75: "ú",
            0x7B: "ãõ",
            0x7F: "â",
        },
    ),
    4: _indian_single(f"{_digits(0x09E6)} 9DF 9E0 9E1 9E2 9E3 9F2 9F3 9F4 9F5 9F6 9F7 9F8 9F9 9FA"),
    5: _indian_single(f"964 965 {_digits(0x0AE6)}"),
    6: _indian_single(
        f"964 965 {_digits(0x0966)} 951 952 953 954 958 959 95A 95B 95C 95D 95E 95F"
        " 960 961 962 963 970 971"
    ),
    7: _indian_single(f"964 965 {_digits(0x0CE6)} CDE CF1 CF2"),
    8: _indian_single(f"964 965 {_digits(0x0D66)} D70 D71 D72 D73 D74 D75 D7A D7B D7C D7D D7E D7F"),
    9: _indian_single(f"964 965 {_digits(0x0B66)} B5C B5D B5F B70 B71"),
    10: _indian_single(f"964 965 {_digits(0x0A66)} A59 A5A A5B A5C A5E A75"),
    11: _indian_single(f"964 965 {_digits(0x0BE6)} BF3 BF4 BF5 BF6 BF7 BF8 BFA"),
    12: _indian_single(f"- - {_digits(0x0C66)} C58 C59 C78 C79 C7A C7B C7C C7D C7E C7F"),
    13: _indian_single(
        f"600 601 {_digits(0x06F0)} 60C 60D 60E 60F 610 611 612 613 614 61B 61F 640 652 658"
        " 66B 66C 672 673 6CD 6D4"
    ),
}
"""Single shift tables by language identifier; each takes the place of the whole extension."""

LANGUAGES: Final[tuple[int, ...]] = tuple(sorted(SINGLE))
"""Every national language identifier of TS 23.038 that has a table."""

LANGUAGE_NAMES: Final[dict[int, str]] = {
    1: "Turkish",
    2: "Spanish",
    3: "Portuguese",
    4: "Bengali",
    5: "Gujarati",
    6: "Hindi",
    7: "Kannada",
    8: "Malayalam",
    9: "Oriya",
    10: "Punjabi",
    11: "Tamil",
    12: "Telugu",
    13: "Urdu",
}
