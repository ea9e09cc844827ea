"""Forms are read as the standard library reads them."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giftpulse.ground import forms


def by_the_library(body: bytes) -> forms.Form:
    form: forms.Form = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        known = form.get(name)
        form[name] = value if known is None else [*known, value] if isinstance(known, list) else [known, value]
    return form


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20)), max_size=12))
def test_what_a_browser_or_twilio_encodes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    body = urlencode(pairs, errors="surrogatepass").encode()
    assert forms.parse(body, most=100) == by_the_library(body)


@given(st.text(alphabet="ab=&%+4é \n;", max_size=30))
def test_whatever_else_comes_is_read_as_the_library_does(text: str) -> None:
    assert forms.parse(text.encode(), most=1000) == by_the_library(text.encode())


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b"", {}),
        (b"A=1&A=2&A=1", {"A": ["1", "2", "1"]}),
        (b"A=&B", {"A": "", "B": ""}),
        (b"To=%2B15005550006&Body=a+b%26c", {"To": "+15005550006", "Body": "a b&c"}),
        (b"Body=caf%C3%A9%ff", {"Body": "café\ufffd"}),
        (b"Body=100%", {"Body": "100%"}),
    ],
)
def test_repeated_blank_encoded_and_broken_parameters(body: bytes, form: forms.Form) -> None:
    assert forms.parse(body, most=10) == form


def test_more_parameters_than_any_webhook_has_are_refused() -> None:
    assert len(forms.parse(b"&".join(b"a%d=1" % i for i in range(10)), most=10)) == 10
    with pytest.raises(ValueError, match="at most 10"):
        forms.parse(b"&".join(b"a%d=1" % i for i in range(11)), most=10)


def test_only_short_values_are_remembered() -> None:
    """A form is read before its signature can be checked: nobody may fill our memory with one."""
    forms._remembered.cache_clear()
    for number in range(50):
        forms.parse(b"Body=" + b"%41" * 1000 + str(number).encode(), most=10)
    assert forms._remembered.cache_info().currsize == 1  # the name
    assert forms.parse(b"To=%2B15005550006", most=10) == {"To": "+15005550006"}
