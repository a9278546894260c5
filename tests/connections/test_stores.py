"""Object stores: S3 against moto's server; causes of S22."""

import os
from dataclasses import replace

import pytest

from tests.connections.servers import free_port, opened
from tresse.connections.kinds import stores
from tresse.connections.kinds.base import Limits
from tresse.connections.kinds.folder import Folder
from tresse.kernel.errors import TresseError

FOLDER = Folder()
QUICK = Limits(connect_seconds=1, read_seconds=1)


def refused(at):
    with pytest.raises(TresseError) as caught:
        FOLDER.check(at)
    return caught.value


def test_a_folder_is_what_begins_with_its_name(bucket):
    """S2: `folder` reads object stores; only the folder itself is listed."""
    for name in ("in/a.csv", "in/deep/b.csv", "in2/c.csv", "d.csv", "in/"):
        bucket.client.put_object(Bucket=bucket.name, Key=name, Body=b"x")

    found = {
        url: [each.path for each in FOLDER.listing(bucket.opened(f"s3://{bucket.name}{url}"))]
        for url in ("", "/", "/in", "/in/", "/in/deep", "/nothing")
    }

    assert found == {
        "": ["d.csv"],
        "/": ["d.csv"],
        "/in": ["a.csv"],
        "/in/": ["a.csv"],
        "/in/deep": ["b.csv"],
        "/nothing": [],
    }


def test_each_cause_has_its_code(bucket, speaker):
    """S22: bucket, port, time, address."""
    causes = {
        "folder_missing": bucket.opened("s3://no-such-bucket-at-all/in"),
        "connection_refused": bucket.opened(endpoint=f"http://127.0.0.1:{free_port()}"),
        "timeout": bucket.opened(endpoint=f"http://127.0.0.1:{speaker().port}", limits=QUICK),
        "host_not_found": bucket.opened(endpoint="http://no-such-host.invalid"),
        "private_address": replace(bucket.at, allows_private=False),
    }
    found = {code: refused(at) for code, at in causes.items()}

    assert {code: error.code for code, error in found.items()} == {code: code for code in causes}
    assert not any("till-secret-key" in str(error) for error in found.values())


def test_a_store_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setitem(
        stores.STORES, "gs", replace(stores.STORES["gs"], package="no_such_package")
    )
    error = refused(opened("folder", url="gs://bucket/folder"))
    assert error.code == "store_not_installed"
    assert str(error) == (
        'Folders at gs:// need the package "no_such_package". Install "tresse[gcs]".'
    )


def test_a_service_account_that_is_no_json_is_refused(monkeypatch):
    monkeypatch.setitem(
        stores.STORES, "gs", replace(stores.STORES["gs"], package="json", errors=())
    )
    error = refused(opened("folder", url="gs://b/f", secrets={"service_account": "{marker"}))
    assert error.code == "wrong_value"
    assert "marker" not in str(error)


def test_a_large_object_comes_in_ranges(bucket, tmp_path):
    data = os.urandom(12_000_000)
    (bucket.folder / "a.bin").write_bytes(data)
    FOLDER.fetch(bucket.at, "a.bin", tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == data
    local = tmp_path / "a"
    FOLDER.put(bucket.at, local, "b.bin")
    FOLDER.fetch(bucket.at, "b.bin", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == data
