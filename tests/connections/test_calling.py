"""Calls of services outside: what is refused before anything is sent."""

import pytest

from tresse.connections.calling import check_address, post
from tresse.kernel.errors import TresseError


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x",
        "https://",
        "example.com/hook",
        "https://user:word@example.com/",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "javascript:alert(1)",
        "https://exämple.com/",
        "",
    ],
)
def test_refuses_what_is_no_web_address(url):
    with pytest.raises(TresseError) as refused:
        check_address(url, allows_private=True)

    assert refused.value.code == "bad_address"
    assert str(url) in refused.value.message


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "10.0.0.5",
        "192.168.1.1",
        "169.254.169.254",
        "[::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.5]",
        "0.0.0.0",  # noqa: S104  as a target
        "100.64.0.1",
    ],
)
def test_refuses_private_addresses(host):
    """A77: at once when they are written, and when a name leads to one."""
    url = f"http://{host}/hook"

    with pytest.raises(TresseError) as refused:
        check_address(url, allows_private=False)
    assert refused.value.code == "private_address"
    with pytest.raises(TresseError) as refused:
        post(url, "{}", {}, allows_private=False)
    assert refused.value.code == "private_address"


def test_refuses_a_name_that_leads_to_a_private_address(monkeypatch):
    """A77: the address that was looked at is the one that is called."""
    found = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.1.2.3", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)

    with pytest.raises(TresseError) as refused:
        post("http://rebinding.example/", "{}", {}, allows_private=False)

    assert refused.value.code == "private_address"


def test_follows_no_redirect(receiver):
    """Y55."""
    receiver.answers = [302]

    answer = post(receiver.url, "{}", {}, allows_private=True)

    assert (answer.status, answer.is_good, len(receiver.taken)) == (302, False, 1)


def test_says_what_went_wrong():
    answer = post("http://127.0.0.1:1/", "{}", {}, allows_private=True)

    assert (answer.status, answer.error) == (0, "Connection refused")


def test_a_name_that_cannot_be_one_is_not_found():
    answer = post("http://a..example.com/", "{}", {}, allows_private=True)

    assert (answer.status, answer.error) == (0, "name not found")


def test_what_came_back_can_be_stored(receiver):
    """PostgreSQL keeps no NUL."""
    receiver.says = b"a\0b"

    assert post(receiver.url, "{}", {}, allows_private=True).body == "a\ufffdb"
