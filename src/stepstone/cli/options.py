"""Arguments and options that several verbs share. None of them may change a key; a test compares their names."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stepstone.core import home
from stepstone.core.device import DEVICES, MAX_DEVICES, check_device
from stepstone.core.duration import seconds_of
from stepstone.core.ready import studies


def _complete_study(incomplete: str) -> list[str]:
    """Ready studies and the study files here that begin so; where none does, a shell completes files itself."""
    here = (path.name for path in sorted(Path().glob("*.toml")))
    return [name for name in (*here, *sorted(studies())) if name.startswith(incomplete)]


StudyName = Annotated[
    str,
    typer.Argument(
        metavar="STUDY",
        autocompletion=_complete_study,
        help="A study file, or the name of a ready study (`stepstone list studies`) or of one in ./studies.",
    ),
]
STORE = str(home.STORE)
StoreFolder = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="FOLDER|URL",
        envvar="STEPSTONE_STORE",
        help="Where results are kept: a folder, or s3://BUCKET/PREFIX (gs://, az://).",
    ),
]
DataFolders = Annotated[
    list[Path] | None,
    typer.Option(
        "--data", metavar="FOLDER", envvar="STEPSTONE_DATA", help="A folder of data files; may be given several times."
    ),
]
Catalogues = Annotated[
    list[Path] | None,
    typer.Option(
        "--catalogue",
        metavar="FOLDER",
        envvar="STEPSTONE_CATALOGUE",
        help="A folder of declarations of your own (tasks, models, ...); may be given several times.",
    ),
]
OutFolder = Annotated[
    Path | None, typer.Option("--out", metavar="FOLDER", help="Where the report goes.", show_default="reports/STUDY")
]
NoHub = Annotated[bool, typer.Option("--no-hub", help="Read local files only, no tables from the hub.")]
Rehearsal = Annotated[bool, typer.Option("--rehearsal", help="Of the study's rehearsal in the lab.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
NumWorkers = Annotated[
    int | None,
    typer.Option(
        "--workers", metavar="N", min=1, help="Worker processes.", show_default="one per GPU, or per core up to 8"
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        callback=check_device,
        help=f"Where models compute: {DEVICES}; auto: a GPU if there is one.",
    ),
]
LauncherName = Annotated[
    str, typer.Option("--launcher", metavar="NAME", help="Where jobs run; `stepstone list launchers` shows the names.")
]
LauncherOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--launcher-option",
        metavar="NAME=VALUE",
        help="What the launcher is to ask for, as partition=gpu; may be given several times (docs/launchers.md).",
    ),
]
NumDevices = Annotated[
    int,
    typer.Option(
        "--devices-per-job",
        metavar="N",
        min=1,
        max=MAX_DEVICES,
        help="GPUs, or processes on the processor, that share each training; a job takes as many workers' places.",
    ),
]
Shard = Annotated[
    bool,
    typer.Option("--shard", help="With --devices-per-job: each device holds a part of the model, for very large ones."),
]
TrainTokens = Annotated[
    int | None,
    typer.Option(
        "--train-tokens",
        metavar="N",
        min=1,
        help="Padded word pieces of a micro-batch in training: fewer take less memory; with dropout, scores move as "
        "by another seed.",
        show_default="what suits the device",
    ),
]
TrackerName = Annotated[
    str | None,
    typer.Option(
        "--track",
        metavar="NAME",
        help="Losses, scores and progress as curves, too; `stepstone list trackers` shows where to.",
    ),
]
Restore = Annotated[
    list[str] | None,
    typer.Option("--restore", metavar="LABEL", help="A checkpoint to train again if its weights were pruned."),
]
ReleaseWeights = Annotated[
    bool, typer.Option("--release-weights", help="Remove a checkpoint's weights once all its scores are there.")
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        "--until",
        metavar="TIME",
        parser=seconds_of,
        help="How long a run may last, as 8h, 30m or 2d: what says most per hour is computed first.",
    ),
]
MeasureSeconds = Annotated[
    float,
    typer.Option(
        "--measure",
        min=0,
        metavar="SECONDS",
        help="With --bill or --until: how long steps are measured at most; 0: records of the store alone.",
    ),
]
Watts = Annotated[
    float | None,
    typer.Option("--watts", metavar="WATTS", min=0, help="With --bill: what the machine draws, for its energy."),
]
TimesAsFast = Annotated[
    float | None,
    typer.Option(
        "--times-as-fast",
        metavar="TIMES",
        min=0.001,
        help="With --bill: the hours of a device that is so many times as fast.",
    ),
]
