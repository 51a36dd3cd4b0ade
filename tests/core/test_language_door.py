"""Any language is let in: its spellings are one tag, and what is no language is answered with the nearest one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.own import declare
from stepstone.core.errors import UserError
from stepstone.core.language import LANGUAGES, language
from stepstone.core.lineage import LINEAGES, source_of
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.core.tag import canonical, find_tag
from stepstone.core.word_order import NO_DOMINANT, ORDERS
from stepstone.data.find import find_split_files
from stepstone.data.load import load_examples
from stepstone.evidence.frame import collect
from stepstone.lab.profiles import PROFILES
from stepstone.planning.plan import plan
from stepstone.planning.rehearse import left_out, rehearse
from stepstone.report.labels import language_label
from stepstone.scoring.text import normalize_mlqa
from stepstone.store.store import Store

TASK: dict[str, Any] = {"family": "classification", "labels": ["yes", "no"], "columns": {"text": "text"}}
RECIPE = {"selection": "last", "num_steps": 2, "batch_size": 4}
ROWS = "text,label\nThe ferry leaves.,yes\nNobody sails.,no\n"


def study_of(task: dict[str, Any], **changes: Any) -> Study:
    table = {"name": "own", "models": ["m"], "model": {"m": {"hub": "a/b", "revision": "0a1b2c"}}, "recipe": RECIPE}
    return Study.parse({**table, "task": {"own": TASK | task}, "target": {"own": {}}, **changes}, where="own.toml")


def planned(task: dict[str, Any], **changes: Any) -> dict[str, str]:
    """Languages that are scored, with their groups."""
    return {cell.language: cell.group for cell in plan(study_of(task, **changes), Place(use_hub=False)).cells}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.csv").write_text(ROWS, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        *[
            (code, code)
            for code in ("sv", "ha", "ig", "quy", "zh-Hant", "zh-Hans", "pt-BR", "sr-Latn", "no", "da", "tw")
        ],
        *[("iw", "he"), ("in", "id"), ("EN", "en"), ("eng", "en"), ("pt_BR", "pt-BR"), ("zh_Hant_TW", "zh-Hant")],
        *[("zh-CN", "zh-Hans"), ("zho_Hans", "zh-Hans"), ("zh-TW", "zh-Hant"), ("zh-HK", "zh-Hant-HK"), ("cmn", "zh")],
        *[
            ("swh_Latn", "sw"),
            ("pes_Arab", "fa"),
            ("kor_Hang", "ko"),
            ("fil", "tl"),
            ("sr-RS", "sr-Cyrl"),
            ("fre", "fr"),
        ],
    ],
)
def test_the_spellings_of_a_language_are_one_tag(written: str, tag: str) -> None:
    assert canonical(written) == tag and canonical(tag) == tag


def test_the_codes_of_the_catalogue_are_tags_as_they_are() -> None:
    assert [canonical(code) for code in LANGUAGES] == list(LANGUAGES)
    assert [canonical(code) for code in LINEAGES] == list(LINEAGES) and not set(LANGUAGES) & set(LINEAGES)
    assert all(language(code).script and language(code).iso3 for code in LINEAGES)


def test_families_and_genera_are_those_of_wals_and_say_where_they_were_read() -> None:
    known = {code: language(code).genus for code in ("sw", "ee", "ak", "luo", "bzd", "mos", "bbj", "tr")}
    assert known == {
        **{"sw": "Bantu", "ee": "Gbe", "ak": "Tano", "luo": "Western Nilotic", "bzd": "Western Isthmic Chibchan"},
        **{"mos": "Oti-Volta", "bbj": "Wide Grassfields", "tr": "Turkic"},
    }
    families: dict[str, set[str]] = {}
    for code in (*LANGUAGES, *LINEAGES):
        families.setdefault(language(code).genus, set()).add(language(code).family)
    assert all(len(found) == 1 for found in families.values()), "a genus belongs to one family"
    assert {code for code in (*LANGUAGES, *LINEAGES) if source_of(code) != source_of("en")} == {
        *("ang", "arq", "bbj", "orv", "swg")
    }


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        *[("jp", 'did you mean "ja"?'), ("cz", 'did you mean "cs"?'), ("German", 'did you mean "de"?')],
        *[("englsh", 'did you mean "en"?'), ("en-EN", 'did you mean "en"?'), ("svv", 'did you mean "sv"?')],
        *[("default", "give a BCP 47 tag"), ("mul", "names no one language"), ("all", "names no one language")],
        *[("xx", "give a BCP 47 tag"), ("", "give a BCP 47 tag")],
    ],
)
def test_what_is_no_language_is_answered_with_key_and_nearest(written: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        study_of({"files": {"test": {"en": "a.csv"}}}, languages=["en", written])
    message = str(caught.value)
    assert f'own.toml: the study has mistakes\n  languages.1: no language has the code "{written}"' in message
    assert hint in message


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"source_language": "jp"}, "source_language"),
        ({"groups": {"a": ["jp"]}}, "groups.a.0"),
        ({"intermediate": {"nli": {"tasks": {"jp": "jnli"}}}}, "intermediate.nli.tasks.jp"),
        ({"language": {"jp": {"family": "Japonic"}}}, "language.jp"),
    ],
)
def test_every_place_that_takes_a_language_says_so(change: dict[str, Any], key: str) -> None:
    with pytest.raises(UserError, match=key) as caught:
        study_of({"files": {"test": {"en": "a.csv"}}}, **change)
    assert 'did you mean "ja"?' in str(caught.value)


@pytest.mark.parametrize(
    "task",
    [
        {"files": {"test": {"zh-CN": "a.csv", "zho_Hans": "b.csv"}}},
        {"files": {"test": "{language}.csv"}, "languages": ["zh-CN", "zho_Hans"]},
    ],
)
def test_one_language_is_not_given_twice(task: dict[str, Any]) -> None:
    with pytest.raises(UserError, match='"zh-CN" and "zho_Hans" are both zh-Hans: give one of them'):
        study_of(task)


def test_another_script_is_another_language_and_another_region_is_not() -> None:
    assert find_tag("zh-Hans", ("en", "zh")) == "zh" and find_tag("zh-Hant", ("en", "zh")) is None
    assert (
        find_tag("pt-BR", ("pt",)) == "pt"
        and find_tag("sr-Latn", ("sr",)) is None
        and find_tag("sr", ("sr-Cyrl",)) == "sr-Cyrl"
    )
    assert find_tag("pt-BR", ("pt-PT",)) is None and find_tag("pt", ("pt-BR", "pt-PT")) is None


def test_files_are_found_as_the_study_spells_their_languages(here: Path) -> None:
    written = ["sv", "hau", "zh_CN", "zh-TW", "pt_BR", "iw"]
    for tag in written:
        (here / f"test-{tag}.csv").write_text(ROWS, "utf-8")
    task = {"files": {"train": {"en": "train.csv"}, "test": "test-{language}.csv"}, "languages": written}
    groups = planned(task)
    assert groups == {
        "ha": "West Chadic",
        "he": "Semitic",
        "pt-BR": "Romance",
        "sv": "Germanic",
        "zh-Hans": "Chinese",
        "zh-Hant": "Chinese",
    }


def test_a_column_of_languages_may_spell_them_as_it_likes(here: Path) -> None:
    rows = "text,label,lang\nEtt.,yes,swe\nTvå.,no,sv-SE\n一。,yes,zh_CN\n二。,no,zh-Hans\n"
    (here / "test.csv").write_text(rows, "utf-8")
    own = {"files": {"test": "test.csv"}, "languages": ["sv", "zh-CN"], "columns": {"text": "text", "language": "lang"}}
    task = declare(study_of(own).task)["own"]
    place = Place(cache=here / "cache", use_hub=False)
    assert [len(load_examples(task, "test", code, place)) for code in ("sv", "zh-Hans")] == [2, 2]
    (here / "test.csv").write_text(rows + "Drei.,yes,german\n", "utf-8")
    with pytest.raises(UserError, match=r'test\.csv, line 6.*the column "lang": no language has the code "german"'):
        load_examples(task, "test", "sv", place)


def test_the_catalogue_is_asked_by_any_spelling(here: Path) -> None:
    for name in ("test-sv.csv", "test-zh_CN.csv"):
        (here / name).write_text(ROWS, "utf-8")
    study = study_of(
        {"files": {"train": {"en": "train.csv"}, "test": {"sv": "test-sv.csv", "zh-CN": "test-zh_CN.csv"}}},
        languages=["swe", "zh_CN"],
        target={"own": {"source_language": "en-US"}, "xnli": {"source_language": "eng"}},
    )
    cells = plan(study, Place()).cells
    assert {(cell.target, cell.language) for cell in cells} == {("own", "sv"), ("own", "zh-Hans"), ("xnli", "zh")}


def test_what_a_study_says_of_a_language_stands_in_its_tables(here: Path, tmp_path: Path) -> None:
    said = {"qaa": {"name": "Ferrish", "family": "Nautic", "genus": "Harbour", "script": "Latin"}}
    task = {"files": {"train": {"en": "train.csv"}, "test": {"qaa": "train.csv"}}}
    study = study_of(task, language=said)
    found = plan(study, Place(use_hub=False))
    row = collect(found, Store(tmp_path / "store")).iloc[0]
    assert (row["language"], row["group"], row["family"], row["genus"]) == ("qaa", "Harbour", "Nautic", "Harbour")
    with pytest.raises(UserError, match=r"language\.qaa\.genius: no such key; did you mean .genus"):
        study_of(task, language={"qaa": {"genius": "Harbour"}})


def test_a_language_of_unknown_genus_is_in_a_group_of_its_own() -> None:
    assert (
        language("tlh").family == "unknown" and study_of({"files": {"test": {"en": "a"}}}).group_of("tlh") == "Klingon"
    )


def test_a_rehearsal_takes_what_the_lab_has_and_says_what_it_has_not() -> None:
    files = {"train": {"en-US": "a.csv"}, "test": dict.fromkeys(("sv", "ha", "zh-CN", "zh-TW", "pt-BR"), "b.csv")}
    study = study_of({"files": files}, source_language="en-US")
    assert left_out(study) == ("ha", "sv", "zh-Hant")
    twin = rehearse(study)
    assert {cell.language for cell in plan(twin).cells} == {"zh", "pt"}
    assert language_label("pt-BR", twin) == "pt-BR-like"
    with pytest.raises(UserError, match=r"target own: any of its languages \(sv\)"):
        rehearse(study_of({"files": {"train": {"en": "a.csv"}, "test": {"sv": "b.csv"}}}))


def test_answers_in_both_chinese_scripts_are_cut_into_characters() -> None:
    assert normalize_mlqa("风车", "zh-Hans") == "风 车" and normalize_mlqa("風車", "zh-Hant") == "風 車"
    assert normalize_mlqa("das Boot", "de-AT") == "boot"


def test_tatoeba_is_found_under_the_codes_of_its_release(tmp_path: Path) -> None:
    from stepstone.catalogue.catalogue import BUILT_IN

    task = BUILT_IN.task("tatoeba_laser")
    assert {"sv", "be", "yue", "am", "nb"} <= set(task.languages["test"]) and len(task.languages["test"]) == 111
    for code, name in (("sv", "swe"), ("lv", "lvs"), ("ms", "zsm")):
        (tmp_path / f"tatoeba.{name}-eng.{name}").write_text("Ett.\nTvå.\n", "utf-8")
        (tmp_path / f"tatoeba.{name}-eng.eng").write_text("One.\nTwo.\n", "utf-8")
        place = Place(folders=(tmp_path,), use_hub=False)
        assert find_split_files(task, "test", code, place) and len(load_examples(task, "test", code, place)) == 2


def test_orders_of_words_are_of_known_languages_and_the_lab_s_are_those_that_have_a_dominant_one() -> None:
    assert set(ORDERS) <= {*LANGUAGES, *LINEAGES}
    known = {code: ORDERS[code] for code in PROFILES if ORDERS.get(code, NO_DOMINANT) != NO_DOMINANT}
    assert len(known) > 30
    assert {code for code, order in known.items() if PROFILES[code].order != order} == set()


def test_a_language_with_a_script_or_a_region_has_its_word_order_and_a_study_states_what_is_not_known() -> None:
    assert [language(code).word_order for code in ("ar", "sr-Latn", "pt-BR", "kk")] == ["VSO", "SVO", "SVO", "unknown"]
    own = {"name": "own", "models": ["mbert"], "target": {"xnli": {}}, "language": {"kk": {"word_order": "SOV"}}}
    study = Study.parse(own)
    assert study.language_of("kk").word_order == "SOV"


@pytest.mark.parametrize(
    ("tag", "script"), [("azb", "Arabic"), ("pbt", "Arabic"), ("grc", "Greek"), ("orv", "Cyrillic")]
)
def test_a_script_that_cldr_does_not_know_is_not_latin(tag: str, script: str) -> None:
    assert language(tag).script == script
    assert find_tag("azb", ["azb-Arab", "en"]) == "azb-Arab" and canonical("azb_Arab") == "azb-Arab"


def test_a_tag_of_private_use_alone_names_no_language() -> None:
    with pytest.raises(UserError, match='no language has the code "x-foo"'):
        language("x-foo")
    assert language("en-x-foo").script == "Latin"
