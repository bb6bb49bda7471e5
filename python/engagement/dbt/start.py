"""What is checked and set up before dbt does anything, on either engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engagement.export.zones import hours_of
from engagement.settings import check_vars

# Commands that read vars to run SQL, commands that make tables, and commands that
# need no connection.
RUNNING = ("build", "compile", "retry", "run", "show", "test")
BUILDING = ("build", "retry", "run")
OFFLINE = ("clean", "deps", "init", "list", "parse")


def start(command: str, project: Any, profile: Any, variables: Mapping) -> None:
    """Check the vars, and prepare Spark if the profile uses it.

    Parameters
    ----------
    command : str
        dbt's name for the command: build, run, ...
    project : dbt.config.project.Project
    profile : dbt.config.profile.Profile
    variables : mapping
        The vars on the command line.

    Raises
    ------
    SettingsError
        If a var cannot be used.
    SparkError
        If Spark cannot be used.
    """
    if command in RUNNING:
        written = dict(project.vars.to_dict())
        own = written.pop(project.project_name, {})
        settings = check_vars(written | own | variables)
    if profile.credentials.type == "spark" and command not in OFFLINE:
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
