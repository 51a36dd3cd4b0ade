"""Forgetting, planted: after plain fine-tuning an encoder predicts worse what it has learnt, and a study says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from invented import FILES
from stepstone.core.place import Place
from stepstone.core.recipe import Runtime
from stepstone.core.study import Study
from stepstone.evidence.frame import collect
from stepstone.pipeline.run import run
from stepstone.planning.plan import plan
from stepstone.report.page import report
from stepstone.report.probes import probe_rows
from stepstone.store.store import Store
from tiny import sentences

STUDY: dict[str, Any] = {
    "name": "forgetting",
    "models": ["own"],
    "languages": ["en", "de"],
    "model": {
        "own": {
            "scratch": {
                "text": "text",
                "languages": ["en", "de"],
                "vocab_size": 200,
                "hidden_size": 32,
                "num_layers": 2,
                "num_heads": 2,
                "max_positions": 48,
                "pretraining": {"num_steps": 300, "batch_size": 32, "max_length": 24, "learning_rate": 1e-2},
            }
        }
    },
    "recipe": {"max_length": 32, "num_steps": 40, "learning_rate": 3e-3, "batch_size": 8, "selection": "last"},
    "intermediate": {
        "nli": {
            "arms": {"en": "mnli:en", "en+mlm": ["mnli:en", {"task": "text", "language": ["en", "de"], "share": 0.5}]}
        }
    },
    "target": {"xnli": {}},
    "probes": {"mlm": {"task": "text", "num_examples": 60}, "layers": {"task": "tatoeba", "languages": ["de"]}},
}


@pytest.mark.trains
def test_fine_tuning_raises_the_loss_of_what_was_pretrained_and_a_mixture_with_text_keeps_it(
    tmp_path: Path, in_process: Any
) -> None:
    data = tmp_path / "data"
    texts = {
        "en": "".join(f"e.{number}\t{text}\n" for number, text in enumerate(sentences())),
        "de": "".join(f"d.{number}\t{text[::-1]}\n" for number, text in enumerate(sentences())),
    }
    for name, content in {**FILES, **{f"text/own/{code}.txt": text for code, text in texts.items()}}.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(content)
    planned = plan(Study.parse(STUDY), Place(folders=(data,), cache=tmp_path / "cache", use_hub=False))
    store = Store(tmp_path / "store")
    outcome = run(planned, store, in_process, Runtime(device="cpu"))
    assert outcome.exit_status == 0, outcome.failures

    frame = collect(planned, store)
    rows = probe_rows(frame)
    loss = rows[rows["measure"] == "mlm_loss"]
    encoder, others = loss[loss["checkpoint"] == "encoder"], loss[loss["checkpoint"] != "encoder"]
    # It has learnt its text: that of chance is above 4.
    assert (encoder["value"] < 2.9).all() and set(encoder["language"]) == {"en", "de"}
    plain = others[others["condition"] != "nli.en+mlm"]
    assert len(plain) == 2 * 3 and (plain["change"] > 0.1).all(), others[["condition", "checkpoint", "change"]]
    # Half of every batch was running text: what plain fine-tuning loses in both languages is kept.
    before = others[others["checkpoint"] == "intermediate"].pivot(
        index="language", columns="condition", values="change"
    )
    assert (before["nli.en+mlm"] < before["nli.en"] / 2).all(), before
    page = report(planned, frame, tmp_path / "report").read_text()
    assert "What training kept and lost" in page and (tmp_path / "report" / "probes.csv").is_file()
