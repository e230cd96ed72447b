"""Make the reader: python -m bench.reader lessons … --out FILE, … train FILE --out FOLDER, … ship FOLDER

`lessons` gathers what the reader learns from (docs/decisions/0093 says what and why), `train` trains it from the
cross-encoder, `mix` gives it some of the cross-encoder's weights back, `export` writes the int8 ONNX file, `measure
FOLDER` prints figures on documents held out. `ship` copies the file into this tree and its hash into the manifest.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random

from bench.reader import judged, manuals, natural, written
from bench.reader.lessons import Lesson, load, write

SEED = 5
BASE = Path(".models/ms-marco-minilm-l-12-v2")
KEPT_EVERY = 500
"""Steps after which the weights are saved, so that a run that is cut off leaves a reader."""


def main() -> None:
    """Read the arguments and run one command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    gather = commands.add_parser("lessons")
    gather.add_argument("--manuals", type=Path, help="folder into which the packages of manuals are unpacked")
    gather.add_argument("--judged", action="append", default=[], help="a judged set and its most questions: FOLDER:900")
    gather.add_argument("--structure", type=int, default=4000, help="most lessons from the structure of manuals")
    gather.add_argument("--out", type=Path, required=True)
    teach = commands.add_parser("train")
    teach.add_argument("lessons", type=Path)
    teach.add_argument("--out", type=Path, required=True)
    teach.add_argument("--base", type=Path, help="a reader to go on from; the cross-encoder without one")
    teach.add_argument("--rate", type=float, default=4e-5)
    teach.add_argument("--epochs", type=float, default=1.0)
    teach.add_argument("--silent", type=float, default=1.0, help="share of lessons without an answer in each pass")
    teach.add_argument("--batch", type=int, default=16)
    teach.add_argument("--threads", type=int, default=2)
    teach.add_argument("--device", default="cpu")
    mixed = commands.add_parser("mix")
    mixed.add_argument("folder", type=Path)
    mixed.add_argument("--out", type=Path, required=True)
    mixed.add_argument("--share", type=float, default=0.15, help="share of the cross-encoder's weights")
    for name in ("export", "ship"):
        commands.add_parser(name).add_argument("folder", type=Path)
    figures = commands.add_parser("measure")
    figures.add_argument("folder", type=Path)
    figures.add_argument("--out", type=Path, help="file for every answer")
    args = parser.parse_args()
    if args.command == "lessons":
        gather_lessons(args.manuals, args.judged, args.structure, args.out)
    elif args.command == "train":
        train(args)
    elif args.command == "mix":
        mix(args.folder, args.share, args.out)
    elif args.command == "export":
        from bench.reader.export import export

        print(export(args.folder))
    elif args.command == "ship":
        from bench.reader.ship import ship

        print(ship(args.folder))
    else:
        from bench.reader.measure import measure

        print(json.dumps(measure(args.folder, shown=args.out), indent=2))


def gather_lessons(root: Path | None, sets: list[str], structure: int, out: Path) -> None:
    """Write the lessons of all sources in random order."""
    random = Random(SEED)
    documents = [each for each in written.documents() if not written.is_held_out(each.name)]
    parts: dict[str, list[Lesson]] = {"written": list(written.lessons(documents, random))}
    for each in sets:
        folder, _, most = each.partition(":")
        parts[Path(folder).name] = list(judged.lessons(Path(folder), int(most or 10_000), random))
    if root is not None:
        parts["natural"] = list(natural.lessons(root, random))
        made = list(manuals.lessons(root, random))
        random.shuffle(made)
        parts["structure"] = made[:structure]
    every = [lesson for lessons in parts.values() for lesson in lessons]
    random.shuffle(every)
    write(every, out)
    for name, lessons in parts.items():
        print(name, len(lessons), dict(Counter((each.answers, each.relevance) for each in lessons)))


def train(args: argparse.Namespace) -> None:
    """Train a reader on a file of lessons and save it."""
    import torch

    from core.ports import ReaderText
    from learning.tuning.reader import Recipe, Row, encode, open_tokenizer
    from learning.tuning.reader import train as run
    from retrieval.models.readers.model import from_cross_encoder, save
    from retrieval.models.readers.model import load as load_reader

    torch.set_num_threads(args.threads)
    tokenizer = open_tokenizer(str(BASE / "tokenizer.json"))
    rows = []
    for lesson in load(args.lessons):
        ids, types, places = encode(tokenizer, lesson.question, ReaderText(lesson.text, lesson.parts))
        rows.append(
            Row(tuple(ids), tuple(types), tuple(map(tuple, places)), lesson.labels, lesson.answers, lesson.relevance)
        )
    print(len(rows), "lessons,", sum(len(row.ids) for row in rows) // len(rows), "tokens each")
    model = (load_reader(args.base) if args.base else from_cross_encoder(BASE)).to(args.device)
    began = time.monotonic()

    def report(step: int, steps: int, losses: Mapping[str, float]) -> None:
        shown = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
        print(f"{step}/{steps} {shown} {time.monotonic() - began:.0f} s", flush=True)
        if step % KEPT_EVERY == 0:
            save(model, args.out)

    run(model, rows, Recipe(rate=args.rate, epochs=args.epochs, batch=args.batch, silent=args.silent), report)
    save(model, args.out)


def mix(folder: Path, share: float, out: Path) -> None:
    """Write the reader with a share of the cross-encoder's weights in its encoder; the heads stay as they are.

    What training took away comes back in part: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".
    """
    from retrieval.models.readers.model import from_cross_encoder, save
    from retrieval.models.readers.model import load as load_reader

    tuned, first = load_reader(folder), from_cross_encoder(BASE).state_dict()
    weights = tuned.state_dict()
    for name, tensor in weights.items():
        if name.startswith("encoder."):
            weights[name] = (1 - share) * tensor + share * first[name]
    tuned.load_state_dict(weights)
    save(tuned, out)


if __name__ == "__main__":
    main()
