"""Immutable bytes by the sha256 of their content, in a folder or in a bucket of an S3-compatible store.

The database says what the bytes are. A put that fails stores nothing.
"""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from core.errors import NotFound, SettingsError, StorageFull, Unavailable, missing_extra, unknown_scheme
from core.files import write_whole
from core.ports import Blobs

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def open_blobs(url: str) -> Blobs:
    """Open `file://FOLDER` or `s3://BUCKET/PREFIX?endpoint=URL`. Raises SettingsError."""
    scheme = urlsplit(url).scheme
    if scheme == "file":
        return FileBlobs(Path(url.removeprefix("file://")))
    if scheme == "s3":
        return _open_s3(url)
    raise unknown_scheme("VOUCH_BLOBS_URL", url, ("file", "s3"))


class FileBlobs:
    """A folder, two levels deep. A file gets its name only when it is complete and on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        key = hashlib.sha256(data).hexdigest()
        target = self._path(key)
        if target.exists():
            return key
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write_whole(target, data)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StorageFull(
                    "The disk of the documents is full; nothing of this one was stored.",
                    hint="Free some space and send it again.",
                ) from error
            raise Unavailable(f"The document store {self._folder} cannot be written: {error.strerror}.") from error
        return key

    def get(self, key: str) -> bytes:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"The bytes {key[:12]}… are not in the document store.") from None

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def _path(self, key: str) -> Path:
        if len(key) != 64 or not all(digit in "0123456789abcdef" for digit in key):
            raise NotFound(f"{key!r} is not a key of the document store.")
        return self._folder / key[:2] / key


class S3Blobs:
    """A bucket. An object appears when its upload is complete."""

    def __init__(self, client: S3Client, bucket: str, prefix: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def put(self, data: bytes) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        key = hashlib.sha256(data).hexdigest()
        if not self.exists(key):
            try:
                self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=data)
            except (BotoCoreError, ClientError) as error:
                raise Unavailable(f"The bucket {self._bucket} did not store the document: {error}.") from error
        return key

    def get(self, key: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise NotFound(f"The bytes {key[:12]}… are not in the document store.") from None
            raise Unavailable(f"The bucket {self._bucket} did not answer: {error}.") from error
        except BotoCoreError as error:
            raise Unavailable(f"The bucket {self._bucket} did not answer: {error}.") from error

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    def exists(self, key: str) -> bool:
        listing = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + key, MaxKeys=1)
        return listing.get("KeyCount", 0) > 0


def _open_s3(url: str) -> Blobs:
    try:
        import boto3
    except ImportError:
        raise missing_extra("boto3", "s3") from None
    parts = urlsplit(url)
    if not parts.netloc:
        raise SettingsError(f"VOUCH_BLOBS_URL={url!r} names no bucket.", hint="Write s3://BUCKET/PREFIX.")
    endpoint = parse_qs(parts.query).get("endpoint", [None])[0]
    prefix = parts.path.strip("/")
    client = boto3.client("s3", endpoint_url=endpoint)
    return S3Blobs(client, parts.netloc, f"{prefix}/" if prefix else "")
