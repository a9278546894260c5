"""Folders of object stores, through fsspec and the package of each store (an extra of Tresse)."""

import importlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import fsspec

from tresse.connections.kinds.base import FileSeen, Opened, Said
from tresse.connections.kinds.network import addresses
from tresse.connections.kinds.places import BLOCK, without_secrets
from tresse.connections.refusals import (
    CONNECTION_REFUSED,
    FILE_EXISTS,
    FILE_MISSING,
    FOLDER_MISSING,
    LOGIN_REFUSED,
    PERMISSION_MISSING,
    REMOTE_FAILED,
    REMOTE_RATE_LIMIT,
    STORE_NOT_INSTALLED,
    TIMEOUT,
    TLS_FAILED,
)
from tresse.kernel.errors import WRONG_VALUE

TRIES = 1
"Of a call within the store's own package: whoever transfers tries again (S94), a check does not."
TIMES = ("LastModified", "last_modified", "updated", "mtime", "created")
"Where stores say when an object was written."
# Words in the failures of stores, in the order to look for them.
MEANINGS = (
    (("InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthenticationFailed"), "login"),
    (
        ("Unable to locate credentials", "NoCredentials", "invalid_grant", "Anonymous caller"),
        "login",
    ),
    (("SlowDown", "Throttl", "TooManyRequests", "ServerBusy"), "limit"),
    (("CERTIFICATE_VERIFY_FAILED", "SSL"), "tls"),
    (("timeout", "timed out", "Timeout"), "timeout"),
    (("Could not connect", "Cannot connect", "ConnectionClosed", "EndpointConnection"), "refused"),
    (("AccessDenied", "Forbidden", "403", "AuthorizationFailure"), "permission"),
    (("NoSuchBucket", "NoSuchKey", "ContainerNotFound", "Not Found"), "missing"),
)


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of object store: the package that speaks to it, what it fails with, its options."""

    package: str
    extra: str
    errors: tuple[str, ...]
    options: Callable[[Opened, str], Mapping[str, Any]]


def _s3(opened: Opened, ca: str) -> Mapping[str, Any]:
    limits = opened.limits
    given = opened.settings
    return {
        "key": opened.secret("access_key") or None,
        "secret": opened.secret("secret_key") or None,
        "endpoint_url": given.get("endpoint") or None,
        "client_kwargs": {
            **({"region_name": given["region"]} if given.get("region") else {}),
            **({"verify": ca} if ca else {}),
        },
        "config_kwargs": {
            "connect_timeout": limits.connect_seconds,
            "read_timeout": limits.read_seconds,
            "max_pool_connections": limits.most_open,
            "retries": {"total_max_attempts": TRIES},
        },
    }


def _google(opened: Opened, _ca: str) -> Mapping[str, Any]:
    account = opened.secret("service_account")
    try:
        given = json.loads(account) if account else None
    except ValueError:
        wanted = "the JSON file of a service account"
        raise WRONG_VALUE(name="service_account", wanted=wanted, value="this") from None
    return {
        "token": given or "anon",
        "endpoint_url": opened.settings.get("endpoint") or None,
        "requests_timeout": opened.limits.read_seconds,
    }


def _azure(opened: Opened, _ca: str) -> Mapping[str, Any]:
    account, key = opened.secret("access_key"), opened.secret("secret_key")
    if endpoint := opened.settings.get("endpoint"):
        parts = {
            "DefaultEndpointsProtocol": urlsplit(endpoint).scheme,
            "AccountName": account,
            "AccountKey": key,
            "BlobEndpoint": endpoint,
        }
        text = ";".join(f"{name}={value}" for name, value in parts.items())
        return {"connection_string": text}
    return {"account_name": account, "account_key": key or None, "anon": not key}


BOTO = ("botocore.exceptions:BotoCoreError", "botocore.exceptions:ClientError")
AIOHTTP = ("aiohttp:ClientError",)
STORES: Mapping[str, Sort] = {
    "s3": Sort("s3fs", "s3", (*BOTO, *AIOHTTP), _s3),
    "gs": Sort("gcsfs", "gcs", (*AIOHTTP, "google.auth.exceptions:GoogleAuthError"), _google),
    "abfs": Sort("adlfs", "azure", ("azure.core.exceptions:AzureError", *AIOHTTP), _azure),
}


class Store:
    """A folder of an object store: the objects whose names begin with its path."""

    def __init__(self, opened: Opened, url: str) -> None:
        self.shown = url.rstrip("/")
        self.warnings: list[Said] = []
        scheme = url.partition("://")[0]
        sort = STORES[scheme]
        self._opened = opened
        self._host = str(opened.settings.get("endpoint") or f"{scheme}://")
        parts = urlsplit(str(opened.settings.get("endpoint") or ""))
        self._port = parts.port or (80 if parts.scheme == "http" else 443)
        if parts.netloc:
            addresses(opened, parts.hostname or "", self._port)
        self._ca = _kept(opened.settings.get("ca"))
        try:
            importlib.import_module(sort.package)
        except ImportError:
            raise STORE_NOT_INSTALLED(
                scheme=scheme, package=sort.package, extra=sort.extra
            ) from None
        self._errors: tuple[type[Exception], ...] = (OSError, EOFError, ValueError)
        self._errors += tuple(_named(each) for each in sort.errors)
        with self._meeting("", "read"):
            self._files = fsspec.filesystem(
                scheme,
                skip_instance_cache=True,
                use_listings_cache=False,
                **sort.options(opened, self._ca.name if self._ca else ""),
            )
            if hasattr(self._files, "retries"):
                self._files.retries = TRIES
            self._root = str(self._files._strip_protocol(self.shown)).rstrip("/")

    def listing(self) -> list[FileSeen]:
        """Objects of the folder itself; one that holds nothing has no files."""
        with self._meeting("", "read"):
            try:
                found = self._files.ls(self._root, detail=True)
            except FileNotFoundError:
                # Stores have no folders, only names that begin alike; but the bucket has to be.
                if "/" not in self._root or not self._files.exists(self._root.split("/")[0]):
                    raise
                return []
        files = []
        for each in found:
            name = str(each["name"]).removeprefix(f"{self._root}/")
            if each["type"] == "file" and name and "/" not in name:
                files.append(FileSeen(name, name, int(each["size"] or 0), _written(each)))
        return sorted(files, key=lambda file: file.path)

    def seen(self, path: str) -> FileSeen | None:
        """One object."""
        with self._meeting(path, "read"):
            try:
                found = self._files.info(self._at(path))
            except FileNotFoundError:
                return None
        name = path.rpartition("/")[2]
        is_file = found["type"] == "file"
        return FileSeen(path, name, int(found["size"] or 0), _written(found)) if is_file else None

    def blocks(self, path: str, offset: int) -> Iterator[bytes]:
        """What is in an object from a byte on, by ranges of 5 MB."""
        with self._meeting(path, "read"):
            full = self._at(path)
            size = int(self._files.info(full)["size"])
            while offset < size:
                block = self._files.cat_file(full, start=offset, end=min(size, offset + 20 * BLOCK))
                if not block:
                    raise EOFError
                offset += len(block)
                yield block

    def rename(self, path: str, to: str) -> None:
        """Copy an object to a name that none has, then delete the former."""
        with self._meeting(path, "write"):
            if self._files.exists(self._at(to)):
                raise FILE_EXISTS(host=self.shown, path=to)
            self._files.copy(self._at(path), self._at(to))
            self._files.rm_file(self._at(path))

    def remove(self, path: str) -> None:
        """Delete an object."""
        with self._meeting(path, "write"), suppress(FileNotFoundError):
            self._files.rm_file(self._at(path))

    def store(self, path: str, source: BinaryIO) -> None:
        """Write an object; it appears when it is whole."""
        with self._meeting(path, "write"), self._files.open(self._at(path), "wb") as written:
            while block := source.read(20 * BLOCK):
                written.write(block)

    def close(self) -> None:
        """Let go of the file with the authority's certificate; the package keeps its own pool."""
        if self._ca:
            self._ca.close()

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    @contextmanager
    def _meeting(self, path: str, act: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise self._missing(path) from None
        except self._errors as error:
            raise self._meaning(error, path, act) from None

    def _missing(self, path: str) -> Exception:
        if path:
            return FILE_MISSING(host=self.shown, path=path)
        return FOLDER_MISSING(host=self._host, folder=self.shown)

    def _meaning(self, error: Exception, path: str, act: str) -> Exception:
        """What a failure of the package means; each package says it in its own classes."""
        chain = (error, error.__cause__, error.__context__)
        text = " ".join(f"{type(each).__name__} {each}" for each in chain if each)
        meant = next((what for words, what in MEANINGS if any(w in text for w in words)), "")
        if isinstance(error, PermissionError) and not meant:
            meant = "permission"
        host, limit = self._host, f"{self._opened.limits.read_seconds:g}"
        reason = without_secrets(str(error) or type(error).__name__, self._opened)
        named = f"{self.shown}/{path}" if path else self.shown
        match meant:
            case "login":
                return LOGIN_REFUSED(host=host, user="…", secret="secret_key")  # noqa: S106  its name
            case "limit":
                return REMOTE_RATE_LIMIT(host=host)
            case "tls":
                return TLS_FAILED(host=host, reason=reason)
            case "timeout":
                return TIMEOUT(host=host, limit=limit)
            case "refused":
                return CONNECTION_REFUSED(host=host, port=self._port)
            case "permission":
                return PERMISSION_MISSING(user="…", act=act, table=named)
            case "missing":
                return self._missing(path)
        return REMOTE_FAILED(host=host, reason=reason)


def _named(place: str) -> type[Exception]:
    """A class of a package that is installed, by `module:name`."""
    module, _, name = place.partition(":")
    found: type[Exception] = getattr(importlib.import_module(module), name)
    return found


def _kept(ca: object) -> Any:
    """The authority's certificate as a file, which is all that the packages take."""
    if not ca:
        return None
    kept = tempfile.NamedTemporaryFile("w", suffix=".pem")  # noqa: SIM115  closed with the place
    kept.write(str(ca))
    kept.flush()
    return kept


def _written(seen: Mapping[str, Any]) -> datetime | None:
    found = next((seen[name] for name in TIMES if seen.get(name)), None)
    if isinstance(found, str):
        found = datetime.fromisoformat(found)
    return found.astimezone(UTC) if isinstance(found, datetime) else None
