"""The project as a Dagster graph that ends in the published copy and the page.

README.md beside this file has the commands and the versions it was tried with.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

ROOT = Path(__file__).resolve().parents[2]

project = DbtProject(project_dir=ROOT, profiles_dir=ROOT)
project.prepare_if_dev()


@dbt_assets(manifest=project.manifest_path, project=project)
def models(
    context: dagster.AssetExecutionContext, dbt: DbtCliResource
) -> Iterator[Any]:
    """Read new and changed files of XDR_PATH, build the tables, run all tests."""
    yield from dbt.cli(["build"], context=context).stream()


def run(command: str) -> None:
    """Run a command of the project, and fail if it does."""
    subprocess.run(["engagement", command], cwd=ROOT, check=True)


@dagster.asset(deps=[models])
def published_marts() -> None:
    """Replace engagement.duckdb, if all tests passed."""
    run("publish")


@dagster.asset(deps=[published_marts])
def engagement_report() -> None:
    """Write the page."""
    run("report")


daily = dagster.define_asset_job("daily", selection="*")
defs = dagster.Definitions(
    assets=[models, published_marts, engagement_report],
    jobs=[daily],
    schedules=[dagster.ScheduleDefinition(job=daily, cron_schedule="0 5 * * *")],
    resources={"dbt": DbtCliResource(project_dir=project)},
)
