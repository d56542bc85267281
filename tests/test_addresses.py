import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldtool.core.addresses import endpoint, join, parse_address
from fieldtool.core.errors import UsageError
from fieldtool.core.model import Link
from fieldtool.core.texts import Text


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("192.0.2.7", "192.0.2.7:22"),
        (" 192.0.2.7:2222\n", "192.0.2.7:2222"),
        ("ssh://192.0.2.7", "192.0.2.7:22"),
        ("[fe80::1%eth0]:22", "[fe80::1%eth0]:22"),
        ("fe80::1%3", "[fe80::1%3]:22"),
        ("[2001:DB8:0::1]", "[2001:db8::1]:22"),
        ("2001:db8::1", "[2001:db8::1]:22"),
        ("::ffff:192.0.2.7", "192.0.2.7:22"),
        ("Charger-7.local", "charger-7.local:22"),
        ("charger_7.local.:80", "charger_7.local:80"),
        ("169.254.12.53", "169.254.12.53:22"),
        ("127.0.0.1:2022", "127.0.0.1:2022"),
    ],
)
def test_an_address_is_read_the_way_people_type_it(typed, address):
    assert parse_address(typed) == Link("ssh", address)


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "192.0.2.300", "192.0.2", "192.0.2.7:", "192.0.2.7:0", "192.0.2.7:65536", "192.0.2.7:²²", "1:2:3"]
    + ["192.0.2.7:-1", "http://192.0.2.7", "ssh://", "fe80::1", "[fe80::1]:22", "2001:db8::1%eth0", "[192.0.2.7]:22"]
    + ["192.0.2.7%eth0", "192.0.2.7/24", "0.0.0.0", "::", "224.0.0.251", "ff02::fb%eth0", "255.255.255.255", "a b"]
    + ["-x.local", "x..local", "a" * 64 + ".local", "[2001:db8::1", "2001:db8::1]:22", "user@host", "x\x00.local"]
    + ["[fe80::1%eth0;reboot]:22", "é.local", "a." * 200 + "local"],
)
def test_what_is_no_address_of_a_host_is_refused(typed):
    with pytest.raises(UsageError) as caught:
        parse_address(typed)
    assert caught.value.text is Text.ADDRESS_BAD
    assert caught.value.what.isprintable()


@given(st.text(max_size=60) | st.from_regex(r"\[?[0-9a-f:.%]{1,40}\]?(:[0-9]{1,6})?", fullmatch=True))
def test_any_text_is_an_address_or_refused_and_an_address_is_read_back_the_same(typed):
    try:
        link = parse_address(typed)
    except UsageError as error:
        assert error.text is Text.ADDRESS_BAD
        return
    assert parse_address(link.address) == link
    assert parse_address(str(link)) == link
    host, port = endpoint(link)
    assert join(host, port) == link.address


def test_a_link_without_a_port_has_no_endpoint():
    with pytest.raises(UsageError):
        endpoint(Link("ssh", "192.0.2.7"))
