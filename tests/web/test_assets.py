"""The bundle: what is in it, how it reaches production and the wheel."""

import gzip
import re
import zipfile

import pytest
from django.template import Context, Template
from django.test import override_settings
from hatchling.builders.wheel import WheelBuilder
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

from scripts import bundle
from tresse.web import assets

pytestmark = pytest.mark.usefixtures("fresh_assets")
PAGE = 25_000
"Bytes left to the HTML of a page, compressed."
GRAPH = 8_000
"The same for the graph of the data model, which loads the canvas."
PRODUCTION = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


def test_the_digest_changes_with_any_source(monkeypatch, tmp_path):
    (tmp_path / "src").mkdir()
    for name in ("package.json", "package-lock.json", "build.mjs", "src/app.css"):
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(bundle, "FRONTEND", tmp_path)
    before = bundle.digest()

    (tmp_path / "src/app.css").write_text("body {}")

    assert bundle.digest() != before


def test_node_comes_from_pypi_where_the_machine_has_none(monkeypatch):
    monkeypatch.setenv("TRESSE_NODE", "pypi")
    monkeypatch.setattr(bundle, "is_fresh", lambda: False)
    assert bundle.requirements() == [bundle.NODE_FROM_PYPI]

    monkeypatch.setenv("TRESSE_SKIP_ASSETS", "1")
    assert bundle.requirements() == []


def test_a_fresh_bundle_asks_for_no_node(monkeypatch):
    monkeypatch.setenv("TRESSE_NODE", "pypi")

    assert bundle.requirements() == []


def test_the_licences_of_all_bundled_packages_travel_with_it():
    text = (bundle.DIST / "THIRD_PARTY_LICENSES.txt").read_text()

    for name in ("htmx.org", "react", "@xyflow/react", "lucide-static", "@fontsource-variable"):
        assert re.search(rf"^{re.escape(name)}.* \(", text, re.MULTILINE), name
    assert "SIL OPEN FONT LICENSE" in text


def test_nothing_in_the_bundle_is_fetched_from_elsewhere():
    styles = "".join(path.read_text() for path in bundle.DIST.glob("*.css"))

    assert re.findall(r"url\([\"']?https?:", styles) == []


def weight(*patterns):
    """Bytes on the wire: fonts are compressed as they are, all else by gzip."""
    files = {file for pattern in patterns for file in bundle.DIST.glob(pattern)}
    return sum(
        file.stat().st_size if file.suffix == ".woff2" else len(gzip.compress(file.read_bytes()))
        for file in files
    )


def test_pages_stay_light():
    """230 kB for an index page and 350 for any, with both fonts: files leave room for the page."""
    everywhere = ("app.*", "icons.svg", "favicon.svg", "chunks/*", "fonts/*")

    assert weight(*everywhere) < 230_000 - PAGE
    assert weight(*everywhere, "canvas.*") < 350_000 - GRAPH


@pytest.fixture
def production(tmp_path, settings):
    """Static files as `tresse serve` has them."""
    settings.STATIC_ROOT = tmp_path / "static"
    with override_settings(STORAGES=PRODUCTION):
        yield settings.STATIC_ROOT


def test_files_are_gathered_once_a_version(production):
    assert assets.collect()
    assert not assets.collect()
    assert (production / "staticfiles.json").exists()
    assert list(production.glob("tresse/dist/app.*.css.gz"))

    (production / ".version").write_text("an older one")
    assert assets.collect()


@pytest.mark.usefixtures("production")
def test_pages_name_files_by_their_content():
    assets.collect()

    html = Template("{% load static %}{% static 'tresse/dist/app.css' %}").render(Context())

    assert re.fullmatch(r"/static/tresse/dist/app\.[0-9a-f]{12}\.css", html)
    assert re.search(assets.HASHED_NAME, html)


@pytest.mark.django_db  # the end of an answer looks after connections
def test_a_file_with_a_hash_is_kept_for_ever(production, rf):
    assets.collect()
    serve = WhiteNoiseMiddleware(lambda _request: None)
    (chunk, *_) = production.glob("tresse/dist/chunks/chunk-????????.js")

    def header(name):
        response = serve(rf.get(f"/static/tresse/dist/{name}"))
        response.close()
        return response.headers["Cache-Control"]

    assert "immutable" in header(f"chunks/{chunk.name}")
    assert "immutable" not in header("app.js")


def test_the_wheel_holds_the_bundle_and_the_catalogues(tmp_path):
    """`artifacts` brings back what git ignores; else the wheel is empty of them, silently."""
    builder = WheelBuilder(str(bundle.ROOT))
    (wheel,) = builder.build(directory=str(tmp_path), versions=["standard"])

    names = zipfile.ZipFile(wheel).namelist()

    for name in ("app.js", "app.css", "icons.svg", ".stamp", "THIRD_PARTY_LICENSES.txt"):
        assert f"tresse/web/static/tresse/dist/{name}" in names
    assert "tresse/web/templates/web/base.html" in names
    assert not any(name.startswith(("frontend/", "tests/", "scripts/")) for name in names)
