import subprocess
import sys

import pytest

import stepstone


def in_a_fresh_process(script: str) -> str:
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_importing_the_package_opens_nothing() -> None:
    script = "import sys; before = set(sys.modules); import stepstone; print(*sorted(set(sys.modules) - before))"
    opened = in_a_fresh_process(script).split()
    assert not {"pydantic", "numpy", "pandas", "torch", "rich", "typer"} & set(opened)


@pytest.mark.parametrize("name", stepstone.__all__)
def test_every_name_of_the_api_is_what_it_says(name) -> None:
    found = getattr(stepstone, name)
    assert callable(found) and found.__name__ == name and found.__doc__
    assert name in dir(stepstone)


@pytest.mark.slow
def test_report_and_export_are_functions_though_folders_have_their_names_and_little_is_opened() -> None:
    script = (
        "import sys, stepstone.report.tables, stepstone.export.usage\n"
        "from stepstone import Study, plan, run, collect, report, export\n"
        "print(report.__module__, report.__name__, export.__module__, export.__name__, "
        "*({'torch', 'scipy.stats'} & set(sys.modules)))"
    )
    assert in_a_fresh_process(script) == "stepstone.report.page report stepstone.export.card export"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'reports'"):
        stepstone.reports  # noqa: B018
