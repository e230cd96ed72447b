"""Immutable bytes by the sha256 of their content, in a folder or in a bucket of an S3-compatible store.

The database says what the bytes are. A put that fails stores nothing. Bytes are hashed each time they are read, so
damaged ones are never returned; a put of the same bytes repairs them. Decision 0083.
"""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qs, urlsplit

from core.disk.files import write_whole
from core.errors import (
    BlobDamaged,
    BlobMissing,
    NotFound,
    SettingsError,
    StorageFull,
    Unavailable,
    missing_extra,
    unknown_scheme,
)
from core.ports import Blobs

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REPAIR = "Upload the same file again, or restore it from a backup."
DAMAGED = "The stored file"
"""How the message about a damaged or missing blob begins; the reason of a failed version is recognised by it."""


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
        if _is_whole(self, key):
            return key
        target = self._path(key)
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
            return _checked(key, self._path(key).read_bytes())
        except FileNotFoundError:
            raise _missing(key) from None
        except OSError as error:
            if error.errno == errno.EIO:  # the disk no longer returns these bytes
                raise _damaged(key) from error
            raise Unavailable(f"The document store {self._folder} cannot be read: {error.strerror}.") from error

    def delete(self, key: str) -> None:
        try:
            self._path(key).unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(f"The document store {self._folder} cannot be written: {error.strerror}.") from error

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
        if not _is_whole(self, key):
            try:
                self._client.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=data)
            except (BotoCoreError, ClientError) as error:
                raise Unavailable(f"The bucket {self._bucket} did not store the document: {error}.") from error
        return key

    def get(self, key: str) -> bytes:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            data = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key)["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise _missing(key) from None
            self._silent(error)
        except BotoCoreError as error:
            self._silent(error)
        return _checked(key, data)

    def delete(self, key: str) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key)
        except (BotoCoreError, ClientError) as error:
            self._silent(error)

    def exists(self, key: str) -> bool:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            listing = self._client.list_objects_v2(Bucket=self._bucket, Prefix=self._prefix + key, MaxKeys=1)
        except (BotoCoreError, ClientError) as error:
            self._silent(error)
        return listing.get("KeyCount", 0) > 0

    def _silent(self, error: Exception) -> NoReturn:
        raise Unavailable(f"The bucket {self._bucket} did not answer: {error}.") from error


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


def _is_whole(blobs: Blobs, key: str) -> bool:
    """Return whether bytes with this key are stored and undamaged."""
    try:
        blobs.get(key)
    except BlobDamaged:
        return False
    return True


def _checked(key: str, data: bytes) -> bytes:
    if hashlib.sha256(data).hexdigest() != key:
        raise _damaged(key)
    return data


def _damaged(key: str) -> BlobDamaged:
    return BlobDamaged(f"{DAMAGED} {key[:12]}… is damaged: its content has changed on the disk.", hint=REPAIR)


def _missing(key: str) -> BlobMissing:
    return BlobMissing(f"{DAMAGED} {key[:12]}… is missing.", hint=REPAIR)
