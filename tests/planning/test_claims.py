"""Before anything runs, `plan` refuses claims that name what a study lacks, and says what it cannot test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from stepstone.catalogue.claims import find_claims, shipped
from stepstone.core.errors import UserError
from stepstone.core.facts import REMEMBERED
from stepstone.core.place import Place
from stepstone.core.study import Study
from stepstone.planning.plan import Plan, plan
from stepstone.planning.rehearse import rehearse

HEAD = 'title = "A paper"\n[[claim]]\nid = "gains"\nstatement = "It gains."\nplace = "abstract"\n'


def _own(folder: Path, test: str) -> str:
    path = folder / "own.toml"
    path.write_text(f"{HEAD}test = {{ {test} }}\n", encoding="utf-8")
    return str(path)


def test_a_claim_that_the_study_can_test_is_planned(make_plan: Callable[..., Plan], tmp_path: Path) -> None:
    own = _own(tmp_path, 'kind = "comparison", arm = "nli.ja", against = "nli.en", target = "xnli", part = "de"')
    (asked,) = make_plan(claims=own).claims
    assert (asked.claim.id, asked.why_not) == ("gains", "")


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ('kind = "comparison", arm = "nli.jp", target = "xnli"', r'no arm "nli\.jp"; did you mean "nli\.ja"'),
        ('kind = "comparison", arm = "nli.ja", target = "xnly"', r'no target "xnly"; did you mean "xnli"'),
        (
            'kind = "comparison", arm = "nli.ja", target = "xnli", part = "fr"',
            r'xnli has no part "fr"; known: all, de, en',
        ),
        (
            'kind = "comparison", arm = "nli.ja", target = "xnli", part = ["de", "en"], minus_part = ["en", "de"]',
            "on xnli these are the languages of part, so that nothing is left",
        ),
        (
            'kind = "comparison", arm = "nli.ja", target = "xnli", model = "alfa"',
            r'no model "alfa"; did you mean "alpha"',
        ),
    ],
)
def test_a_name_that_it_lacks_is_refused_with_its_key(
    make_plan: Callable[..., Plan], tmp_path: Path, test: str, message: str
) -> None:
    with pytest.raises(UserError, match=rf"own\.toml: claim gains: test\.\w+: {message}"):
        make_plan(claims=_own(tmp_path, test))


def test_a_slope_over_one_size_is_not_tested_and_the_plan_says_why(
    make_plan: Callable[..., Plan], tmp_path: Path
) -> None:
    (asked,) = make_plan(claims=_own(tmp_path, 'kind = "slope", arm = "nli.ja", target = "xnli"')).claims
    assert asked.why_not == "there is one size"


def test_of_a_published_list_what_the_study_lacks_is_not_tested(make_plan: Callable[..., Plan]) -> None:
    asked = make_plan(claims=["phang2020"]).claims
    assert len(asked) == 9 and all(one.why_not for one in asked)
    assert 'no arm "anli_plus.en"' in asked[0].why_not


def test_a_list_that_there_is_not_is_refused_with_the_nearest(make_plan: Callable[..., Plan]) -> None:
    with pytest.raises(UserError, match=r'no claims are called "phang202"(.|\n)*did you mean "phang2020"'):
        make_plan(claims=["phang202"])
    with pytest.raises(UserError, match=r"missing\.toml: cannot be read"):
        make_plan(claims=["missing.toml"])


@pytest.mark.parametrize("name", shipped())
def test_a_published_list_says_where_it_read_what_it_states(name: str) -> None:
    listed = find_claims(name)
    assert listed.url.startswith("https://arxiv.org/abs/") and all(one.reading or one.untested for one in listed.claim)
    assert all(one.read.startswith(REMEMBERED) or "quote" in one.read or "abstract" in one.read for one in listed.score)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "untested"), [("phang2020", {"best-per-target"}), ("turc2021", {"mt5"})])
def test_a_shipped_study_tests_the_claims_of_its_paper(name: str, untested: set[str], tmp_path: Path) -> None:
    study = Study.load(name)
    for asked in (study, rehearse(study)):
        found = plan(asked, Place(cache=tmp_path, with_data=False)).claims
        assert {one.claim.id for one in found if one.why_not} == untested
