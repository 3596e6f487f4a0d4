"""What the room shows, and what it stands on."""

import ast
import sys
from pathlib import Path

from heliograph import text

ROOM = Path(text.__file__).parent


def test_public_names_are_exactly_these() -> None:
    assert sorted(text.__all__) == [
        "Choice", "Concatenation", "Element", "Encoding", "LANGUAGES", "LANGUAGE_NAMES",
        "LockingShift", "OtherElement", "Ports", "Replacement", "Segment", "SingleShift",
        "TextError", "TooManyPartsError", "Udh", "UdhError", "UnencodableError", "build_udh",
        "choose", "choose_binary", "decode_gsm7", "decode_ucs2", "encode_gsm7", "encode_ucs2",
        "fill_bits", "join", "non_gsm_characters", "pack_septets", "parse_udh", "read_segment",
        "segment", "split_udh", "unpack_septets",
    ]  # fmt: skip
    assert all(hasattr(text, name) for name in text.__all__)


def test_the_room_imports_only_itself_and_the_standard_library() -> None:
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for module in modules:
                own = module.startswith("heliograph.text.")
                assert own or module.split(".")[0] in sys.stdlib_module_names, (path, module)


def test_every_error_is_a_text_error() -> None:
    errors = [text.UnencodableError, text.UdhError, text.TooManyPartsError]
    assert all(issubclass(error, text.TextError) for error in errors)
