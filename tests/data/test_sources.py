"""Readers by name, and what declarations say of layouts: every mistake is told with task, reader and key."""

from __future__ import annotations

from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.own import declare
from stepstone.core.errors import UserError
from stepstone.core.study import Study
from stepstone.core.task import Files, HubTable
from stepstone.data.formats.options import TableOptions
from stepstone.data.sources import file_options, reader, readers, table_options

TASK = BUILT_IN.task("xnli")


def told(name: str, **options: Any) -> str:
    with pytest.raises(UserError) as caught:
        file_options(TASK, Files(reader=name, files={}, options=options))
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("tsv", {"drop_shrot": True}, 'options.drop_shrot: no such key; did you mean "drop_short"?'),
        ("tsv", {"may_lack": -1}, "options.may_lack: Input should be greater than or equal to 0, not -1"),
        ("tsv", {"header": "label"}, "options.header: should be a list, not 'label'"),
        ("csv", {"delimiter": "--"}, "options.delimiter: String should have at most 1 character, not '--'"),
        ("words", {"words": "word"}, "options.words: is the number of a column, from 1, not 'word'"),
        ("words", {"tags": 0}, "options.tags: is the number of a column, from 1, not 0"),
        ("mewslix", {}, "options.language: is missing"),
        ("squad", {"besides": ["a"]}, 'options.besides: no such key; did you mean "beside"?'),
    ],
)
def test_a_mistake_is_told_with_task_reader_key_and_the_nearest_name(
    name: str, options: dict[str, Any], message: str
) -> None:
    assert told(name, **options) == f"task xnli, reader {name}: {message}"


def test_all_mistakes_are_told_at_once() -> None:
    assert told("tsv", headr=["a"], may_lack=-1).count("options.") == 2


def test_an_unknown_reader_is_told_with_the_nearest() -> None:
    assert told("tvs") == 'task xnli: no reader is called "tvs"\n  remedy: did you mean "tsv"?'
    # What the readers share is a module beside them, and none.
    for name in ("lines", "options", "../find"):
        with pytest.raises(UserError, match="no reader is called"):
            reader(name)


def test_a_hub_table_s_mistake_is_told_with_its_repository() -> None:
    table = HubTable(repository="someone/table", options={"langauges": ["en"]})
    message = 'task xnli, hub table someone/table: options.langauges: no such key; did you mean "languages"?'
    with pytest.raises(UserError) as caught:
        table_options(TASK, table)
    assert str(caught.value) == message


def test_every_option_is_described() -> None:
    declared = [reader(name).options for name in readers()]
    assert len(declared) > 10
    for options in (*declared, TableOptions):
        assert all(field.description for field in options.model_fields.values())


def test_a_study_s_own_task_is_told_of_its_mistakes_in_the_same_words() -> None:
    table = {
        "family": "tagging",
        "labels": ["NOUN", "VERB"],
        "files": {"test": {"en": "test.conll"}},
        "columns": {"words": "form", "tags": "2"},
    }
    study = Study.parse({"name": "s", "models": ["m"], "target": {"mine": {}}, "task": {"mine": table}})
    task = declare(study.task)["mine"]
    (source,) = task.sources
    assert isinstance(source, Files)
    with pytest.raises(UserError, match=r"task mine, reader words: options\.words: is the number of a column"):
        file_options(task, source)
