"""SWUpdate's description language, as far as it names files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.texts import Text
from fieldtool.firmware.formats.errors import FormatError
from fieldtool.firmware.formats.libconfig import DEEPEST, parse_libconfig


def test_everything_that_the_language_has_is_read() -> None:
    text = """
    # a comment
    software : {
        version = "1.0";  // another
        on = TRUE; off = false,
        numbers = [ 1, -2, 0x1F, 3L, 4LL, 0xFFL, 1.5, .5, 2., 1e3, -1.5E-3 ]
        mixed = ( "a", { b = "c" }, ( ), [ ] );
        /* a comment
           over lines */
        text = "one " "two\\n\\"\\\\\\x41";
        empty = { };
        *name-1 = "x"
    };
    """
    assert parse_libconfig(text) == {
        "software": {
            "version": "1.0",
            "on": True,
            "off": False,
            "numbers": [None] * 11,
            "mixed": ["a", {"b": "c"}, [], []],
            "text": 'one two\n"\\A',
            "empty": {},
            "*name-1": "x",
        }
    }


@pytest.mark.parametrize(
    "text",
    [
        '@include "other.cfg"', "a", "a =", "a = ;", "= 1", "a = b", 'a = "x', "a = {", "a = }", "a = (1", "a = [1)",
        "a = 1; a = 2;", 'a = "x" 1', "a = 1 }", 'a = "\\q"', "a = 1..2", "a = 0x", "/* a = 1;", "a = 1; \0",
        "a = " + "(" * (DEEPEST + 2) + ")" * (DEEPEST + 2), "a = " + "{b=" * 10_000, "a = -", "a := 1", "1 = 1",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(FormatError, check=lambda error: error.text is Text.NATIVE_DAMAGED):
        parse_libconfig(text)


def test_no_text_says_nothing() -> None:
    assert parse_libconfig(" # only this") == {}


PIECES = st.sampled_from([*'=:;,{}()[]"\\\n', "a", "b1", '"x"', "1", "0x2", "true", "//", "/*", "*/", "#", "@"])


@given(st.lists(PIECES | st.text(max_size=3), max_size=40).map(" ".join))
def test_any_text_is_read_or_refused_in_our_way(text: str) -> None:
    try:
        assert isinstance(parse_libconfig(text), dict)
    except FormatError as error:
        assert error.text is Text.NATIVE_DAMAGED
