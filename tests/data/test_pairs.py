"""Translations are paired with their originals by what they share, and what is lost is counted."""

from __future__ import annotations

import pytest

from stepstone.audit.check import check_task
from stepstone.audit.findings import finding_sentences, is_spotless
from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.originals import original_name, original_of
from stepstone.core.errors import UserError
from stepstone.core.example import Answer, SpanExample, TextExample
from stepstone.data.load import load_examples
from stepstone.data.pairs import pair_examples

from .conftest import DataFolder, Mirror

MNLI = [
    TextExample("0", "It rains.", "It is wet.", "entailment"),
    TextExample("1", "It rains.", "It is dry.", "contradiction"),
    TextExample("2", "He sat.", "He ate.", "neutral"),
]
XTREME = "XNLI/translate-train/en-{}-translated.tsv"


def told(examples: list[TextExample], language: str) -> list[TextExample]:
    """Their translations, in reverse order, with ids that name their originals."""
    return [
        TextExample(f"{place}@{original_name(one.texts.values())}", f"{language} {one.text}", one.pair, one.label)
        for place, one in enumerate(reversed(examples))
    ]


def test_texts_pair_translations_in_any_order() -> None:
    found = pair_examples(MNLI, told(MNLI, "de")[:2], "text")
    assert [(one.id, other.text) for one, other in found.pairs] == [("2", "de He sat."), ("1", "de It rains.")]
    assert found.lost == {"no translation": 1}
    assert [one.id for one in found.originals] == ["2", "1"] and len(found.translations) == 2


def test_originals_with_the_same_texts_are_paired_once_each() -> None:
    twice = [MNLI[0], TextExample("7", *list(MNLI[0].texts.values()), "entailment")]
    found = pair_examples(twice, told(twice, "de"), "text")
    assert [one.id for one in found.originals] == ["0", "7"] and not found.lost
    assert pair_examples(twice[:1], told(twice, "de"), "text").lost == {"no original": 1}


def test_a_pair_with_two_labels_is_lost_and_counted() -> None:
    other = [*MNLI[:2], TextExample("2", "He sat.", "He ate.", "entailment")]
    for by in ("id", "place"):
        found = pair_examples(MNLI, other, by)
        assert len(found.pairs) == 2 and found.lost == {"another label": 1}


def test_answers_are_not_compared_for_their_texts_are_translated() -> None:
    original = SpanExample("a", "Who?", "the fox", (Answer("fox", 4),))
    translation = SpanExample("a", "Wer?", "der Fuchs", (Answer("Fuchs", 4),))
    assert pair_examples([original], [translation], "id").pairs == ((original, translation),)


def test_nothing_is_paired_by_place_where_files_are_not_equally_long() -> None:
    with pytest.raises(UserError, match="2 translations for 3 originals, which nothing but their place pairs"):
        pair_examples(MNLI, MNLI[:2], "place")


def put_mnli(data: DataFolder) -> None:
    rows = [{"sentence1": one.text, "sentence2": one.pair, "gold_label": one.label} for one in MNLI]
    data.write_lines("multinli_1.0_train.jsonl", *rows)


def put_xtreme(data: DataFolder, *more: str) -> None:
    rows = [f"{one.text}\t{one.pair}\tes\tes {one.pair}\t{one.label}" for one in reversed(MNLI)]
    data.write(XTREME.format("es"), "\n".join([*rows, *more]).replace("contradiction", "contradictory") + "\n")


def test_xtreme_s_translations_name_their_originals(data: DataFolder) -> None:
    put_mnli(data)
    put_xtreme(data)
    task = BUILT_IN.task("xnli_translate_train")
    found = load_examples(task, "train", "es", data.place)
    assert [(one.text, one.pair, one.label) for one in found[1:2]] == [("es", "es It is dry.", "contradiction")]
    assert original_of(found[0].id) == original_name(("He sat.", "He ate."))
    assert len({one.cluster for one in found}) == 2
    (item,) = check_task(task, data.place).translated
    assert (item.translation, item.original) == ("xnli_translate_train train es", "mnli train en")
    assert item.num_pairs == 3 and not item.lost


def test_the_check_says_what_is_lost_and_warns_of_translations_without_an_original(data: DataFolder) -> None:
    put_mnli(data)
    put_xtreme(data)
    report = check_task(BUILT_IN.task("xnli_translate_train"), data.place)
    assert is_spotless(report)
    put_xtreme(data, "Who?\tHe.\tes\tes\tneutral")
    report = check_task(BUILT_IN.task("xnli_translate_train"), data.place)
    assert not is_spotless(report)
    line = "3 examples of xnli_translate_train train es are translations of mnli train en; 1 have no original"
    assert any(line in said for said in finding_sentences(report, data.place))


def test_xnli_s_own_translations_are_paired_by_place_and_compared_by_label(data: DataFolder) -> None:
    put_mnli(data)
    rows = [f"fr\tfr\t{label}" for label in ("entailment", "contradictory", "entailment")]
    data.write("XNLI-MT-1.0/multinli/multinli.train.fr.tsv", "\n".join(["premise\thypo\tlabel", *rows]) + "\n")
    (item,) = check_task(BUILT_IN.task("xnli"), data.place).translated
    assert (item.num_pairs, item.lost) == (2, {"another label": 1})


def test_files_of_unequal_length_are_a_warning_of_the_check_not_a_wrong_pair(data: DataFolder) -> None:
    data.write("x-final/en/train.tsv", "id\tsentence1\tsentence2\tlabel\n1\ta\tb\t0\n2\tc\td\t1\n")
    data.write("x-final/ja/translated_train.tsv", "id\tsentence1\tsentence2\tlabel\n1\tあ\tい\t0\n")
    report = check_task(BUILT_IN.task("pawsx"), data.place)
    assert report.translated[0].num_pairs == 0 and "1 translations for 2 originals" in report.translated[0].fault
    assert not is_spotless(report)


def test_squad_s_translations_keep_its_ids_and_lose_answers_that_are_not_found(data: DataFolder) -> None:
    answers = [{"text": "fox", "answer_start": 4}]
    asked = [{"id": name, "question": "Who?", "answers": answers} for name in ("a", "b", "c")]
    data.write_squad("train-v1.1.json", "the fox", *asked)
    kept = [{"text": "Fuchs", "answer_start": 4}]
    moved, gone = [{"text": "Fuchs", "answer_start": 5}], [{"text": "Fuchs", "answer_start": -1}]
    told = [
        {"id": name, "question": "Wer?", "answers": item} for name, item in zip("abc", (kept, moved, gone), strict=True)
    ]
    data.write_squad("squad.translate.train.en-de.json", "der Fuchs", *told)
    report = check_task(BUILT_IN.task("squad_translate_train"), data.place)
    (split,) = (item for item in report.splits if (item.split, item.language) == ("train", "de"))
    assert (split.num_examples, split.num_dropped, split.num_errors) == (1, 2, 0)
    assert (report.translated[0].num_pairs, report.translated[0].lost) == (1, {"no translation": 2})


def test_rows_of_paws_x_that_are_filled_wrongly_are_dropped(data: DataFolder) -> None:
    rows = ["a\tb\tあ\tい\t1", "a\tb\tあ\tい\tう", "a\tb\tあ"]
    data.write("PAWSX/translate-train/en-ja-translated.tsv", "\n".join(rows) + "\n")
    (example,) = load_examples(BUILT_IN.task("pawsx_translate_train"), "train", "ja", data.place)
    assert (example.text, example.pair, example.label) == ("あ", "い", "1")


ROWS = {
    "premise_original": [one.text for one in MNLI],
    "hypothesis_original": [one.pair for one in MNLI],
    "label": [0, 2, 1],
    "premise": ["雨だ。", "雨だ。", "座った。"],
    "hypothesis": ["濡れる。", "乾く。", "食べた。"],
}


@pytest.mark.slow
def test_a_translated_sample_has_its_originals_as_english(mirror: Mirror) -> None:
    from stepstone.stages.read import draw_examples  # opens torch, for this test alone

    mirror.put("MoritzLaurer/multilingual-NLI-26lang-2mil7", "data/ja_mnli-00000-of-00001-64b7.parquet", ROWS)
    mirror.put("MoritzLaurer/multilingual-NLI-26lang-2mil7", "data/ar_mnli-00000-of-00001-13de.parquet", ROWS)
    task = BUILT_IN.task("nli26_mnli_ja").model_copy(update={"rows": {"train": 3}})
    english, japanese = (mirror.load(task, "train", language) for language in ("en", "ja"))
    assert [(one.text, one.label) for one in japanese] == [
        ("雨だ。", "entailment"),
        ("雨だ。", "contradiction"),
        ("座った。", "neutral"),
    ]
    assert [(one.text, one.pair, one.label) for one in english] == [(one.text, one.pair, one.label) for one in MNLI]
    assert not pair_examples(english, japanese, "id").lost and not pair_examples(MNLI, japanese, "text").lost
    # A study that trains on two of them trains on the same two in both languages.
    assert [one.id for one in draw_examples(english, 2, seed=5)] == [
        one.id for one in draw_examples(japanese, 2, seed=5)
    ]


def test_a_downloaded_sample_is_read_as_the_table_is(mirror: Mirror, data: DataFolder) -> None:
    mirror.put("MoritzLaurer/multilingual-NLI-26lang-2mil7", "data/ja_mnli-00000-of-00001-64b7.parquet", ROWS)
    task = BUILT_IN.task("nli26_mnli").model_copy(update={"rows": {"train": 3}})
    file = next(mirror.folder.rglob("ja_mnli*.parquet"))
    data.write(f"data/{file.name}", file.read_bytes())
    assert load_examples(task, "train", "ja", data.place) == mirror.load(task, "train", "ja")
