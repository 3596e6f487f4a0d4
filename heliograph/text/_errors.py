"""What can be wrong with a text, as one small tree of exceptions. Whoever catches `TextError` has
caught everything this room raises; it must never raise anything else for a caller's input.
"""


class TextError(Exception):
    """A text, a body or a header that cannot be carried as asked."""


class UnencodableError(TextError):
    """A character that the asked alphabet does not hold.

    `character` is the first one, `position` its index in the text, counted in code points from 0.
    """

    def __init__(self, character: str, position: int, alphabet: str) -> None:
        self.character = character
        self.position = position
        self.alphabet = alphabet
        super().__init__(
            f"{alphabet} cannot carry U+{ord(character):04X} ({character!a}) at position {position}"
        )


class UdhError(TextError):
    """A user data header that is cut short, or an element whose values do not fit its octets."""


class TooManyPartsError(TextError):
    """More than 255 parts: the concatenation element counts them in one octet."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        super().__init__(f"{parts} parts are needed, and one message can have 255")
