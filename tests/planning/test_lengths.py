"""What the inspector counts without training is what training makes of the same examples."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from stepstone.core.example import SentenceExample, SpanExample, TextExample
from stepstone.core.recipe import Limits
from stepstone.planning.lengths import measure_lengths, measure_runs, spread

LIMITS = Limits(max_length=40, doc_stride=12, max_query_length=9)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    from tiny import sentences

    return sentences()


@pytest.fixture(scope="module")
def tokenizer(tiny: Path) -> Tokenizer:
    return Tokenizer.from_file(str(tiny / "tokenizer.json"))


@pytest.mark.slow
def test_passages_are_counted_by_their_windows(tiny: Path, tokenizer: Tokenizer, texts: list[str]) -> None:
    from stepstone.families.windows import PairTemplate, windows_of
    from stepstone.learning.tokenizer import load_tokenizer

    examples = [
        SpanExample(str(i), question=texts[-i], context=" ".join(texts[: i % 7 + 1]), answers=()) for i in range(1, 60)
    ]
    full = load_tokenizer(tiny)
    made = [len(one.ids) for all_ in windows_of(examples, full, PairTemplate.of(full), LIMITS) for one in all_]
    found = measure_lengths(examples, LIMITS, tokenizer)
    assert found.inputs == pytest.approx(len(made) / len(examples)) and len(made) > 2 * len(examples)
    assert found.pieces == pytest.approx(sum(made) / len(made))


@pytest.mark.slow
def test_any_other_example_is_one_input_cut_to_its_length(tokenizer: Tokenizer, texts: list[str]) -> None:
    examples = [TextExample(str(i), texts[i], texts[i + 1], None) for i in range(20)]
    assert measure_lengths(examples, Limits(max_length=8), tokenizer) == (1, 8)
    assert 40 < measure_lengths(examples, Limits(max_length=200), tokenizer).pieces < 200


@pytest.mark.slow
def test_running_text_is_counted_in_runs_of_sentences(tiny: Path, tokenizer: Tokenizer, texts: list[str]) -> None:
    from stepstone.learning.text import TextSampler, TextSampling
    from stepstone.learning.tokenizer import load_tokenizer

    rows = [SentenceExample(str(i), "c", f"c/{i // 3}", text, "en") for i, text in enumerate(texts)]
    rows += [SentenceExample(str(i), "c", f"c/{i}", text, "de") for i, text in enumerate(texts[:30])]
    sampler = TextSampler(rows, load_tokenizer(tiny), TextSampling(40, 0.3), 1)
    drawn = [len(one) for step in range(40) for one in sampler(step, 50)]
    found = measure_runs(rows, LIMITS, tokenizer, 0.3)
    assert found.inputs == 1 and found.pieces == pytest.approx(sum(drawn) / len(drawn), rel=0.03)


def test_a_sample_is_spread_over_all() -> None:
    assert spread(range(10), 4) == [0, 2, 5, 7] and spread(range(3), 4) == [0, 1, 2]
