"""A server of S3 on loopback (moto), and a bucket that looks like a folder to its owner."""

import io
import uuid

import pytest

from tests.connections.servers import opened
from tresse.connections.kinds import KINDS

KEYS = {"access_key": "till-access-key", "secret_key": "till-secret-key"}


@pytest.fixture(scope="session")
def s3_of_session():
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Object:
    """One object, by the words that tests use of a path."""

    def __init__(self, bucket, name):
        self._bucket, self._name = bucket, name

    def write_bytes(self, data):
        self._bucket.client.upload_fileobj(io.BytesIO(data), self._bucket.name, self._name)


class Folder:
    """The objects below `in/` of a bucket, as its owner writes them."""

    def __init__(self, client, name):
        self.client, self.name = client, name

    def __truediv__(self, name):
        return Object(self, f"in/{name}")


class Bucket:
    """A connection to a bucket of its own."""

    kind = KINDS["folder"]

    def __init__(self, endpoint):
        boto3 = pytest.importorskip("boto3")
        self.endpoint = endpoint
        self.client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="owner",
            aws_secret_access_key="owner",  # noqa: S106  of a server on loopback
        )
        self.name = f"till-{uuid.uuid4().hex[:12]}"
        self.client.create_bucket(Bucket=self.name)
        self.folder = Folder(self.client, self.name)
        self.at = self.opened()

    def opened(self, url=None, **more):
        settings = {"endpoint": self.endpoint, "region": "us-east-1"}
        where = url or f"s3://{self.name}/in"
        return opened("folder", secrets=KEYS, **{**settings, "url": where, **more})


@pytest.fixture
def bucket(s3_of_session):
    pytest.importorskip("s3fs")
    return Bucket(s3_of_session)
