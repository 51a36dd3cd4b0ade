"""MLQA with Spanish questions on paragraphs in each of its seven languages.

The language of a score is the paragraph's, whose rules MLQA scores an answer by.
"""

from __future__ import annotations

from stepstone.catalogue.tasks import mlqa

task = mlqa.declare("mlqa_question_es", "MLQA, questions in Spanish", asked="es")
to_example = mlqa.to_example
