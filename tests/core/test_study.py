"""A study file: what is right is read, what is wrong is told with its key and the nearest right one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.core.errors import UserError
from stepstone.core.study import Study

SMALL: dict[str, Any] = {"name": "small", "models": ["m"], "target": {"xnli": {}}}


def _told(table: dict[str, Any]) -> str:
    with pytest.raises(UserError) as caught:
        Study.parse(table, where="small.toml")
    return str(caught.value)


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_bytes(b'\xef\xbb\xbfname = "small"\r\nmodels = ["m"]\r\n[target.xnli]\r\nlanguages = ["en", "ja"]\r\n')
    assert Study.load(path).target["xnli"].languages == ("en", "ja")


def test_norwegian_is_a_language_and_not_a_no() -> None:
    assert Study.parse({**SMALL, "languages": ["no"]}).languages == ("no",)
    assert "languages.0" in _told({**SMALL, "languages": [False]})


def test_every_mistake_is_told_with_its_key_and_the_nearest_right_name() -> None:
    told = _told(
        {
            "name": "small",
            "models": ["m"],
            "seed": [1],
            "languages": ["en", "jp"],
            "target": {"xnli": {"lnguages": ["en"], "recipe": {"learning_rte": 1.0}}},
            "intermediate": {"nli": {"tasks": {"en": "mnli"}, "num_examples": 0}},
        }
    )
    assert 'seed: no such key; did you mean "seeds"?' in told
    assert 'target.xnli.lnguages: no such key; did you mean "languages"?' in told
    assert 'learning_rte: no such key; did you mean "learning_rate"?' in told
    assert 'languages.1: no language has the code "jp"' in told
    assert "intermediate.nli.num_examples" in told


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seeds": [1, 1]}, "are listed more than once"),
        ({"seeds": [3, -1]}, "seeds.1: a seed is a whole number from 0 to 4294967295, not -1"),
        ({"seeds": [2**32]}, "seeds.0: a seed is a whole number from 0 to 4294967295, not 4294967296"),
        ({"seeds": [True]}, "seeds.0: a seed is a whole number from 0 to 4294967295, not True"),
        ({"seeds": [1.0]}, "seeds.0: a seed is a whole number from 0 to 4294967295, not 1.0"),
        ({"lab": {"seed": -1}}, "lab.seed: a seed is a whole number"),
        ({"seeds": []}, "seeds: should have at least 1 item, not []"),
        ({"models": []}, "models"),
        ({"models": "xlm-roberta-base"}, "models: should be a list, not 'xlm-roberta-base'"),
        ({"recipe": 3}, "recipe: should be a table, not 3"),
        ({"target": {"xnli": 3}}, "target.xnli: should be a table, not 3"),
        ({"question": 3}, "question: should be a text, not 3"),
        ({"seedz": [1]}, "docs/study_file.md lists every key"),
        ({"target": {}}, "target"),
        ({"intermediate": {"a": {"tasks": {"en": "mnli"}, "after": "b"}}}, 'no intermediate "b"'),
        (
            {
                "intermediate": {
                    "a": {"tasks": {"en": "mnli"}, "after": "b"},
                    "b": {"tasks": {"en": "squad"}, "after": "a"},
                }
            },
            "is a circle",
        ),
        ({"model": {"m": {"hub": "a/b"}}}, "pinned revision"),
        ({"model": {"m": {"hub": "a/b", "revision": "0a1b2c", "folder": "d"}}}, "give one of"),
        ({"model": {"m": {"scratch": {"text": "text", "langages": ["en"]}}}}, 'did you mean "languages"?'),
        (
            {"model": {"m": {"scratch": {"text": "text", "languages": ["en"], "pretraining": {"num_stps": 1}}}}},
            'did you mean "num_steps"?',
        ),
    ],
)
def test_a_mistake_is_told(change: dict[str, Any], message: str) -> None:
    assert message in _told({**SMALL, **change})


def test_a_wrong_item_does_not_make_its_list_empty() -> None:
    assert "at least 1 item" not in _told({**SMALL, "seeds": [-1]})


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"name = ", "is not TOML"), (b'name = "\xff"', "is not UTF-8"), (None, "no study file")],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "broken.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        Study.load(path)
    assert "broken.toml" in str(caught.value)


ASKED = {
    "name": "s",
    "models": ["xlm-roberta-base"],
    "intermediate": {"nli": {"tasks": {"en": "mnli", "ja": "jnli"}}},
    "target": {"xnli": {}},
}


@pytest.mark.parametrize(
    ("primary", "message"),
    [
        ({"intermediate": "nil"}, r'primary\.intermediate: no intermediate "nil"; did you mean "nli"'),
        ({"language": "de"}, r'primary\.language: "de" is not among en, ja'),
        ({"against": "control"}, r'primary\.against: "control" is not among none, en, ja'),
        ({"target": "xquad"}, r'primary\.target: "xquad" is not among xnli'),
        ({"against": "ja"}, r"primary\.against: is the language itself"),
    ],
)
def test_a_primary_comparison_names_what_the_study_has(primary, message) -> None:
    whole = {"intermediate": "nli", "language": "ja", "target": "xnli", **primary}
    with pytest.raises(UserError, match=message):
        Study.parse({**ASKED, "primary": whole})
    assert Study.parse({**ASKED, "primary": {"intermediate": "nli", "language": "ja", "target": "xnli"}}).primary


def test_a_margin_and_what_power_reckons_with_are_positive() -> None:
    for table in ({"margin": 0}, {"power": {"gain": 0}}, {"power": {"share": 1}}, {"power": {"seed_sd": -1}}):
        with pytest.raises(UserError, match=r"greater than 0|less than 1"):
            Study.parse({**ASKED, **table})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"intermediate": {"nli": {"tasks": {"en": "mnli"}, "num_examples": True}}}, "intermediate.nli.num_examples"),
        ({"intermediate": {"nli": {"tasks": {"en": "mnli"}, "num_examples": "300"}}}, "intermediate.nli.num_examples"),
        ({"recipe": {"batch_size": True}}, "recipe: batch_size: should be a number, not True"),
        ({"target": {"xnli": {"recipe": {"freeze_embeddings": "yes"}}}}, "freeze_embeddings: should be true or false"),
        ({"num_shots": [0, True]}, "num_shots.1: should be a number, not True"),
        ({"margin": "0.5"}, "margin: should be a number, not '0.5'"),
    ],
)
def test_a_truth_value_or_a_text_is_no_number(change: dict[str, Any], message: str) -> None:
    assert message in _told({**SMALL, **change})


def test_what_is_read_in_several_ways_is_still_read() -> None:
    study = Study.parse({**SMALL, "margin": 1, "claims": "turc2021", "probes": {"text_similarity": True}})
    assert study.margin == 1.0 and study.claims == ("turc2021",) and study.probes.text_similarity is not None
