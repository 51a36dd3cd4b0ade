"""What a ladder of models promises: its models are there, pretrained alike, and in order of size."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from stepstone.catalogue.catalogue import BUILT_IN, Catalogue
from stepstone.catalogue.own_models import declare_model
from stepstone.cli.listing import list_rows
from stepstone.core.errors import UserError
from stepstone.core.ladder import Ladder
from stepstone.core.model import HubModel, ModelEntry, ScratchModel
from stepstone.report.ladders import SHARED

LADDER = """
from stepstone.core.ladder import Ladder

ladder = Ladder(
    name="mine", title="Mine", models=("xlm-roberta-base", "xlm-roberta-large"), tokenizer="one", languages="two",
    tokens="much", objective="masked language modelling",
)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(LADDER, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", BUILT_IN.ladders())
def test_a_ladder_says_what_its_models_share_and_where_that_was_read(name: str) -> None:
    ladder = BUILT_IN.ladder(name)
    assert ladder.name == name
    assert set(ladder.evidence) == {key for key in SHARED if getattr(ladder, key)} and all(ladder.evidence.values())
    sizes = [BUILT_IN.model(model).num_parameters or 0 for model in ladder.models]
    assert sizes == sorted(sizes) and sizes[0] > 0


@pytest.mark.parametrize("name", BUILT_IN.ladders())
def test_the_models_of_a_ladder_read_one_vocabulary(name: str) -> None:
    models = [BUILT_IN.model(model) for model in BUILT_IN.ladder(name).models]
    shapes = {model.architecture.vocab_size for model in models if model.architecture}  # type: ignore[union-attr]
    # The tables of XLM-R XL and XXL have rows that no piece has.
    assert len(shapes) == 1 or shapes == {250_002, 250_880}


def test_the_lab_s_ladder_differs_in_size_alone() -> None:
    models = [BUILT_IN.model(name) for name in BUILT_IN.ladder("lab").models]
    assert len(models) >= 6
    shape = {"name", "hidden_size", "num_layers", "num_heads", "initializer_range"}
    shared = []
    for model in models:
        assert isinstance(model, ScratchModel)
        shared.append(model.model_dump(exclude=shape))
        # New weights are as narrow for a width as the small one's are for its own.
        assert model.initializer_range == pytest.approx(0.06 * (128 / model.hidden_size) ** 0.5, abs=0.001)
    assert all(other == shared[0] for other in shared)


def test_a_ladder_of_a_user_s_folder_is_found_and_listed(folder: Path) -> None:
    catalogue = Catalogue.open([folder])
    assert catalogue.ladder("mine").models == ("xlm-roberta-base", "xlm-roberta-large")
    rows = [row for row in list_rows("ladders", catalogue) if row["ladder"] == "mine"]
    assert [(row["model"], row["layers"], row["positions"]) for row in rows] == [
        ("xlm-roberta-base", 12, 512),
        ("xlm-roberta-large", 24, 512),
    ]
    assert rows[0]["without embeddings"] == 85_645_056 and "span" in rows[0]["families"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            '"xlm-roberta-base"',
            '"xlm-roberta-bas"',
            '(?s)mine: models: no model is called.*did you mean "xlm-roberta-b',
        ),
        ('"xlm-roberta-base", "xlm-roberta-large"', '"xlm-roberta-large", "mbert"', "(?s)not in order of size.*mbert"),
        ("tokens=", "token=", 'Ladder: token: no such key; did you mean "tokens"'),
    ],
)
def test_a_mistake_in_a_ladder_is_told_when_the_folder_is_opened(folder: Path, old: str, new: str, told: str) -> None:
    (folder / "mine.py").write_text(LADDER.replace(old, new), encoding="utf-8")
    with pytest.raises(UserError, match=told):
        Catalogue.open([folder])


def test_a_model_stands_on_one_rung() -> None:
    facts = dict.fromkeys(("name", "title", "tokenizer", "languages", "tokens", "objective"), "x")
    with pytest.raises(ValidationError, match="more than once"):
        Ladder(**facts, models=("a", "a"))  # type: ignore[arg-type]


def test_an_unknown_ladder_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r'(?s)no ladder is called "etin".*did you mean "ettin"'):
        BUILT_IN.ladder("etin")


def test_the_list_of_models_names_their_ladder() -> None:
    ladders = {row["name"]: row["ladder"] for row in list_rows("models")}
    assert ladders["mmbert-base"] == "mmbert" and ladders["mbert"] is None


def test_a_model_without_a_known_commit_says_why() -> None:
    hub = [model for name in BUILT_IN.models() if isinstance(model := BUILT_IN.model(name), HubModel)]
    unknown = {model.name: model.evidence["revision"] for model in hub if model.revision is None}
    assert unknown and all("commit" in why and "read" in why for why in unknown.values())


def test_all_sizes_of_xlm_r_read_the_same_text_and_a_copy_or_another_commit_of_one_read_it_too() -> None:
    texts = [BUILT_IN.model(name).pretraining_text for name in BUILT_IN.ladder("xlm-r").models]
    assert all(text == texts[0] for text in texts)
    assert (texts[0]["en"], texts[0]["sw"], texts[0]["zh-Hant"]) == (300.8, 1.6, 16.6)
    commit = ModelEntry(hub="FacebookAI/xlm-roberta-base", revision="0a1b2c")
    assert declare_model("anew", commit).pretraining_text == texts[0]
    assert declare_model("xlm-roberta-base", ModelEntry(folder="copy")).pretraining_text == texts[0]
    assert declare_model("other", ModelEntry(folder="copy")).pretraining_text == {}


def test_a_study_states_what_a_model_was_pretrained_on_and_one_that_is_pretrained_here_is_refused() -> None:
    entry = ModelEntry(pretraining_text={"eng": 2.0, "ja": 1.0})
    assert declare_model("mmbert-base", entry).pretraining_text == {"en": 2.0, "ja": 1.0}
    assert BUILT_IN.model("lab-nano").pretraining_text["ja"] == BUILT_IN.model("lab-nano").pretraining_text["en"] > 0
    with pytest.raises(UserError, match=r"model\.lab-nano\.pretraining_text"):
        declare_model("lab-nano", entry)
    with pytest.raises(ValidationError, match="greater than 0"):
        ModelEntry(pretraining_text={"en": 0.0})
