"""`stepstone claims STUDY`, `claims check` and `claims extract`: claims tested, found in a paper, proposed from one."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from stepstone.cli.app import app, plan_asked, put, say
from stepstone.cli.options import STORE, AsJson, Catalogues, DataFolders, NoHub, Rehearsal, StoreFolder, StudyName


class _OfAStudy(TyperGroup):
    """A first word that is no command is a study: `claims STUDY` is `claims show STUDY`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of the first word, or `show` for all words."""
        is_study = bool(args) and not args[0].startswith("-") and args[0] not in self.commands
        return super().resolve_command(ctx, ["show", *args] if is_study else args)


claims_app = typer.Typer(
    cls=_OfAStudy,
    no_args_is_help=True,
    help="Test a study's claims; find claims in a paper; propose some from one. `claims STUDY` is `claims show STUDY`.",
)
app.add_typer(claims_app, name="claims")


@claims_app.command("show")
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
    from stepstone.core.errors import UserError
    from stepstone.evidence.claims import judge_claims
    from stepstone.evidence.frame import collect
    from stepstone.report.claims import LAB_CLAIMS, claims_json, claims_table
    from stepstone.report.labels import watermark
    from stepstone.store.store import Store

    planned = plan_asked(study, catalogue, store, data, no_hub, rehearsal)
    if not planned.claims:
        raise UserError("the study has no claims", where=study, remedy='claims = ["phang2020"], or a file of your own')
    table = judge_claims(collect(planned, Store(store)), planned.study)
    if as_json:
        put(claims_json(table, planned.study), as_json)
        return
    put(claims_table(table, planned.study))
    if watermark(planned.study):
        say(f"{watermark(planned.study)}. {LAB_CLAIMS}")
