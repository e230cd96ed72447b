"""The search version that serves: stored as one zip, unpacked on any machine, followed by every running search.

A version that cannot be opened changes nothing: searches go on as before, and the reason is reported. The pointer is
`core.store.learned.lineage`; who promotes is in `learning.registry`.
"""

from __future__ import annotations

from pathlib import Path

from core.errors import VouchError, WeightsError
from core.ports import Blobs, Embedder
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.database import Database
from core.store.learned import lineage
from core.store.learned.lineage import SEARCH, ModelVersion
from learning.tuning import search_files
from learning.tuning.search_files import SearchCard
from retrieval.ranking.profile import DEFAULT_PROFILE, SearchProfile

FOLDER = "search"
"""Folder under home that holds the unpacked copies."""
SWAP_WAIT_S = 1.0
"""How long the question that notices a new version waits for it; after that it is answered with the old one."""
SETTING = "The active search version"


def save_version(blobs: Blobs, folder: Path) -> str:
    """Store a whole version as one zip and return its key. Raises WeightsError, StorageFull."""
    return blobs.put(search_files.pack(folder))


def open_profile(folder: Path, version: str, threads: int) -> SearchProfile:
    """Open a version's folder as searches use it. Raises WeightsError."""
    card = search_files.check(folder)
    questions = _encoder(folder, card, threads) if card.encoder else None
    return SearchProfile(version, card.weights, card.by_collection, questions)


def version_folder(settings: Settings, blobs: Blobs, model: ModelVersion) -> Path:
    """Return the folder of a version under `home/search`; it is unpacked once and checked each time.

    Raises WeightsError for an incomplete archive, BlobDamaged and BlobMissing for its bytes.
    """
    folder = settings.home / FOLDER / model.id
    try:
        search_files.check(folder)
    except WeightsError:
        search_files.unpack(blobs.get(model.adapter_blob), folder)
        search_files.check(folder)
    return folder


class ActiveProfile:
    """The profile that searches use: that of the active version, or the default. Threads may call it at the same time.

    The pointer is read before each search, one row. Another version is opened in the background.
    """

    def __init__(self, settings: Settings, db: Database, blobs: Blobs) -> None:
        self._settings, self._db, self._blobs = settings, db, blobs
        self._profiles: Reloadable[str | None, SearchProfile] = Reloadable(
            "search version", self._load, self._active, imports=False, swap_wait_s=SWAP_WAIT_S
        )

    def __call__(self) -> SearchProfile:
        try:
            return self._profiles.get()
        except VouchError:
            return self._profiles.loaded() or DEFAULT_PROFILE

    def problem(self) -> str | None:
        """Return why searches do not use the active version; None if they do."""
        failure = self._profiles.failure()
        return f"{SETTING} is not used: {failure}" if failure is not None else None

    def _active(self) -> str | None:
        with self._db.read() as session:
            model = lineage.active_model(session, SEARCH)
        return model.id if model is not None else None

    def _load(self, model_id: str | None, _: SearchProfile | None) -> SearchProfile:
        if model_id is None:
            return DEFAULT_PROFILE
        with self._db.read() as session:
            model = lineage.get_model_version(session, model_id)
        return open_profile(version_folder(self._settings, self._blobs, model), model.id, self._settings.threads)


def _encoder(folder: Path, card: SearchCard, threads: int) -> Embedder:
    from retrieval.models.embedder_onnx import OnnxEmbedder
    from retrieval.models.spec import CPU, ModelSpec

    encoder = OnnxEmbedder(ModelSpec(SETTING, "onnx", card.space, folder, CPU), card.prefix, threads)
    encoder.embed_query("warm up")
    return encoder
