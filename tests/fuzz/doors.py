"""The doors through which a stranger's file comes in: how each is opened, and what a whole file at each looks like."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

from results import invented_result
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.claims import find_claims
from stepstone.catalogue.own import declare
from stepstone.catalogue.own_models import declare_model
from stepstone.core.errors import UserError
from stepstone.core.model import ModelEntry
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.value import digest
from stepstone.data import archive
from stepstone.data.formats.lines import Layout
from stepstone.data.formats.log import DataFileError, GatheringLog
from stepstone.data.load import load_examples
from stepstone.data.sources import reader, readers
from stepstone.pipeline.score import score_file
from stepstone.planning.plan import Plan, plan
from stepstone.report.theirs import read_theirs
from stepstone.sealing.archive import Archive, DamagedMemberError, write_archive
from stepstone.sealing.format import MANIFEST
from stepstone.store import record as records
from stepstone.store.predictions import read_sorted
from stepstone.store.store import Store

# What a file may be answered with; anything else is a traceback.
ANSWERS = (UserError, DataFileError, records.IntegrityError, DamagedMemberError)


class Door(NamedTuple):
    """A kind of file: what opens one, in a folder of its own, and whole files to begin with."""

    enter: Callable[[bytes, Path], None]
    seeds: Callable[[], tuple[bytes, ...]]


STUDY = b"""name = "s"
question = "why?"
models = ["m"]
seeds = [1, 2]
languages = ["en", "de"]
num_shots = [0]
margin = 1.5
[lab]
[recipe]
learning_rate = 1e-4
num_steps = 5
[model.m]
[model.m.scratch]
text = "text"
languages = ["en", "de"]
num_documents = 5
hidden_size = 8
num_heads = 2
max_positions = 256
pretraining = { num_steps = 2 }
[intermediate.nli]
tasks = { en = "mnli" }
num_examples = 100
[groups]
near = ["de"]
[target.xnli]
num_test = 5
"""
TASK = b"""name = "s"
models = ["m"]
[target.mine]
[task.mine]
family = "classification"
labels = ["yes", "no"]
columns = { text = "text", label = "label" }
[task.mine.files]
train = { en = "rows.csv" }
dev = { en = "rows.csv", de = "r-{language}.csv" }
test = { en = "rows.csv", de = "r.csv" }
"""
CLAIMS = Path(str(files("stepstone.catalogue") / "published" / "turc2021.toml")).read_bytes()
SQUAD = {
    "data": [{"title": "t", "paragraphs": [{"context": "a b c", "qas": [
        {"id": "1", "question": "q?", "answers": [{"text": "b", "answer_start": 2}]}]}]}]
}  # fmt: skip
# An article and an entity in one, for the door reads one file as both.
ENTITY = {
    "entity_id": "Q1", "description": "d", "mentions": [
        {"example_id": "1", "entity_id": "Q1", "mention_span": {"start": 0, "end": 1}}],
    "context": {"language": "en", "text": "a b. c", "sentence_spans": [{"start": 0, "end": 4}], "document_id": "1"},
}  # fmt: skip
SENTENCES = {
    "data": [{"title": "t", "paragraphs": [{"context": "a b. c", "sentence_breaks": [[0, 4], [5, 6]], "qas": [
        {"id": "1", "question": "q?", "answers": [{"text": "b", "answer_start": 2}]}]}]}]
}  # fmt: skip
CONLLU = (
    b"# text = a b\n1\ta\t_\tNOUN\t_\t_\t0\t_\t_\t_\n2-3\tb\t_\tVERB\t_\t_\t1\t_\t_\t_\n\n"
    b"1\tc\t_\tX\t_\t_\t0\t_\t_\t_\n"
)
JSONS = [{"text": "a", "label": "yes", "id": 1}, {"text": "b", "label": "no", "id": 2}]
ROWS: dict[str, bytes] = {
    "bucc": b"en-1\tone\nen-2\ttwo\n",
    "conll": b"a\tO\nb\tB-PER\n\n# c\nd O\n",
    "conllu": CONLLU,
    "csv": b'text,label\na,yes\n"b ""c""\nd",no\n',
    "json": json.dumps({"data": JSONS}).encode(),
    "jsonl": "".join(json.dumps(row) + "\n" for row in JSONS).encode(),
    "mewslix": json.dumps(ENTITY).encode(),
    "pairs": b"one\ntwo\n",
    "squad": json.dumps(SQUAD).encode(),
    "text": b"one\ntwo\n",
    "tsv": b"text\tlabel\na\tyes\nb\tno\n",
    "words": CONLLU,
    "xquad_r": json.dumps(SENTENCES).encode(),
}
# Options that a layout does not do without.
NUM_FILES = {"bucc": 3, "pairs": 2, "mewslix": 2}
NEEDED = {"mewslix": {"language": "en"}, "xquad_r": {"language": "en"}}


def _study(content: bytes, folder: Path) -> None:
    path = folder / "study.toml"
    path.write_bytes(content)
    plan(Study.load(path), Place(cache=folder / "cache", use_hub=False))


def _task(content: bytes, folder: Path) -> None:
    path = folder / "study.toml"
    path.write_bytes(content)
    (folder / "rows.csv").write_text("text,label\na,yes\nb,no\n")
    place = Place(folders=(folder,), cache=folder / "cache", use_hub=False)
    for task in declare(Study.load(path).task).values():
        load_examples(task, "train", "en", place)


def _claims(content: bytes, folder: Path) -> None:
    path = folder / "claims.toml"
    path.write_bytes(content)
    find_claims(str(path))


def _rows(name: str) -> Callable[[bytes, Path], None]:
    def enter(content: bytes, folder: Path) -> None:
        path, kind, log = folder / "rows", reader(name), GatheringLog()
        path.write_bytes(content)
        paths = (path,) * NUM_FILES.get(name, 1)
        for row in kind.read(paths, Layout({}, kind.options.model_validate(NEEDED.get(name, {})), log)):
            assert isinstance(row.values, dict)
        log.take()

    return enter


def _archive(name: str) -> Callable[[bytes, Path], None]:
    def enter(content: bytes, folder: Path) -> None:
        path = folder / name
        path.write_bytes(content)
        listing = archive.list_archive(path, folder / "cache")
        if not listing.refusal:
            unpacked = archive.unpack(path, folder / "cache")
            assert sum(file.is_file() for file in unpacked.rglob("*")) == len(listing.members)

    return enter


def _config(content: bytes, folder: Path) -> None:
    from stepstone.learning.sizes import check_sizes  # opens torch

    weights = folder / "model.safetensors"
    (folder / "config.json").write_bytes(content)
    save_file({"a": np.zeros(5000, np.float32)}, weights)
    declare_model("m", ModelEntry(folder=str(folder), num_layers=1))
    check_sizes(folder, [weights])


def _record(content: bytes, folder: Path) -> None:
    """Under a digest that is right and its own key, where it is JSON at all."""
    try:
        content_is_json = isinstance(json.loads(content), dict)
    except (ValueError, RecursionError):
        content_is_json = False
    if not content_is_json:
        records.parse_record(content, "k")
        return
    said = json.loads(content).get("record")
    key = said.get("key") if isinstance(said, dict) else None
    try:
        right = digest(said)
    except (TypeError, RecursionError, UnicodeEncodeError):
        right = ""
    records.parse_record(json.dumps({"record": said, "sha256": right}).encode(), str(key))


def _predictions(content: bytes, folder: Path) -> None:
    path = folder / "predictions.jsonl"
    path.write_bytes(content)
    read_sorted(path)


def _foreign(content: bytes, folder: Path) -> None:
    path = folder / "foreign.jsonl"
    path.write_bytes(content)
    score_file(BUILT_IN.task("xquad"), path, Place(cache=folder, use_hub=False), language="en")


def _theirs(name: str) -> Callable[[bytes, Path], None]:
    def enter(content: bytes, folder: Path) -> None:
        (folder / name).write_bytes(content)
        read_theirs(f"m={folder / name}")

    return enter


def _seal(content: bytes, folder: Path) -> None:
    path = folder / "s.seal.zip"
    path.write_bytes(content)
    with Archive.open(path) as opened:
        for name in (*opened.names, MANIFEST):
            opened.read(name)


def _zipped(kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as packed:
        packed.writestr("a/b.tsv", "a\tb\n" * 20)
        packed.writestr("é.tsv", "x")
    return file.getvalue()


def _tarred(form: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as packed:
        for name in ("a/b.tsv", "é" * 80 + "/c.tsv"):
            entry = tarfile.TarInfo(name)
            entry.size = 4
            packed.addfile(entry, io.BytesIO(b"a\tb\n"))
    # The blocks at the end say little: mutations are to fall on headers.
    return file.getvalue().rstrip(b"\0") + b"\0" * 1200


def _table() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"text": ["a", "b"], "label": ["yes", None], "n": [[1], []]}), file)
    return file.getvalue()


@cache
def _recorded() -> bytes:
    """The record of an evaluation, as a store writes it."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        study = Path(folder) / "study.toml"
        study.write_bytes(STUDY)
        planned: Plan = plan(Study.load(study), Place(cache=Path(folder) / "cache", use_hub=False))
        store = Store(Path(folder) / "store")
        stage = next(stage for stage in planned.stages.values() if stage.kind == "evaluate")
        attempt = store.start(stage.key)
        assert attempt is not None
        rows = [{"id": str(number), "prediction": 0, "gold": 0} for number in range(2)]
        (attempt.folder / "predictions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        record = store.commit(stage, attempt, invented_result(stage), 1.0, {"host": "here"})
        return records.record_text(record).encode()


@cache
def _sealed() -> bytes:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        members = {"study.toml": lambda: STUDY, "records/a.json": _recorded}
        write_archive(path, members, lambda stamps: _manifest(stamps))
        return path.read_bytes()


def _manifest(stamps: Any) -> bytes:
    return json.dumps(
        {"format": 1, "stepstone": "1", "study": "s", "members": {name: dict(stamp) for name, stamp in stamps.items()}}
    ).encode()


PACKINGS = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA)
PREDICTIONS = b'{"id": "1", "prediction": "a"}\n{"id": "0", "prediction": 1.5}\n'
FOREIGN = b'{"id": "1", "prediction": "a buoy", "gold": ["a buoy"]}\n{"id": 2, "prediction": null, "gold": ["b"]}\n'
THEIRS = b'task,language,metric,score,model,source\nxnli,de,accuracy,77.5,m,"Doe 2030, table 1"\nxnli,,,60,m,x\n'
RESULTS = (
    b'{"task_name": "XNLI", "scores": {"test": [{"main_score": 0.5, "hf_subset": "de", "languages": ["deu-Latn"]}]}}',
    b'{"results": {"xnli_de": {"alias": "xnli_de", "acc,none": 0.5, "acc_stderr,none": 0.1}}, "model_name": "m"}',
)
SIZES = {"vocab_size": 20, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
CONFIGS = tuple(
    json.dumps(
        {"model_type": kind, "architectures": ["X"], "pad_token_id": 1, "max_position_embeddings": 20, **SIZES}
    ).encode()
    for kind in ("bert", "xlm-roberta", "modernbert")
)


def doors() -> dict[str, Door]:
    """All of them by name; a layout of files has one each."""
    found = {
        "study": Door(_study, lambda: (STUDY,)),
        "own_task": Door(_task, lambda: (TASK,)),
        "claims": Door(_claims, lambda: (CLAIMS,)),
        "zip": Door(_archive("a.zip"), lambda: tuple(map(_zipped, PACKINGS))),
        "tar": Door(_archive("a.tar"), lambda: tuple(map(_tarred, (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)))),
        "tgz": Door(_archive("a.tgz"), lambda: (gzip.compress(_tarred(tarfile.PAX_FORMAT), mtime=0),)),
        "config": Door(_config, lambda: CONFIGS),
        "record": Door(_record, lambda: (_recorded(),)),
        "predictions": Door(_predictions, lambda: (PREDICTIONS,)),
        "foreign": Door(_foreign, lambda: (FOREIGN,)),
        "theirs_csv": Door(_theirs("t.csv"), lambda: (THEIRS,)),
        "theirs_json": Door(_theirs("t.json"), lambda: RESULTS),
        "seal": Door(_seal, lambda: (_sealed(),)),
    }
    return found | {f"rows_{name}": Door(_rows(name), partial(_rows_of, name)) for name in readers()}


def _rows_of(name: str) -> tuple[bytes, ...]:
    return (ROWS[name] if name in ROWS else _table(),)
