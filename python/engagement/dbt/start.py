"""What is checked and set up before dbt does anything, on either engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engagement.dbt.commands import check_retry, take_over_empty
from engagement.export.zones import hours_of
from engagement.settings import check_vars

# Commands that read vars to run SQL, commands that make tables, and commands that
# need no connection.
RUNNING = ("build", "compile", "retry", "run", "show", "test")
BUILDING = ("build", "retry", "run")
OFFLINE = ("clean", "deps", "init", "list", "parse")


def start(flags: Any, project: Any, profile: Any) -> None:
    """Check the command and the vars, and prepare Spark if the profile uses it.

    Parameters
    ----------
    flags : dbt.cli.flags.Flags
        With the command (WHICH) and the vars on the command line.
    project : dbt.config.project.Project
    profile : dbt.config.profile.Profile

    Raises
    ------
    CommandError
        If the command cannot run.
    SettingsError
        If a var cannot be used.
    SparkError
        If Spark cannot be used.
    """
    command, engine = flags.WHICH, profile.credentials.type
    take_over_empty(flags, engine)
    if command == "retry":
        check_retry(
            Path(project.project_root, flags.TARGET_PATH or project.target_path)
        )
    if command in RUNNING:
        written = dict(project.vars.to_dict())
        own = written.pop(project.project_name, {})
        settings = check_vars(written | own | (flags.VARS or {}))
    if engine == "spark" and command not in OFFLINE:
        from engagement.spark.session import open_session, prepare

        prepare(profile.credentials)
        if command in BUILDING:
            from engagement.spark.landed import register
            from engagement.spark.session import add_functions

            session = open_session(profile.credentials)
            register(session)
            add_functions(session)
            zone = settings.report_timezone or settings.xdr_timezone
            session.conf.set("engagement.report_hours", json.dumps(hours_of(zone)))
