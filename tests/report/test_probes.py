"""Probes in the frame, in the data files and on the page: values, changes from the encoder, gaps."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from framed import misfits
from invented import LINES
from stepstone.evidence.compare import compare
from stepstone.evidence.frame import collect
from stepstone.evidence.probes import COLUMNS, over_layers
from stepstone.planning.plan import Plan
from stepstone.report.drawing import with_names
from stepstone.report.files import data_files
from stepstone.report.probes import layer_figures, probe_blocks, probe_rows


@pytest.fixture
def probed(data: Path, make_plan: Callable[..., Plan]) -> Plan:
    for language in ("en", "de"):
        path = data / "text" / "own" / f"{language}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("d.0\tThe ferry leaves.\n")
    pairs = {"task": "tatoeba", "languages": ["de"]}
    probes = {"mlm": {"task": "text", "languages": ["en", "de"]}, "layers": pairs, "alignment": pairs}
    return make_plan(target={"xnli": {}}, languages=["en", "de"], probes=probes)


def results(cell) -> dict[str, object]:
    """Fine-tuning costs half a nat more with every seed, and moves the best layer down."""
    if cell.checkpoint == "encoder":
        return {"loss": 2.0, "retrieval": [10.0, 60.0, 80.0], "alignment": [5.0, 40.0, 60.0]}
    return {"loss": 2.0 + 0.5 * cell.seed, "retrieval": [20.0, 70.0, 30.0], "alignment": [10.0, 45.0, 20.0]}


@pytest.fixture
def frame(probed: Plan, store, fill) -> pd.DataFrame:
    done = set()
    for cell in probed.probe_cells:
        # One value is not there.
        if (cell.condition, cell.target, cell.language, cell.seed) == ("nli.ja", "xnli", "en", 2):
            continue
        if cell.key not in done:
            fill(probed.stages[cell.key], **results(cell))
            done.add(cell.key)
    return collect(probed, store)


def test_a_change_is_from_the_encoder_in_the_same_place(frame: pd.DataFrame) -> None:
    table = probe_rows(frame)
    assert list(table.columns) == list(COLUMNS) and misfits("probes", table) == []
    loss = table[(table["measure"] == "mlm_loss") & (table["checkpoint"] == "target") & (table["language"] == "de")]
    assert set(zip(loss["seed"], loss["change"], strict=True)) == {(1, 0.5), (2, 1.0)} and loss["layer"].isna().all()
    layers = table[(table["measure"] == "retrieval") & (table["checkpoint"] == "intermediate")]
    assert set(zip(layers["layer"], layers["change"], strict=True)) == {(0, 10.0), (1, 10.0), (2, -50.0)}
    assert (table.loc[table["checkpoint"] == "encoder", "change"] == 0).all()
    missing = table[table["value"].isna()]
    assert list(missing["condition"]) == ["nli.ja"] and missing["change"].isna().all()


def test_over_layers_the_best_is_compared_with_the_encoder_s_own_best(frame: pd.DataFrame) -> None:
    table = probe_rows(frame)
    rows = table[(table["measure"] == "retrieval") & (table["condition"] == "nli.ja")]
    both = pd.concat([table[(table["checkpoint"] == "encoder") & (table["measure"] == "retrieval")], rows])
    best, mean = over_layers(both, "max"), over_layers(both, "mean")
    assert set(best.loc[best["checkpoint"] == "target", "change"]) == {-10.0}
    assert set(mean.loc[mean["checkpoint"] == "target", "change"]) == {-10.0} and len(mean) == 6


@pytest.mark.slow
def test_the_page_has_a_table_for_each_measure_and_a_row_for_each_checkpoint(frame: pd.DataFrame, probed: Plan) -> None:
    blocks = probe_blocks(frame, probed.study)
    assert len(blocks) == 4 and blocks[0].title.startswith("Loss of masked language modelling on text")
    assert blocks[0].head == ("en", "de", "all languages")
    ((model, lines),) = blocks[0].groups
    shown = {line.label: [(entry.text, entry.detail) for entry in line.entries] for line in lines}
    assert model == "alpha" and shown["the encoder itself"] == [("2.00", "")] * 3
    assert shown["nli in en"] == [("2.75", "+0.75 (0.50 to 1.00)")] * 3
    assert [text for text, _ in shown["xnli, nli in ja"]] == ["gap", "2.75", "gap"]
    assert set(shown) >= {"nli in ja", "xnli, no intermediate task", "xnli, nli in en"}
    figures = with_names(layer_figures(frame, probed.study))
    assert [figure.name for figure in figures] == ["layers_retrieval_alpha_tatoeba", "layers_alignment_alpha_tatoeba"]
    assert 'aria-label="the encoder itself, layer 1: 60.0"' in figures[0].svg


def test_an_earlier_task_s_change_is_from_its_score_after_its_own_training(
    data: Path,
    make_plan: Callable[..., Plan],
    store,
    fill,
) -> None:
    for split in ("train", "dev"):
        (data / f"snli_1.0_{split}.jsonl").write_text(LINES)
    chain = {"xnli": {"train": ["snli", "mnli"]}}
    planned = make_plan(
        seeds=[1], intermediate={}, target=chain, languages=["en", "de"], probes={"earlier_tasks": True}
    )
    for cell, value in zip(planned.probe_cells, (80.0, 65.0), strict=True):
        spec = planned.stages[cell.key].spec
        names = {"metric": spec.metric, "definition": spec.definition, "main": "accuracy", "num_examples": 2}
        fill(planned.stages[cell.key], scores={**names, "values": {"accuracy": value}})
    frame = collect(planned, store)
    assert list(probe_rows(frame)["change"]) == [0.0, -15.0] and set(probe_rows(frame)["num_examples"]) == {2}
    (block,) = probe_blocks(frame, planned.study)
    ((_, lines),) = block.groups
    assert block.title.startswith("snli") and [line.label for line in lines] == [
        "xnli:snli, no intermediate task",
        "xnli, no intermediate task",
    ]
    assert lines[1].entries[0].detail == "−15.00"


@pytest.mark.slow
def test_the_files_hold_every_value_and_their_dictionary_every_column(frame: pd.DataFrame, probed: Plan) -> None:
    files = data_files(frame, compare(frame, probed.study), probed.study)
    table = pd.read_csv(io.BytesIO(files["probes.csv"]))
    assert len(table) == len(probe_rows(frame)) and math.isclose(table["value"].max(), 80.0)
    typed = pd.read_parquet(io.BytesIO(files["probes.parquet"]))
    assert list(typed.columns) == list(table.columns) and str(typed["layer"].dtype) == "Int64"
    known = pd.read_csv(io.BytesIO(files["dictionary.csv"]))
    assert set(known.loc[known["file"] == "probes.csv", "column"]) == {*COLUMNS, "lab"}


@pytest.mark.slow
def test_a_study_without_probes_has_no_file_and_no_table_of_them(make_plan: Callable[..., Plan], store) -> None:
    plain = make_plan()
    frame = collect(plain, store)
    assert probe_blocks(frame, plain.study) == [] and not list(layer_figures(frame, plain.study))
    assert "probes.csv" not in data_files(frame, compare(frame, plain.study), plain.study)
