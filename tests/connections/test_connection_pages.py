"""Pages of connections by HTTP: kinds, a new one, its check, what is refused; secrets stay hid."""

import pytest
from django.test import Client

from tresse.accounts.changes import change_settings
from tresse.accounts.queries import actor_of
from tresse.connections.changes import add_connection
from tresse.connections.models import Connection
from tresse.connections.views.connections import fingerprint_of

pytestmark = pytest.mark.django_db
MARKER = "hunter2-marker"


@pytest.fixture
def client(person):
    """A browser without scripts, signed in."""
    found = Client()
    found.force_login(person)
    return found


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    return tmp_path


def text_of(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return " ".join(answer.content.decode().split())


def test_every_kind_that_people_add_is_offered(client):
    """S2: kinds as cards; what is built in is not among them."""
    page = text_of(client.get("/connections/new/"))

    for name in ("postgresql", "mariadb", "mysql", "sftp", "ftp", "ftps", "folder"):
        assert f"/connections/new/{name}/" in page
    assert "/connections/new/crm/" not in page
    assert client.get("/connections/new/crm/").status_code == 404


def test_a_folder_is_connected_checked_and_gone_on_with(client, folder):
    """S20, S121: it is kept and tried at once; then one is where one came from."""
    sent = {"name": "shop", "setting-url": str(folder), "next": "/sources/new/"}

    made = client.post("/connections/new/folder/", sent)

    assert made.url == "/sources/new/shop/"
    row = Connection.objects.get(name="shop")
    assert row.is_good
    page = text_of(client.post("/connections/shop/check/"))
    assert "orders.csv" in page
    assert "Works" in page


def test_a_wrong_setting_is_said_beside_its_field(client):
    """S5: what cannot be is refused in the form, and nothing is kept."""
    page = text_of(
        client.post("/connections/new/folder/", {"name": "shop", "setting-url": ""}), 422
    )
    assert 'aria-invalid="true"' in page
    page = text_of(
        client.post("/connections/new/folder/", {"name": "No Name", "setting-url": "/x"}), 422
    )
    assert "No Name" in page
    assert not Connection.objects.filter(kind="folder").exists()


def test_a_connection_that_fails_says_why(client, folder):
    """S22: the cause in a sentence, with its code."""
    sent = {"name": "shop", "setting-url": str(folder / "missing"), "next": "/sources/new/"}

    made = client.post("/connections/new/folder/", sent)

    assert made.url == "/connections/shop/"
    page = text_of(client.get(made.url))
    assert "Cannot be reached" in page
    assert "folder_missing" in page


def test_a_stored_secret_is_on_no_page(client, person):
    """S10: neither where it is changed nor where it is used; left empty it stays."""
    sent = {"name": "shop_db", "setting-host": "127.0.0.1", "setting-port": "1"}
    sent |= {"setting-database": "shop", "setting-user": "reader", "secret-password": MARKER}
    client.post("/connections/new/postgresql/", sent)
    row = Connection.objects.get(name="shop_db")
    kept = row.secrets["password"]

    for address in ("/connections/", "/connections/shop_db/"):
        assert MARKER not in text_of(client.get(address))
    assert "Stored. Leave it empty to keep it." in text_of(client.get("/connections/shop_db/"))

    client.post("/connections/shop_db/", {**sent, "secret-password": "", "setting-port": "2"})
    row.refresh_from_db()
    assert row.secrets["password"] == kept
    assert row.settings["port"] == 2
    assert str(actor_of(person).user_id) == str(row.owner_id)


def test_a_connection_is_switched_off_and_removed(client, folder, person):
    """S7: off it is not reached; removed only while nothing uses it."""
    add_connection(
        name="shop", kind="folder", settings={"url": str(folder)}, actor=actor_of(person)
    )

    client.post("/connections/shop/disable/")
    assert "Switched off" in text_of(client.get("/connections/shop/"))
    client.post("/connections/shop/enable/")
    assert "Remove shop?" in text_of(client.get("/connections/shop/remove/"))
    assert client.post("/connections/shop/remove/").url == "/connections/"
    assert not Connection.objects.filter(name="shop").exists()


def test_who_may_not_manage_is_refused(user_of):
    """S4: without `connections.manage` nothing is made, changed or checked."""
    found = Client()
    found.force_login(user_of("Rea", "reader"))

    for address in ("/connections/new/", "/connections/new/folder/"):
        assert found.get(address).status_code == 403
    assert found.post("/connections/new/folder/", {"name": "x"}).status_code == 403


def test_the_next_page_is_one_of_ours(client, folder):
    """A link from elsewhere cannot send a person away after connecting."""
    sent = {"name": "shop", "setting-url": str(folder), "next": "https://evil.example/"}

    assert client.post("/connections/new/folder/", sent).url == "/connections/shop/"


def test_the_key_of_a_server_is_shown_and_accepted_on_the_page(client, person, sshd):
    """S23: nothing is read before a person agreed to the fingerprint that the page shows."""
    change_settings({"private_addresses": True}, actor=actor_of(person))
    there = sshd.opened(host_key="")
    sent = {f"setting-{name}": value for name, value in there.settings.items() if value}
    sent |= {f"secret-{name}": value for name, value in there.secrets.items()}

    made = client.post("/connections/new/sftp/", {"name": "erp", **sent})
    page = text_of(client.get(made.url))
    row = Connection.objects.get(name="erp")
    assert row.code == "host_key_unknown"
    assert fingerprint_of(row.offered_key) in page
    assert "It is this key: accept it" in page

    client.post("/connections/erp/host-key/", {"key": "ssh-ed25519 AAAAanother"})
    row.refresh_from_db()
    assert "host_key" not in row.settings

    client.post("/connections/erp/host-key/", {"key": row.offered_key})
    row.refresh_from_db()
    assert row.is_good
    assert row.settings["host_key"] == sshd.host_key()
