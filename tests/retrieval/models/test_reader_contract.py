"""The contract of a Reader, run on every backend: readings in order, nothing lost, nothing shared between threads."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tokenizers import Encoding

from bench.reader.export import export, export_plain
from core.ports import UNREAD, Reader, ReaderText, Reading
from core.settings import load_settings
from generation.evidence.reading import SharedWords
from retrieval.batching import Batcher
from retrieval.models.reader import PartReranker, open_reader
from retrieval.models.reader_tokens import QUESTION_TOKENS
from retrieval.models.reader_torch import MAX_QUESTIONS, TorchReader
from tests.retrieval.models import tiny_reader

QUESTION = "How do I change the filter?"
MODELS = ("onnx", "torch", "torch, questions together")
BACKENDS = (*MODELS, "reranker", "shared words")
EXACT, ROUNDED = 1e-3, 0.5


class WordReranker:
    """A Reranker whose logit is the number of words that question and text share."""

    name, device = "words", "cpu"

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        asked = set(question.lower().rstrip("?").split())
        return [float(len(asked & set(text.lower().split()))) for text in texts]


def text(*parts: str, head: str = "Pump") -> ReaderText:
    """Return a text with one part on each line under its heading."""
    whole, places = head, []
    for part in parts:
        whole += "\n"
        places.append((len(whole), len(whole) + len(part)))
        whole += part
    return ReaderText(whole, tuple(places))


TEXTS = [
    text("Open the lid.", "Lift the old filter out.", "Put a new one in."),
    text("The warranty lasts two years.", head="Warranty"),
    text("Keep the receipt. " * 12, "Clean the filter with water.", "Switch it off before you start."),
    text("Close the lid again."),
    text("The lid is red.", "The pump is red."),
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny_reader.make(tmp_path_factory.mktemp("reader"))
    export(folder)
    return folder


@pytest.fixture(scope="module")
def opened(exported: Path) -> Callable[[str], Reader]:
    def open_backend(backend: str) -> Reader:
        if backend == "reranker":
            return PartReranker(WordReranker())
        if backend == "shared words":
            return SharedWords()
        url = f"{backend.split(',')[0]}://{exported}"
        reader = open_reader(load_settings({}, reader_url=url), None)
        assert reader is not None
        if "together" in backend:  # as on a GPU
            assert isinstance(reader, TorchReader)
            reader._batcher = Batcher(reader._read_all, MAX_QUESTIONS)
        return reader

    return open_backend


@pytest.fixture(scope="module", params=BACKENDS)
def reader(request: pytest.FixtureRequest, opened: Callable[[str], Reader]) -> Reader:
    return opened(request.param)


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, opened: Callable[[str], Reader]) -> Reader:
    return opened(request.param)


def figures(reading: Reading) -> tuple[float, ...]:
    return (reading.relevance, reading.answers, *reading.parts)


def assert_same(found: Sequence[Reading], right: Sequence[Reading], close: float = EXACT) -> None:
    assert len(found) == len(right)
    for one, other in zip(found, right, strict=True):
        assert figures(one) == pytest.approx(figures(other), abs=close)


def test_a_reader_says_what_it_is_and_where_it_runs(reader: Reader) -> None:
    assert reader.name
    assert reader.device in {"cpu", "none"}


def test_readings_and_parts_are_in_the_order_of_the_texts(reader: Reader) -> None:
    found = reader.read(QUESTION, TEXTS)

    assert [len(each.parts) for each in found] == [len(each.parts) for each in TEXTS]
    assert_same(reader.read(QUESTION, TEXTS[::-1])[::-1], found)
    assert_same(found, [reader.read(QUESTION, [each])[0] for each in TEXTS])


def test_texts_and_parts_are_told_apart(reader: Reader) -> None:
    found = reader.read(QUESTION, TEXTS)

    assert len({each.answers for each in found}) > 1
    assert len(set(found[0].parts)) > 1


def test_the_question_counts(reader: Reader) -> None:
    assert reader.read(QUESTION, TEXTS) != reader.read("Is the lid red?", TEXTS)


def test_no_texts_are_no_readings(reader: Reader) -> None:
    assert reader.read(QUESTION, []) == []


def test_a_text_without_parts_is_read(reader: Reader) -> None:
    (found,) = reader.read(QUESTION, [ReaderText("Pump", ())])

    assert found.parts == ()


@pytest.mark.parametrize("question", ["?", "42", "Wie wechsle ich den Filter?", "filter " * 4000, "f" * 40_000])
def test_any_question_gets_readings_of_every_part(reader: Reader, question: str) -> None:
    (found,) = reader.read(question, TEXTS[:1])

    assert len(found.parts) == 3
    assert min(found.parts) > UNREAD


def test_threads_do_not_disturb_one_another(reader: Reader) -> None:
    asked = [(f"{QUESTION} {'pump ' * number}", TEXTS[: 1 + number % len(TEXTS)]) for number in range(8)]
    alone = [reader.read(*each) for each in asked]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda each: reader.read(*each), asked * 3))

    for found, right in zip(together, alone * 3, strict=True):
        assert_same(found, right)


def test_parts_beyond_the_models_length_are_unread(model: Reader) -> None:
    long = text(*["Clean it with water. " * 30] * 4, "Close the lid.")

    (found,) = model.read(QUESTION, [long])

    assert found.parts[4] == UNREAD
    assert [part > UNREAD for part in found.parts] == [True, True, True, False, False]


def test_of_a_long_question_the_first_tokens_are_read(model: Reader) -> None:
    words = ["how", "do", "i", "change", "the", "filter", "of", "it", "?"] * 100  # each is a token

    assert_same(model.read(" ".join(words), TEXTS), model.read(" ".join(words[:QUESTION_TOKENS]), TEXTS))


def test_an_exact_export_reads_as_the_torch_model_does(exported: Path, tmp_path: Path) -> None:
    export_plain(exported, tmp_path / "model.onnx")
    shutil.copyfile(exported / "tokenizer.json", tmp_path / "tokenizer.json")
    urls = (f"torch://{exported}", f"onnx://{tmp_path}")
    torch, onnx = (open_reader(load_settings({}, reader_url=url), None) for url in urls)

    assert torch is not None
    assert onnx is not None
    assert_same(onnx.read(QUESTION, TEXTS), torch.read(QUESTION, TEXTS))


def test_a_torch_reader_is_rebuilt_from_the_file_that_is_shipped(exported: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copyfile(exported / name, tmp_path / name)
    trained, rebuilt = (
        open_reader(load_settings({}, reader_url=f"torch://{path}"), None) for path in (exported, tmp_path)
    )

    assert trained is not None
    assert rebuilt is not None
    assert_same(rebuilt.read(QUESTION, TEXTS), trained.read(QUESTION, TEXTS), ROUNDED)


@pytest.mark.gpu
def test_questions_that_are_read_together_on_a_gpu_agree_with_the_cpu(exported: Path) -> None:
    cpu, gpu = (
        open_reader(load_settings({}, reader_url=f"torch://{exported}?device={device}"), None)
        for device in ("cpu", "cuda:0")
    )
    assert cpu is not None
    assert gpu is not None

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda number: gpu.read(QUESTION, TEXTS[: 1 + number % 5]), range(32)))

    assert gpu.device == "cuda:0"
    for number, found in enumerate(together):
        assert_same(found, cpu.read(QUESTION, TEXTS[: 1 + number % 5]), 0.05)


def test_questions_of_several_threads_are_read_in_few_batches(
    opened: Callable[[str], Reader], monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, sizes = opened("torch, questions together"), list[int]()
    assert isinstance(reader, TorchReader)
    monkeypatch.setattr(reader, "_batch", 64)
    read = reader._batch_read

    def slow(encodings: Sequence[Encoding], pairs: Sequence[tuple[str, ReaderText]]) -> list[Reading]:
        sizes.append(len(pairs))
        time.sleep(0.05)  # the others queue up meanwhile
        return read(encodings, pairs)

    monkeypatch.setattr(reader, "_batch_read", slow)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: reader.read(QUESTION, TEXTS[: 1 + number % 4]), range(8)))

    assert sum(sizes) == 20
    assert len(sizes) < 5
