"""MLQA with German questions on paragraphs in each of its seven languages.

The language of a score is the paragraph's, whose rules MLQA scores an answer by.
"""

from __future__ import annotations

from stepstone.catalogue.tasks import mlqa

task = mlqa.declare("mlqa_question_de", "MLQA, questions in German", asked="de")
to_example = mlqa.to_example
