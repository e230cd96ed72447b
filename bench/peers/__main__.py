"""Compare Vouch's retrieval with txtai's and Haystack's: python -m bench.peers FOLDER [--rounds 3] [--questions N]

FOLDER is a judged set as `vouch eval retrieval` reads it. Vouch's pipeline makes chunks and vectors once. Each system
then indexes and searches them in its own process, one after the other, in several rounds. Figures are medians of the
rounds; only the ratios to the first row, computed within each round, are comparable on another machine. No system's
times include embedding a question; how long that takes is in the line before the table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench.peers import worker
from bench.peers.inputs import FACTS, make_inputs, spread
from bench.peers.vouch import VOUCH
from bench.peers.worker import DEEP, PEERS, Figures, Inputs, K, read_inputs
from core.errors import Invalid, VouchError
from core.settings import load_settings
from core.types import Json
from evaluation.corpus.load import Corpus, load_corpus
from evaluation.ranking_metrics import evaluate

PINNED = ("torch==2.13.0", "txtai==9.14.0", "haystack-ai==3.4.0")
"""torch is installed first and alone, in the build that the project pins: txtai would choose one with CUDA."""
ENVIRONMENT = Path("var/peers")
QUIET = {"HAYSTACK_TELEMETRY_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
SYSTEMS = (*VOUCH, *PEERS)
SHOWN = {
    "index_s": ("index, s", 2),
    "query_ms_p50": (f"{K} hits, ms p50", 2),
    "query_ms_p95": ("p95", 2),
    "deep_ms_p50": (f"{DEEP} hits, ms p50", 2),
    "deep_ms_p95": ("p95", 2),
    "peak_mib": ("peak memory, MiB", 0),
}
"""Figures that are shown with their ratio to the first system: the column's title, decimals."""
Rounds = Mapping[str, Sequence[Mapping[str, Json]]]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--questions", type=int, help="this many of the judged ones, evenly spread; default: all")
    parser.add_argument("--venv", type=Path, default=ENVIRONMENT, help="the peers' environment, made if it is missing")
    parser.add_argument("--inputs", type=Path, help="a folder in which chunks and vectors are stored, or found")
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=SYSTEMS)
    parser.add_argument("--out", type=Path, help="a JSON file for the figures of every round")
    args = parser.parse_args()
    try:
        corpus = load_corpus(args.folder)
        questions = choose(corpus, args.questions)
        python = peers_python(args.venv, _report) if set(args.systems) & set(PEERS) else Path()
        with _inputs_folder(args.inputs) as folder:
            facts = _facts(folder, corpus, questions)
            rounds = compare(folder, corpus, args.systems, args.rounds, python)
    except VouchError as error:
        raise SystemExit(f"{error.message} {error.hint or ''}") from error
    print(json.dumps(facts), "", table(rounds), sep="\n")
    if args.out:
        args.out.write_text(json.dumps({"given": facts, "rounds": rounds}, indent=1) + "\n")


def compare(
    folder: Path, corpus: Corpus, systems: Sequence[str], rounds: int, python: Path
) -> dict[str, list[Figures]]:
    """Return each system's figures of each round. Raises Invalid when a system fails."""
    inputs = read_inputs(folder)
    found: dict[str, list[Figures]] = {name: [] for name in systems}
    for number in range(1, rounds + 1):
        for name in systems:
            figures = scored(run(name, folder, python), inputs, corpus)
            _report(f"round {number}, {name}: index {figures['index_s']:.2f} s, {figures['query_ms_p50']:.2f} ms")
            found[name].append(figures)
    return found


def choose(corpus: Corpus, count: int | None) -> dict[str, str]:
    """Return the text of judged questions by id: all, or `count` of them, evenly spread. Raises Invalid if none."""
    judged = [question for question in corpus.judgements if question in corpus.questions]
    if not judged:
        raise Invalid("The folder judges no question.", hint="It needs queries.jsonl and qrels.tsv.")
    some = judged if count is None or count >= len(judged) else judged[:: len(judged) // max(count, 1)][:count]
    return {question: corpus.questions[question] for question in some}


def peers_python(folder: Path, report: Callable[[str], None]) -> Path:
    """Return the interpreter of the peers' environment; make it, or install what it lacks. Raises Invalid."""
    python = (folder / "bin" / "python").absolute()
    if not python.exists():
        report(f"making an environment in {folder}")
        venv.create(folder, with_pip=True, symlinks=True)
    if _installed(python) != list(PINNED):
        for wanted in (PINNED[:1], PINNED):
            report(f"installing {' '.join(wanted)}")
            done = subprocess.run([python, "-m", "pip", "install", "-q", *wanted], env=_apart(), check=False)
            if done.returncode:
                raise Invalid(f"pip could not install {' '.join(wanted)}.", hint="The reason is above.")
    return python


def run(name: str, folder: Path, python: Path) -> Figures:
    """Measure one system in a process of its own. Raises Invalid when it fails."""
    out = folder / "figures.json"
    if name in PEERS:
        command, env = [str(python), "-P", worker.__file__, name, str(folder), str(out)], _apart() | QUIET
    else:
        command, env = [sys.executable, "-m", "bench.peers.vouch", name, str(folder), str(out)], dict(os.environ)
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Invalid(f"{name} failed.", hint="The reason is above.")
    figures: Figures = json.loads(out.read_text(encoding="utf-8"))
    return figures


def scored(measured: Figures, inputs: Inputs, corpus: Corpus) -> Figures:
    """Return what is shown of a measurement: quality over the questions asked, milliseconds, MiB."""
    judged = {question: corpus.judgements[question] for question in inputs.questions}
    quality = evaluate(measured["ranked"], judged)
    return {
        "about": measured["about"],
        "ndcg@10": quality["ndcg@10"],
        "recall@100": quality["recall@100"],
        "index_s": measured["index_s"],
        "index_steps_s": measured["index_steps_s"],
        "start_s": measured["start_s"],
        **spread("query_ms", measured["query_s"]),
        **spread("deep_ms", measured["deep_query_s"]),
        "peak_mib": measured["peak_rss"] / 2**20,
        "idle_mib": measured["idle_rss"] / 2**20,
    }


def table(rounds: Rounds) -> str:
    """Return a table in Markdown; after each figure is its ratio to the first row's, within the same round."""
    head = ["system", "nDCG@10", "recall@100", *(title for title, _ in SHOWN.values()), "before it, MiB"]
    lines = [head, ["---"] * len(head)]
    first = next(iter(rounds.values()))
    for each in rounds.values():
        quality = [f"{_median(each, name):.3f}" for name in ("ndcg@10", "recall@100")]
        cells = [_cell(each, first, name, digits) for name, (_, digits) in SHOWN.items()]
        lines.append([str(each[0]["about"]), *quality, *cells, f"{_median(each, 'idle_mib'):.0f}"])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


@contextmanager
def _inputs_folder(chosen: Path | None) -> Iterator[Path]:
    """Yield the folder of the inputs: the chosen one, or a temporary one that is deleted afterwards."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen
        return
    with tempfile.TemporaryDirectory(prefix="vouch-peers-") as folder:
        yield Path(folder)


def _facts(folder: Path, corpus: Corpus, questions: Mapping[str, str]) -> Json:
    """Make the inputs of all systems unless they exist; return their facts. Raises Invalid for other questions."""
    if not (folder / FACTS).exists():
        return make_inputs(load_settings(), corpus, questions, folder, _report)
    inputs = read_inputs(folder)
    if inputs.questions != questions:
        raise Invalid(f"{folder} was made for other questions.", hint="Name another folder, or the same --questions.")
    return inputs.facts


def _cell(rounds: Sequence[Mapping[str, Json]], first: Sequence[Mapping[str, Json]], name: str, digits: int) -> str:
    ratio = median(mine[name] / theirs[name] for mine, theirs in zip(rounds, first, strict=True))
    return f"{_median(rounds, name):.{digits}f} (×{ratio:.2f})"


def _median(rounds: Sequence[Mapping[str, Json]], name: str) -> float:
    return median(float(each[name]) for each in rounds)


def _installed(python: Path) -> list[str]:
    """Return the pinned packages with their installed versions; a local build such as +cpu counts as the same."""
    names = [pin.split("==")[0] for pin in PINNED]
    say = "import sys; from importlib.metadata import version; print(*(n + '==' + version(n) for n in sys.argv[1:]))"
    done = subprocess.run([python, "-P", "-c", say, *names], env=_apart(), capture_output=True, text=True, check=False)
    return [pin.split("+")[0] for pin in done.stdout.split()]


def _apart() -> dict[str, str]:
    """Return the environment variables without those that would make the project's packages visible."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def _report(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
