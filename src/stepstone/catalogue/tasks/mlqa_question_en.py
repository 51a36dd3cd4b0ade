"""MLQA with English questions on paragraphs in each of its seven languages.

The language of a score is the paragraph's, whose rules MLQA scores an answer by.
"""

from __future__ import annotations

from stepstone.catalogue.tasks import mlqa

task = mlqa.declare("mlqa_question_en", "MLQA, questions in English", asked="en")
to_example = mlqa.to_example
