"""One contract for every blob store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.blobs import FileBlobs, open_blobs
from core.errors import BlobDamaged, BlobMissing, NotFound, SettingsError, StorageFull, Unavailable
from core.ports import Blobs


@pytest.fixture(params=["file", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Blobs]:
    if request.param == "file":
        yield open_blobs(f"file://{tmp_path}/blobs")
        return
    import boto3
    from moto import mock_aws

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="manuals")
        yield open_blobs("s3://manuals/blobs")


def test_bytes_are_returned_by_their_digest(blobs: Blobs) -> None:
    key = blobs.put(b"a manual")

    assert key == hashlib.sha256(b"a manual").hexdigest()
    assert blobs.get(key) == b"a manual"


def test_the_same_bytes_are_stored_once(blobs: Blobs) -> None:
    assert blobs.put(b"a manual") == blobs.put(b"a manual")


def test_deleted_bytes_are_gone_and_deleting_again_does_nothing(blobs: Blobs) -> None:
    key = blobs.put(b"a manual")
    blobs.delete(key)
    blobs.delete(key)

    assert not blobs.exists(key)
    with pytest.raises(BlobMissing, match="Upload the same file again"):
        blobs.get(key)


def overwrite(blobs: Blobs, key: str, data: bytes) -> None:
    """Change stored bytes behind the store's back."""
    if isinstance(blobs, FileBlobs):
        blobs._path(key).write_bytes(data)
        return
    import boto3

    boto3.client("s3").put_object(Bucket="manuals", Key=f"blobs/{key}", Body=data)


@pytest.mark.parametrize("found", [b"b manual", b"a man", b""])
def test_damaged_bytes_are_never_returned_and_the_message_says_what_to_do(blobs: Blobs, found: bytes) -> None:
    key = blobs.put(b"a manual")
    overwrite(blobs, key, found)

    with pytest.raises(BlobDamaged, match=r"is damaged.*Upload the same file again"):
        blobs.get(key)


def test_storing_the_good_bytes_again_repairs_damaged_and_missing_ones(blobs: Blobs) -> None:
    key = blobs.put(b"a manual")
    overwrite(blobs, key, b"b manual")
    assert blobs.put(b"a manual") == key
    assert blobs.get(key) == b"a manual"

    blobs.delete(key)
    blobs.put(b"a manual")
    assert blobs.get(key) == b"a manual"


def test_whole_bytes_are_not_written_again(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    path = blobs._path(blobs.put(b"a manual"))
    before = path.stat().st_ino

    blobs.put(b"a manual")

    assert path.stat().st_ino == before


def test_a_store_that_cannot_be_read_is_unavailable_and_not_damaged(tmp_path: Path) -> None:
    blobs = FileBlobs(tmp_path)
    key = blobs.put(b"a manual")
    blobs.delete(key)
    blobs._path(key).mkdir()

    with pytest.raises(Unavailable, match="cannot be read"):
        blobs.get(key)


def test_an_unknown_scheme_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="file, s3"):
        open_blobs("azure://container")


def test_a_key_is_never_a_path(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FileBlobs(tmp_path).get("../../etc/passwd")


def test_a_full_disk_stores_nothing(tmp_path: Path) -> None:
    import resource

    blobs = FileBlobs(tmp_path / "blobs")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(StorageFull, match="nothing of this one was stored"):
            blobs.put(b"x" * 4096)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert not [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
