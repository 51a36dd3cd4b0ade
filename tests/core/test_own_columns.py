"""A study with an own task of several option columns is written as JSON without a word of the library."""

from __future__ import annotations

import json
import warnings

from stepstone.core.study import Study


def test_several_columns_of_a_field_are_written_without_a_warning() -> None:
    columns = {"question": "question", "options": ["a", "b"], "label": "label"}
    files = {split: {"en": f"{split}.csv"} for split in ("train", "test")}
    own = {"family": "choice", "columns": columns, "files": files}
    study = Study.parse({"name": "s", "models": ["lab-nano"], "task": {"own": own}, "target": {"own": {}}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = study.model_dump_json()
    assert json.loads(text)["task"]["own"]["columns"]["options"] == ["a", "b"]
