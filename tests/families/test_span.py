"""Spans: every answer is found again at its characters, in every window that holds it and in no other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stepstone.core.example import Answer, SpanExample
from stepstone.core.recipe import Limits
from stepstone.core.task import Task
from stepstone.families.span import best_span, family
from stepstone.families.windows import PairTemplate, windows_of
from stepstone.learning.tokenizer import load_tokenizer, train_tokenizer
from tiny import sentences

TASK = Task(
    name="toy", title="Toy", family="span", metric="squad", definition="squad-1.1", languages={"train": ("en",)}
)
SMALL = Limits(max_length=24, doc_stride=5, max_query_length=6, max_answer_length=8)
CONTEXT = " ".join(sentences()[:12])
TOKENIZER = train_tokenizer([*sentences(), "水車小屋の主人は籠を直す。"], 240, 64)
LAYOUT = PairTemplate.of(TOKENIZER)


def _example(context: str, answer: str, start: int) -> SpanExample:
    return SpanExample("q1", "who mends the sail", context, (Answer(answer, start),))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_windows_cover_the_context_and_give_answers_back(data: st.DataObject) -> None:
    words = CONTEXT.split()
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 4, len(words) - 1)))
    answer, start = " ".join(words[first : last + 1]), len(" ".join(words[:first])) + (first > 0)
    (windows,) = windows_of([_example(CONTEXT, answer, start)], TOKENIZER, LAYOUT, SMALL)
    covered = {place for window in windows for place in range(window.starts[window.first], window.ends[window.last])}
    assert covered >= {place for place, character in enumerate(CONTEXT) if character != " "} - {len(CONTEXT)}
    found = [(window, *window.find(Answer(answer, start))) for window in windows]
    for window, begin, end in found:
        assert len(window.ids) <= SMALL.max_length
        if begin:
            assert CONTEXT[window.starts[begin] : window.ends[end]] == answer
        else:
            assert window.starts[window.first] > start or window.ends[window.last] < start + len(answer)
    pieces = len(TOKENIZER(answer, add_special_tokens=False)["input_ids"])
    room = SMALL.max_length - 6 - LAYOUT.num_special
    if pieces + SMALL.doc_stride <= room:
        assert any(begin for _, begin, _ in found)


def test_answers_in_unspaced_text_are_found_at_their_characters() -> None:
    context = "水車小屋の主人は籠を直す。"
    (windows,) = windows_of([_example(context, "主人", 5)], TOKENIZER, LAYOUT, SMALL)
    begin, end = windows[0].find(Answer("主人", 5))
    assert begin > 0
    assert "主人" in context[windows[0].starts[begin] : windows[0].ends[end]]


def test_a_tokenizer_with_types_keeps_them(tmp_path: Path) -> None:
    layout = PairTemplate(before=(0,), between=(2,), after=(2,), types=(0, 1))
    (windows,) = windows_of([_example(CONTEXT, "the", 0)], TOKENIZER, layout, SMALL)
    window = windows[0]
    assert window.types is not None
    assert len(window.types) == len(window.ids)
    assert window.types[window.first - 1] == 0
    assert set(window.types[window.first :]) == {1}


def test_best_span_stays_in_the_context_forwards_and_short() -> None:
    (windows,) = windows_of([_example(CONTEXT, "the", 0)], TOKENIZER, LAYOUT, SMALL)
    window = windows[0]
    logits = np.zeros((2, len(window.ids)), dtype=np.float32)
    logits[0, 0] = logits[1, 1] = 9.0  # the question's own pieces
    logits[0, window.first + 2] = logits[1, window.first + 4] = 3.0
    logits[1, window.first + 1] = 4.0  # would run backwards
    logits[1, window.last] = 3.5 if window.last - window.first - 2 >= SMALL.max_answer_length else 0.0
    assert best_span(logits, window, SMALL)[1:] == (window.first + 2, window.first + 4)


def test_predictions_are_substrings_in_the_order_of_the_examples(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    contexts = [CONTEXT, sentences()[0], " ".join(sentences()[3:9])]
    examples = [SpanExample(f"q{n}", "who", text, (Answer(text[:3], 0),)) for n, text in enumerate(contexts)]
    inputs = family.inputs(examples, TASK, tokenizer, SMALL)
    generator = np.random.default_rng(0)
    outputs = [generator.normal(size=(2, len(feature))).astype(np.float32) for feature in inputs.features]
    rows = family.rows(examples, TASK, inputs.features, outputs, SMALL)
    assert [row["id"] for row in rows] == ["q0", "q1", "q2"]
    for row, context in zip(rows, contexts, strict=True):
        assert row["prediction"]
        assert row["prediction"] in context


def test_only_a_task_with_unanswerable_questions_may_stay_silent(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    example = SpanExample("q", "who", CONTEXT, ())
    open_task = TASK.model_copy(update={"unanswerable": True})
    inputs = family.inputs([example], open_task, tokenizer, SMALL)
    assert all(feature.fields["span"] == (0, 0) for feature in inputs.features)
    outputs = [np.zeros((2, len(feature)), dtype=np.float32) for feature in inputs.features]
    for logits in outputs:
        logits[:, 0] = 5.0
    assert family.rows([example], open_task, inputs.features, outputs, SMALL)[0]["prediction"] == ""
    assert family.rows([example], TASK, inputs.features, outputs, SMALL)[0]["prediction"] != ""


def test_answers_that_no_window_can_give_are_counted(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    long = _example(CONTEXT, CONTEXT[:120], 0)
    short = _example(CONTEXT, CONTEXT[:3], 0)
    assert family.inputs([long, short], TASK, tokenizer, SMALL).num_cut == 1


def test_a_question_that_leaves_nothing_for_its_context_is_cut_to_half_of_what_there_is() -> None:
    question, context = " ".join(sentences()[:3]), "the sail is red"
    limits = Limits(max_length=20, max_query_length=64)
    (windows,) = windows_of([SpanExample("q1", question, context, ())], TOKENIZER, LAYOUT, limits)
    free = 20 - LAYOUT.num_special
    assert {window.first for window in windows} == {len(LAYOUT.before) + free // 2 + len(LAYOUT.between)}
    assert all(len(window.ids) <= 20 for window in windows) and len(windows) > 1
    # One that leaves a piece stays whole.
    whole = Limits(max_length=len(TOKENIZER(question)["input_ids"]) + LAYOUT.num_special, max_query_length=10**6)
    (windows,) = windows_of([SpanExample("q1", question, context, ())], TOKENIZER, LAYOUT, whole)
    assert windows[0].first == len(LAYOUT.before) + len(
        TOKENIZER(question, add_special_tokens=False)["input_ids"]
    ) + len(LAYOUT.between)
