"""`stepstone claims STUDY`, `claims check` and `claims extract`: claims tested, found in a paper, proposed from one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from stepstone.cli.app import app, plan_asked, put, say
from stepstone.cli.options import STORE, AsJson, Catalogues, DataFolders, NoHub, Rehearsal, StoreFolder, StudyName
from stepstone.cli.order import Verbs, examples
from stepstone.core.errors import UserError

PaperFile = Annotated[Path, typer.Argument(metavar="PAPER", help="A paper as plain text, as pdftotext makes it.")]
ProposalFile = Annotated[
    Path | None, typer.Option("--to", metavar="FILE", help="The file to write.", show_default="shown")
]


class _OfAStudy(Verbs):
    """A first word that is no command is a study: `claims STUDY` is `claims show STUDY`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the first word, or `show` for all words."""
        is_study = bool(args) and not args[0].startswith("-") and args[0] not in self.commands
        return super().resolve_command(ctx, ["show", *args] if is_study else args)


claims_app = typer.Typer(
    cls=_OfAStudy,
    help="Test a study's claims; find claims in a paper; propose some from one. `claims STUDY` is `claims show STUDY`.",
    epilog=examples("stepstone claims lab_ja_vs_en", "stepstone claims check paper.txt --claims phang2020"),
)
app.add_typer(claims_app, name="claims")


@claims_app.command("show", epilog=examples("stepstone claims show phang2020 --data DATA"))
def show_(
    study: StudyName,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    rehearsal: Rehearsal = False,
    as_json: AsJson = False,
) -> None:
    """Test the claims of a study on what is there: verdict, effect, interval, confidence, and what was published."""
    from stepstone.evidence.claims import judge_claims
    from stepstone.evidence.frame import collect
    from stepstone.report.claims import LAB_CLAIMS, claims_json, claims_table
    from stepstone.report.labels import watermark
    from stepstone.store.given import opened

    planned = plan_asked(study, catalogue, store, data, no_hub, rehearsal)
    if not planned.claims:
        raise UserError("the study has no claims", where=study, remedy='claims = ["phang2020"], or a file of your own')
    table = judge_claims(collect(planned, opened(store)), planned.study)
    if as_json:
        put(claims_json(table, planned.study), as_json)
        return
    put(claims_table(table, planned.study))
    if watermark(planned.study):
        say(f"{watermark(planned.study)}. {LAB_CLAIMS}")


@claims_app.command("check", epilog=examples("stepstone claims check paper.txt --claims phang2020"))
def check_(
    paper: PaperFile,
    lists: Annotated[
        list[str] | None,
        typer.Option(
            "--claims", metavar="NAME|FILE", help="A list of claims, by name or as a file; may be given several times."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Quote the passage of a paper that states each claim, with its place and its score.

    Without --claims: every shipped list. A passage is found by its words, and
    what it says is for a person to judge. Exit status 1: a claim has none.
    """
    from stepstone.catalogue.claims import find_claims, shipped
    from stepstone.papers.match import find_passages
    from stepstone.papers.passages import read_paper
    from stepstone.papers.tables import describe_matches, matches_json

    known = {name: find_claims(name) for name in lists or shipped()}
    text = read_paper(paper)
    found = {name: find_passages(text, listed.claim) for name, listed in known.items()}
    if as_json:
        put(matches_json(found), as_json)
    else:
        for line in describe_matches(found):
            say(line)
    raise SystemExit(0 if all(one.passage for own in found.values() for one in own) else 1)


@claims_app.command("extract", epilog=examples("stepstone claims extract paper.txt --to claims.toml"))
def extract_(paper: PaperFile, catalogue: Catalogues = None, to: ProposalFile = None) -> None:
    """Propose claims from a paper, each with its passage, for a person to edit; what is uncertain is a comment."""
    from stepstone.catalogue.catalogue import Catalogue
    from stepstone.papers.passages import read_paper
    from stepstone.papers.propose import propose
    from stepstone.store.files import storage_errors

    proposed = propose(read_paper(paper), paper.name, Catalogue.open(catalogue or ()))
    if to is None:
        print(proposed, end="")
        return
    if to.exists():
        raise UserError("is there already", where=str(to), remedy="name another file: what was edited is not replaced")
    with storage_errors(to):
        to.write_text(proposed, encoding="utf-8")
    say(f"claims to edit: {to}")


@app.command("review", epilog=examples("stepstone review quickstart"))
def review_(
    study: StudyName,
    audit: Annotated[
        Path | None,
        typer.Option(
            "--audit", metavar="FILE", help="What `data check STUDY --json` wrote: test data known from training."
        ),
    ] = None,
    store: StoreFolder = STORE,
    data: DataFolders = None,
    no_hub: NoHub = False,
    catalogue: Catalogues = None,
    rehearsal: Rehearsal = False,
    as_json: AsJson = False,
) -> None:
    """Review the quality of a study from its records: eight questions, ten points, each with its evidence."""
    from stepstone.evidence.bootstrap import Settings
    from stepstone.evidence.compare import compare
    from stepstone.evidence.frame import collect
    from stepstone.evidence.overlaps import read_overlaps
    from stepstone.evidence.review import review, review_rows
    from stepstone.report.labels import watermark
    from stepstone.report.markup import plain_table
    from stepstone.store.given import opened

    overlaps = read_overlaps(audit) if audit else None
    planned = plan_asked(study, catalogue, store, data, no_hub, rehearsal)
    frame = collect(planned, opened(store))
    found = review(planned, frame, compare(frame, planned.study, Settings(num_permutations=0)), overlaps)
    if as_json:
        put({"points": found.points, "most": found.most, "items": list(map(vars, found.items))}, as_json)
        return
    put(plain_table(("question", "points", "evidence"), review_rows(found)))
    if watermark(planned.study):
        say(watermark(planned.study))
