"""A part of a study's evidence: some targets measured, and what is asked of them estimated, here or in a process."""

from __future__ import annotations

from stepstone.core.second import serve_requests
from stepstone.evidence.estimate import estimate
from stepstone.evidence.gathered import Evidence, cells_of
from stepstone.evidence.measure import measure_sets
from stepstone.evidence.messages import EvidenceReply, EvidenceRequest, pack_answer, read_question


def answer_to(question: EvidenceRequest) -> EvidenceReply:
    """Measure the rows of a question and estimate what it asks.

    Raises:
        UserError: two evaluations that belong together were not made on the same examples.
    """
    tests = measure_sets(question.rows, question.pairs, question.settings)
    cells = cells_of(question.rows)
    # Sums over arms are in the order of the whole study, whichever of its arms these targets have first.
    in_order = {place: cells[place] for arm in question.arms for place in cells if place[0] == arm}
    evidence = Evidence(in_order, tests, question.settings)
    return EvidenceReply(tests, [estimate(evidence, column, contrast) for column, contrast in question.asked])


def _reply(message: bytes) -> bytes:
    return pack_answer(answer_to(read_question(message)))


if __name__ == "__main__":
    serve_requests(_reply)
