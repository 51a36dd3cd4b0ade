"""MLQA with Chinese questions on paragraphs in each of its seven languages.

The language of a score is the paragraph's, whose rules MLQA scores an answer by.
"""

from __future__ import annotations

from stepstone.catalogue.tasks import mlqa

task = mlqa.declare("mlqa_question_zh", "MLQA, questions in Chinese", asked="zh")
to_example = mlqa.to_example
