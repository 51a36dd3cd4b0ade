"""Passages are quoted from their places; a claim that a paper lacks is not found; proposals are files of claims."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepstone.catalogue.catalogue import BUILT_IN
from stepstone.catalogue.claims import find_claims, shipped
from stepstone.core.claim import Claim, Claims, ComparisonTest, Side, SizeTest, SlopeTest
from stepstone.core.errors import UserError
from stepstone.papers.match import THRESHOLD, find_passages, match_score
from stepstone.papers.passages import passages, read_paper
from stepstone.papers.propose import UNNAMED, propose

PAPER = """A Paper on Stones

We train on English data (Doe et al. 2020) and on
German. The ferry left late.

Training on MNLI and SQuAD gives large improve-
ments on BUCC and Tatoeba, as Fig. 2 shows! Of 12 models
the best gains 5.4 points over XLM-R Large on the XTREME benchmark. German transfers
more effectively than English. The gain grows with the size of the model on TyDiQA.

It rained. HellaSwag does not improve XNLI.
"""


def claim(statement: str) -> Claim:
    return Claim(id="one", statement=statement, place="p", untested="it is sought")


def test_sentences_end_where_a_reader_ends_them_and_words_are_whole() -> None:
    found = [one.text for one in passages(PAPER)]
    assert found[0] == "A Paper on Stones"
    assert found[1] == "We train on English data (Doe et al. 2020) and on German."
    assert found[3] == "Training on MNLI and SQuAD gives large improvements on BUCC and Tatoeba, as Fig. 2 shows!"


@given(st.text(st.sampled_from("ab -.\n\r\f!AB“9é"), max_size=80))
def test_a_passage_stands_where_it_says(text: str) -> None:
    for one in passages(text):
        inside = text[one.start : one.end]
        assert re.sub(r"[\s-]", "", inside) == re.sub(r"[\s-]", "", one.text)
        assert one.line == text[: one.start].count("\n") + 1
    letters = "".join(one.text for one in passages(text))
    assert sorted(re.sub(r"[\s-]", "", letters)) == sorted(re.sub(r"[\s-]", "", text))


def test_a_claim_is_found_where_it_is_stated_across_lines() -> None:
    (found,) = find_passages(PAPER, [claim("Training on MNLI gives large improvements on BUCC.")])
    assert found.passage is not None and found.score >= THRESHOLD
    assert PAPER[found.passage.start :].startswith("Training on MNLI") and found.passage.line == 6
    assert PAPER[: found.passage.end].endswith("Fig. 2 shows!")


@pytest.mark.parametrize(
    "statement",
    [
        "The best model gains 6.1 points over XLM-R Large on the XTREME benchmark.",  # the number is another
        "Continuing multilingual MLM during intermediate training does not help.",
        "Merging checkpoints of several languages outperforms multi-task training on retrieval.",
    ],
)
def test_a_claim_that_the_paper_does_not_make_is_not_found(statement: str) -> None:
    (found,) = find_passages(PAPER, [claim(statement)])
    assert found.passage is None and found.score < THRESHOLD


def test_a_few_words_of_a_statement_are_no_statement() -> None:
    assert match_score("Training on MNLI and SQuAD improves retrieval on BUCC", "MNLI and SQuAD.") == 0


def test_claims_of_one_paper_are_not_found_in_another() -> None:
    lists = {name: find_claims(name) for name in shipped()}
    for name, listed in lists.items():
        text = "\n\n".join(one.statement for one in listed.claim)
        for other, theirs in lists.items():
            found = [match.passage is not None for match in find_passages(text, theirs.claim)]
            if name == other:
                assert all(found), name
            elif listed.url != theirs.url:
                assert not any(found), (name, other)
    # Two lists of one paper are readings of the same statements.
    whole = {one.id: one.statement for one in lists["phang2020"].claim}
    assert all(whole[one.id] == one.statement for one in lists["phang2020_small"].claim)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("paper.pdf", b"%PDF-1.7", r"is a PDF(.|\n)*pdftotext paper\.pdf paper\.txt"),
        ("paper.txt", b"%PDF-1.7", "is a PDF"),
        ("paper.txt", b"\xff\xfe\x00", "is not UTF-8 text"),
        ("paper.txt", b"a\0b", "holds no text"),
        ("paper.txt", b" \n", "holds no text"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message):
        read_paper(tmp_path / name)
    with pytest.raises(UserError, match="cannot be read"):
        read_paper(tmp_path / "missing.txt")


def test_what_is_proposed_are_claims_with_their_passages() -> None:
    proposed = propose(PAPER, "paper.txt", BUILT_IN)
    found = Claims.parse(tomllib.loads(proposed))
    large, best, german, size, negated = (one.test for one in found.claim)
    assert isinstance(large, ComparisonTest) and large.target == ("bucc2018", "tatoeba")
    assert large.arm == (Side(arm="mnli.en"), Side(arm="squad.en"))
    assert isinstance(best, SizeTest) and (best.effect, best.target) == (5.4, ("xtreme",))
    assert isinstance(german, ComparisonTest) and german.target == (UNNAMED,)
    assert (german.arm, german.against) == ((Side(source_language="de"),), (Side(source_language="en"),))
    assert isinstance(size, SlopeTest) and size.target == ("tydiqa",)
    assert isinstance(negated, ComparisonTest) and '# uncertain: expect: "not" may turn it round' in proposed
    for one in found.claim:
        start, end = map(int, re.findall(r"characters (\d+) to (\d+)", one.place)[0])
        assert re.sub(r"[\s-]", "", PAPER[start:end]) == re.sub(r"[\s-]", "", one.statement)
        assert f"# {one.place}: " in proposed


@pytest.mark.parametrize(
    ("said", "effect", "tolerance"),
    [
        ("improves XNLI by 2.1 points", 2.1, 1.0),
        ("improves XNLI by 3.2 percent", 3.2, 1.0),
        ("improves XNLI by 2.5pp", 2.5, 1.0),
        ("improves XNLI by .5 F1", 0.5, 1.0),
        ("improves XNLI by 2.5 \u00b1 0.3 points", 2.5, 1.0),
        ("improves XNLI by 2\u20133 points", 2.5, 0.5),
        ("gives a gain of -1.5 points on XNLI", -1.5, 1.0),
        ("gives \u22121.5 points on XNLI", -1.5, 1.0),
        ("drops XNLI by 1.5 points", -1.5, 1.0),
        ("with 10% of 392,702 sentences improves XNLI by 2 points", 2.0, 1.0),
        ("improves XNLI by 1,234.5 points", 1234.5, 1.0),
        ("improves XNLI by 3,2 points", None, None),  # a comma for a point, or two numbers?
        (f"improves XNLI by {'9' * 400} points", None, None),
    ],
)
def test_a_number_keeps_its_sign_its_digits_and_its_range(
    said: str, effect: float | None, tolerance: float | None
) -> None:
    (found,) = Claims.parse(tomllib.loads(propose(f"Training on MNLI {said}.", "paper", BUILT_IN))).claim
    test = found.test
    assert (test.effect, test.tolerance) == (effect, tolerance) if isinstance(test, SizeTest) else effect is None


def test_mixed_columns_are_doubted_and_ligatures_are_letters() -> None:
    mixed = "Training on        MNLI improves\nXNLI."
    assert "# uncertain: passage: wide gaps" in propose(mixed, "paper", BUILT_IN)
    assert "wide gaps" not in propose("Training on MNLI improves\nXNLI.", "paper", BUILT_IN)
    assert passages("A coe\ufb03cient.")[0].text == "A coefficient."


def test_one_number_is_the_same_however_it_is_written() -> None:
    assert match_score("MNLI has 392,702 examples.", "There are 392702 examples in MNLI.") > 0
    assert match_score("It gains 5.0 points.", "It gains 5 points.") > 0
    assert match_score("It gains 5 points.", "It gains 1,500 points.") == 0


@settings(max_examples=10)
@given(st.text(max_size=60))
def test_whatever_stands_in_a_paper_the_proposal_is_read(words: str) -> None:
    text = f'MNLI improves Tatoeba {words}"\\ by 3.0 points on XNLI.'
    assert Claims.parse(tomllib.loads(propose(text, words or "paper", BUILT_IN))).claim


def test_a_paper_without_comparisons_is_said_to_have_none() -> None:
    with pytest.raises(UserError, match=r"paper\.txt: no passage compares anything"):
        propose("The ferry left.", "paper.txt", BUILT_IN)
