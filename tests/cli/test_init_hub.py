"""`stepstone init --hub` drafts a study of a data set from what it says of itself; a folder stands for the hub here."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepstone.catalogue.own import declare
from stepstone.cli import main
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.data.load import load_examples
from stepstone.data.reach import MIRROR

pytestmark = pytest.mark.slow
COMMIT = "0a1b2c3d4e5f"
Cli = Callable[..., tuple[int, str, str]]
ENGLISH = ["The fever is high today.", "The train is late again.", "She has a cough.", "We fly to Rome."]
GERMAN = ["Das Fieber ist heute hoch.", "Der Zug kommt zu spät.", "Sie hat Husten.", "Wir fliegen nach Rom."]
JAPANESE = ["今日は熱が高い。", "電車がまた遅れている。", "彼女は咳をしている。", "ローマへ飛ぶ。"]


def put(
    root: Path, repository: str, configs: Mapping[str, Mapping[str, Mapping[str, Sequence[Any]]]], names=()
) -> None:
    """Configurations of splits of columns, laid out as on the hub, with names of integer labels."""
    lines = ["---"]
    if names:
        lines.append("dataset_info:")
        for config, splits in configs.items():
            lines += [f"- config_name: {config}", "  features:"]
            for column in next(iter(splits.values())):
                if column == "label":
                    lines += ["  - name: label", "    dtype:", "      class_label:", "        names:"]
                    lines += [f"          '{number}': {label}" for number, label in enumerate(names)]
                else:
                    lines += [f"  - name: {column}", "    dtype: string"]
    lines.append("configs:")
    for config, splits in configs.items():
        lines += [f"- config_name: {config}", "  data_files:"]
        for split, columns in splits.items():
            file = root / repository / config / f"{split}-00000-of-00001.parquet"
            file.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.table(dict(columns)), file)
            lines += [f"  - split: {split}", f"    path: {config}/{split}-*"]
    (root / repository / "README.md").write_text("\n".join([*lines, "---", ""]), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "prepared")
    monkeypatch.setenv(MIRROR, str(tmp_path / "mirror"))
    return tmp_path / "mirror"


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stepstone", "init", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return int(ended.value.code or 0), shown.out, shown.err

    return call


def _topics(root: Path) -> None:
    labels = {"label": [0, 1, 0, 1]}
    splits = ("train", "validation", "test")
    configs = {
        config: {split: {"sentence": texts, **labels} for split in splits}
        for config, texts in (("deu_Latn", GERMAN), ("eng_Latn", ENGLISH), ("jpn_Jpan", JAPANESE))
    }
    put(root, "someone/topics", configs, ("health", "travel"))


def test_a_draft_names_commit_languages_splits_columns_and_labels_and_is_read(cli: Cli, root: Path, tmp_path) -> None:
    _topics(root)
    status, out, err = cli("--hub", "someone/topics", "--revision", COMMIT)
    assert (status, err) == (0, "") and "study.toml: a study of the task topics" in out
    written = tomllib.loads(Path("study.toml").read_text(encoding="utf-8"))
    table = written["task"]["topics"]
    assert {name: table[name] for name in ("family", "hub", "revision", "config", "languages", "splits")} == {
        "family": "classification",
        "hub": "someone/topics",
        "revision": COMMIT,
        "config": "{language}",
        "languages": ["deu_Latn", "eng_Latn", "jpn_Jpan"],
        "splits": {"train": "train", "dev": "validation", "test": "test"},
    }
    assert table["columns"]["text"] == "sentence" and sorted(table["labels"]) == ["health", "travel"]
    task = declare(Study.parse(written).task)["topics"]
    examples = load_examples(task, "test", "de", Place(cache=tmp_path / "cache"))
    assert [(one.text, one.label) for one in examples[:2]] == [(GERMAN[0], "health"), (GERMAN[1], "travel")]


def test_one_configuration_is_in_the_language_of_its_script_or_of_lang(cli: Cli, root: Path) -> None:
    columns = {"text": JAPANESE, "label": ["a", "b", "a", "b"]}
    put(root, "someone/mails", {"default": {"train": columns, "test": columns}})
    status, out, err = cli("--hub", "someone/mails", "--revision", COMMIT)
    assert (status, err) == (0, "") and 'taken for "ja" by its text' in out
    table = tomllib.loads(Path("study.toml").read_text(encoding="utf-8"))["task"]["mails"]
    assert table["languages"] == ["ja"] and "config" not in table
    columns = {"text": GERMAN, "label": ["a", "b", "a", "b"]}
    put(root, "someone/notes", {"default": {"train": columns, "test": columns}})
    status, _, err = cli("--hub", "someone/notes", "--revision", COMMIT, "--force")
    assert status == 2 and "someone/notes: neither a name nor its text says its language" in err and "--lang TAG" in err
    assert cli("--hub", "someone/notes", "--revision", COMMIT, "--force", "--lang", "de")[0] == 0


def test_a_column_of_languages_is_one(cli: Cli, root: Path, tmp_path: Path) -> None:
    columns = {"text": [*ENGLISH, *GERMAN], "label": 4 * ["a", "b"], "language": [*4 * ["en"], *4 * ["de"]]}
    put(root, "someone/both", {"default": {"train": columns, "test": columns}})
    status, _, err = cli("--hub", "someone/both", "--revision", COMMIT)
    assert (status, err) == (0, "")
    written = tomllib.loads(Path("study.toml").read_text(encoding="utf-8"))
    table = written["task"]["both"]
    assert table["columns"]["language"] == "language" and sorted(table["languages"]) == ["de", "en"]
    task = declare(Study.parse(written).task)["both"]
    assert [one.text for one in load_examples(task, "test", "de", Place(cache=tmp_path / "cache"))] == GERMAN


def test_what_cannot_be_known_is_asked_for(cli: Cli, root: Path) -> None:
    columns = {"text": ENGLISH, "label": ["a", "b", "a", "b"]}
    put(root, "someone/two", {name: {"train": columns, "test": columns} for name in ("plain_text", "formatted_text")})
    for words, told in (
        (("--hub", "someone/two"), "which commit is meant cannot be asked"),
        (
            ("--hub", "someone/two", "--revision", COMMIT),
            "no languages: plain_text, formatted_text\n  remedy: say which",
        ),
        (("--hub", "someone/two", "--revision", COMMIT, "--config", "plain"), 'did you mean "plain_text"?'),
        (("--hub", "someone/none", "--revision", COMMIT), "has no someone/none"),
        (("--revision", COMMIT, "x.csv"), "--revision: goes with --hub"),
        (("--hub", "someone/two", "x.csv"), "files and a data set of the hub at once"),
        ((), "nothing to draft from"),
    ):
        status, _, err = cli(*words)
        assert status == 2 and told in err, err
    words = ("--hub", "someone/two", "--revision", COMMIT, "--config", "plain_text", "--lang", "en")
    assert cli(*words)[0] == 0
    assert tomllib.loads(Path("study.toml").read_text(encoding="utf-8"))["task"]["two"]["config"] == "plain_text"
