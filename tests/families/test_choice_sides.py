"""On which side a choice's question stands, and which end of a long text is cut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.core.example import ChoiceExample
from stepstone.core.recipe import Limits, Recipe
from stepstone.families.choice import family
from stepstone.learning.tokenizer import load_tokenizer
from tiny import sentences

CHOICE = BUILT_IN.task("cosmosqa")


def told(example: ChoiceExample, tiny: Path, **limits: Any) -> list[str]:
    """The input of each option as text, its special pieces among it."""
    tokenizer = load_tokenizer(tiny)
    (feature,) = family.inputs([example], CHOICE, tokenizer, Limits(**limits)).features
    first = feature.fields["lengths"][0]
    return [tokenizer.decode(feature.ids[:first]), tokenizer.decode(feature.ids[first:])]


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        ("option", "<s>{context}</s></s>{question} {option}</s>"),
        ("context", "<s>{context} {question}</s></s>{option}</s>"),
    ],
)
def test_the_question_stands_beside_the_context_or_the_option(side: str, expected: str, tiny: Path) -> None:
    context, question, option = sentences()[:3]
    example = ChoiceExample("1", context, question, (option, context), 0)
    wanted = expected.format(context=context, question=question, option=option)
    assert squeezed(told(example, tiny, question_side=side)[0]) == squeezed(wanted)


@pytest.mark.parametrize("side", ["option", "context"])
def test_a_question_or_a_context_alone_stands_beside_the_option(side: str, tiny: Path) -> None:
    one, option = sentences()[:2]
    for example in (ChoiceExample("1", one, "", (option,) * 2, 0), ChoiceExample("1", "", one, (option,) * 2, 0)):
        assert squeezed(told(example, tiny, question_side=side)[0]) == squeezed(f"<s>{one}</s></s>{option}</s>")


def test_a_long_context_loses_the_end_that_is_named(tiny: Path) -> None:
    first, *_, last = told_before = sentences()[:6]
    option = " ".join(first.split()[:2])
    example = ChoiceExample("1", " ".join(told_before), "", (option, option), 0)
    right, left = (squeezed(told(example, tiny, max_length=32, truncation_side=side)[0]) for side in ("right", "left"))
    assert squeezed(f"<s>{first}")[:12] == right[:12] and squeezed(f"<s>{first}")[:12] != left[:12]
    assert squeezed(last)[-6:] in left and left.endswith(squeezed(f"</s></s>{option}</s>"))


def test_the_tokenizer_is_left_as_it_was(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    own = tokenizer.truncation_side
    family.inputs([ChoiceExample("1", "a", "b", ("c", "d"), 0)], CHOICE, tokenizer, Limits(truncation_side="left"))
    assert tokenizer.truncation_side == own == "right"


def test_choices_are_read_as_by_the_scripts() -> None:
    cosmos, swag, sense = (Recipe(**BUILT_IN.task(name).recipe) for name in ("cosmosqa", "hellaswag", "commonsenseqa"))
    assert (cosmos.question_side, cosmos.truncation_side) == ("context", "left")
    assert (swag.question_side, swag.truncation_side) == ("option", "left")
    assert sense.truncation_side == "left", "its question alone stands beside the option"


def squeezed(text: str) -> str:
    return "".join(text.split())
