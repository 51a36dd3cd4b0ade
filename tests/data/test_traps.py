"""Traps of particular releases, at the level of their tasks: each has cost somebody a wrong number."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.errors import UserError
from stepstone.core.example import TextExample
from stepstone.core.example_sides import PairExample
from stepstone.core.task import HubTable
from stepstone.data import gate
from stepstone.data.formats.log import Log
from stepstone.data.load import available, load_examples

from .conftest import DataFolder

PARSES = ["s1_binary", "s2_binary", "s1_parse", "s2_parse"]
NARROW = ["index", "captionID", "pairID", *PARSES, "sentence1", "sentence2", "label1", "gold_label"]
WIDE = [*NARROW[:-1], "label2", "label3", "label4", "label5", "gold_label"]


def refusal(data: DataFolder, task: str, split: str, language: str) -> str:
    with pytest.raises(UserError) as caught:
        load_examples(BUILT_IN.task(task), split, language, data.place)
    return str(caught.value)


def snli_row(names: list[str], gold: str) -> str:
    """A row whose other annotators say something else than the gold label."""
    told = {"sentence1": "A man rows.", "sentence2": "A man sits.", "gold_label": gold}
    return "\t".join(told.get(name, "neutral" if name.startswith("label") else "x") for name in names)


# GLUE


@pytest.mark.parametrize("header", [NARROW, WIDE], ids=["11 columns", "15 columns"])
def test_glues_rows_of_11_and_of_15_columns_give_the_gold_label(data: DataFolder, header: list[str]) -> None:
    rows = [snli_row(WIDE, "entailment"), snli_row(NARROW, "contradiction"), snli_row(WIDE, "-")]
    data.write("SNLI/dev.tsv", "\n".join(["\t".join(header), *rows]) + "\n")
    examples = load_examples(BUILT_IN.task("snli"), "dev", "en", data.place)
    assert [getattr(example, "label", None) for example in examples] == ["entailment", "contradiction"]
    assert getattr(examples[0], "text", None) == "A man rows."


def test_a_row_of_neither_width_is_told_with_its_line(data: DataFolder) -> None:
    rows = [snli_row(WIDE, "entailment"), snli_row(WIDE, "entailment") + "\tmore"]
    path = data.write("SNLI/dev.tsv", "\n".join(["\t".join(WIDE), *rows]) + "\n")
    assert refusal(data, "snli", "dev", "en").startswith(f"{path}, line 3 (snli dev, en): has 16 columns, not 11 or 15")


def test_rows_of_qqp_that_lack_columns_are_dropped_and_longer_ones_refused(data: DataFolder) -> None:
    header = "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate"
    data.write("QQP/train.tsv", f"{header}\n0\t1\t2\tWho?\tWhich?\t1\n7\t8\tbroken\n1\t3\t4\tWhy?\tHow?\t0\n")
    log = Log()
    examples = load_examples(BUILT_IN.task("qqp"), "train", "en", data.place, log)
    assert [example.id for example in examples] == ["0", "1"]
    assert log.skipped == {"rows with too few columns": 1}
    data.write("QQP/train.tsv", f"{header}\n0\t1\t2\tWho?\tWhich?\t1\tmore\n")
    assert "line 2" in refusal(data, "qqp", "train", "en")


def test_quotes_in_tab_separated_files_mean_nothing(data: DataFolder) -> None:
    data.write("pawsx/dev-en.tsv", '"Open\tAnd shut"\t1\nOne "\tTwo\t0\n')
    assert load_examples(BUILT_IN.task("pawsx"), "dev", "en", data.place) == [
        TextExample("0", '"Open', 'And shut"', "1"),
        TextExample("1", 'One "', "Two", "0"),
    ]


# Labels


def test_a_language_with_labels_of_its_own_is_refused_by_name(data: DataFolder) -> None:
    data.write("pawsx/dev-en.tsv", "A\tB\t1\nC\tD\t0\n")
    path = data.write("pawsx/dev-de.tsv", "A\tB\t1\nC\tD\tnein\n")
    assert len(load_examples(BUILT_IN.task("pawsx"), "dev", "en", data.place)) == 2
    told = refusal(data, "pawsx", "dev", "de")
    assert told.startswith(f'{path}, line 2 (pawsx dev, de): "nein" is not a label of this task')
    assert "remedy: labels: 0, 1" in told


def test_a_file_that_is_stripped_in_part_is_damaged(data: DataFolder) -> None:
    path = data.write("pawsx/test-de.tsv", "A\tB\t1\nC\tD\n")
    assert refusal(data, "pawsx", "test", "de").startswith(f"{path}, line 2 (pawsx test, de): has 2 columns, not 3")


def test_each_language_keeps_its_own_labels(data: DataFolder) -> None:
    for language, label in (("en", "0"), ("de", "1")):
        data.write(f"pawsx/test_labelled/test-{language}.tsv", f"A\tB\t{label}\n")
    found = {code: load_examples(BUILT_IN.task("pawsx"), "test", code, data.place) for code in ("en", "de")}
    assert [getattr(found[code][0], "label", None) for code in ("en", "de")] == ["0", "1"]


def test_norwegian_files_are_found_under_no(data: DataFolder) -> None:
    data.write("mlm/news/no.txt", "a\tnei\n")
    norwegian = BUILT_IN.task("text").model_copy(update={"languages": {"train": ("no",)}})
    assert available(norwegian, "train", "no", data.place) is None


# Retrieval


def test_gold_that_names_a_missing_sentence_is_told_with_its_line(data: DataFolder) -> None:
    data.write("zh-en.dev.zh", "zh-1\tx\n")
    data.write("zh-en.dev.en", "en-1\ty\n")
    path = data.write("zh-en.dev.gold", "zh-1\ten-1\nzh-9\ten-1\n")
    told = refusal(data, "bucc2018", "dev", "zh")
    assert told.startswith(f'{path}, line 2 (bucc2018 dev, zh): names "zh-9", which is in no corpus beside it')


def test_sentence_pairs_without_the_corpora_are_never_taken_for_bucc() -> None:
    # The hub's tables hold the gold pairs alone: finding a sentence among its kind is not mining.
    assert not any(isinstance(source, HubTable) for source in BUILT_IN.task("bucc2018").sources)


def test_lines_of_tatoeba_stay_paired_though_sentences_repeat_and_are_unsorted(data: DataFolder) -> None:
    data.write("tatoeba.deu-eng.deu", "Zwei\nEins\nZwei\n")
    data.write("tatoeba.deu-eng.eng", "Two\nOne\nA pair\n")
    assert load_examples(BUILT_IN.task("tatoeba"), "test", "de", data.place) == [
        PairExample("0", "Zwei", "Two"),
        PairExample("1", "Eins", "One"),
        PairExample("2", "Zwei", "A pair"),
    ]


# Archives


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_an_archive_of_too_many_members_is_refused(
    data: DataFolder, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "MAX_MEMBERS", 5)
    path = data.folder / f"many.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as opened:
            for number in range(9):
                opened.writestr(f"{number}", "")
    else:
        with tarfile.open(path, "w") as packed:
            for number in range(9):
                packed.addfile(tarfile.TarInfo(f"{number}"), io.BytesIO())
    told = refusal(data, "pawsx", "dev", "de")
    assert f"passed over: {path}: its member" in told and "is one of too many members" in told


def test_an_archive_that_holds_a_file_twice_is_refused(data: DataFolder) -> None:
    with zipfile.ZipFile(data.folder / "twice.zip", "w") as opened:
        opened.writestr("pawsx/dev-de.tsv", "A\tB\t1\n")
        with pytest.warns(UserWarning):
            opened.writestr("pawsx/dev-de.tsv", "A\tB\t0\n")
    assert 'twice.zip (pawsx dev, de): its member "pawsx/dev-de.tsv" stands in it twice' in refusal(
        data, "pawsx", "dev", "de"
    )
    assert not list(data.place.cache.rglob("dev-de.tsv")) or not list(data.place.cache.rglob("files"))


def test_a_refused_archive_is_told_even_for_data_that_is_not_in_it(data: DataFolder) -> None:
    with zipfile.ZipFile(data.folder / "bad.zip", "w") as opened:
        opened.writestr("../escape.tsv", "x")
    assert "leads out of the archive" in refusal(data, "xnli", "dev", "de")
    assert not (data.folder.parent / "escape.tsv").exists()
