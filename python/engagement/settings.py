"""The settings of the project: the vars of dbt_project.yml as one typed model.

dbt does not check vars. They are checked here, once, before anything runs, and each
fault is reported in a sentence that names the var.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from engagement.export.zones import hint_for_zone, zone_names

# What DuckDB's strptime reads: https://duckdb.org/docs/stable/sql/functions/dateformat
DIRECTIVE = re.compile(r"%([aAbBcdfgGhHIjmMnpSTuUVwWxXyYzZ%]|-[dHIjmMSy])")
NAME = re.compile(r"[a-z][a-z0-9_]*")


class SettingsError(ValueError):
    """Vars that are not valid; the message has one sentence for each fault."""


def fault(sentence: str) -> PydanticCustomError:
    """Make an error that says what a setting must be."""
    # pydantic would read braces in the sentence as placeholders
    return PydanticCustomError("fault", "{sentence}", {"sentence": sentence})


def _whole_number(lowest: int, highest: int) -> Any:
    def check(value: object) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not lowest <= value <= highest:
            raise fault(
                f"must be a whole number from {lowest} to {highest}, not '{value}'"
            )
        return value

    return Annotated[int, BeforeValidator(check)]


def _one_of(*choices: str | bool) -> Any:
    def check(value: object) -> object:
        # 1 equals True
        if not any(value is c or (value == c and isinstance(c, str)) for c in choices):
            listed = ", ".join(str(choice).lower() for choice in choices)
            raise fault(f"must be one of {listed}, not '{value}'")
        return value

    return Annotated[Literal[choices], BeforeValidator(check)]


def _days(value: object) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and (not is_whole or not 1 <= value <= 10_000):
        raise fault(
            "must be a whole number of days from 1 to 10000, or ~ for all days, not "
            f"'{value}'"
        )
    return value


def _share(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= 1:
        raise fault(f"must be a number from 0 to 1, not '{value}'")
    return value


def _column(value: object) -> str:
    """Check the name of a column of the export."""
    if not isinstance(value, str) or not value:
        raise fault("must name the column of the export that holds it")
    if value.lower() == "source_file":
        raise fault(
            "must not name a column source_file, since records use that name for the "
            "file they come from; rename the column in the export"
        )
    return value


def _time_formats(value: object) -> list[str]:
    is_list = isinstance(value, list) and all(isinstance(v, str) for v in value)
    if not is_list:
        raise fault("must be a list of strptime formats, such as ['%Y-%m-%d %H:%M']")
    for text in value:
        for part in re.findall("%-?.?", text):
            if not DIRECTIVE.fullmatch(part):
                raise fault(f"has '{text}' with {part}, which DuckDB cannot read")
    return value


def _zone(value: object) -> str:
    if value == "UTC":  # other names are looked up in files
        return value
    if not isinstance(value, str):
        raise fault(
            f"must be the name of a time zone, as 'Europe/Paris', not '{value}'"
        )
    if value not in zone_names():
        raise fault(
            f"must be the IANA name of a time zone, as 'Europe/Paris', not '{value}' "
            f"({hint_for_zone(value)})"
        )
    return value


Column = Annotated[str, BeforeValidator(_column)]
OptionalColumn = Annotated[
    str | None, BeforeValidator(lambda value: value and _column(value))
]


class Model(BaseModel):
    """Base of all parts of the settings: an unknown name is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class XdrColumns(Model):
    """Which column of the export holds which field."""

    user_id: Column
    started_at: Column
    started_ms: OptionalColumn = None
    ended_at: Column
    ended_ms: OptionalColumn = None
    duration: Column
    location: OptionalColumn = None
    dl_bytes: Column
    ul_bytes: Column


class Application(Model):
    """An application, and the columns of the export that hold its bytes."""

    name: str
    dl: Column
    ul: Column

    @model_validator(mode="before")
    @classmethod
    def check_name(cls, value: Any) -> Any:
        """Check the name, which becomes a part of column names."""
        name = value.get("name") if isinstance(value, Mapping) else None
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise fault(
                "must have a name of lower-case letters, digits and _, beginning with "
                f"a letter, not '{'' if name is None else name}'"
            )
        return value


def _applications(value: object) -> list:
    if not isinstance(value, list) or not value:
        raise fault("must list at least one application")
    return value


class Settings(Model):
    """All vars; dbt_project.yml has their defaults and says what they mean."""

    xdr_columns: XdrColumns
    xdr_duration_unit: _one_of("s", "ms")
    xdr_timestamp_formats: Annotated[list[str], BeforeValidator(_time_formats)]
    xdr_timezone: Annotated[str, BeforeValidator(_zone)]
    report_timezone: Annotated[
        str | None, BeforeValidator(lambda value: value and _zone(value))
    ]
    applications: Annotated[list[Application], BeforeValidator(_applications)]
    engagement_days: Annotated[int | None, BeforeValidator(_days)]
    top_n: _whole_number(1, 1_000_000)
    top_application_count: _whole_number(1, 1_000)
    cluster_count: _whole_number(2, 10)
    cluster_scaler: _one_of("standard", "minmax", "robust", "log_standard")
    refit: _one_of(True, False)
    max_rejected_share: Annotated[float, BeforeValidator(_share)]
    min_group_size: _whole_number(1, 1_000_000)

    @model_validator(mode="after")
    def check_names(self) -> Settings:
        """Check that no two applications have the same name."""
        names = [application.name for application in self.applications]
        for name in names:
            if names.count(name) > 1:
                raise fault(f"applications must list '{name}' only once")
        return self


def check_vars(variables: Mapping[str, Any]) -> Settings:
    """Check the vars of dbt_project.yml, with those of --vars in place of them.

    Parameters
    ----------
    variables : mapping of str to any

    Returns
    -------
    Settings

    Raises
    ------
    SettingsError
        If a var is not valid; one sentence for each fault.
    """
    try:
        return Settings.model_validate(dict(variables))
    except ValidationError as error:
        raise SettingsError(
            "\n".join(_sentence(one, variables) for one in error.errors())
        ) from error


def _sentence(error: Mapping[str, Any], variables: Mapping[str, Any]) -> str:
    names = [str(part) for part in error["loc"] if not isinstance(part, int)]
    known = {"xdr_columns": XdrColumns, "applications": Application}.get(
        names[0] if len(error["loc"]) > 1 else "", Settings
    )
    if known is Application:
        # name the application rather than its position
        one = variables["applications"][error["loc"][1]]
        names.insert(1, str(one.get("name") if isinstance(one, Mapping) else one))
    match error["type"]:
        case "fault":
            what = error["ctx"]["sentence"]
        case "extra_forbidden":
            what = f"is not a setting; valid ones are {', '.join(known.model_fields)}"
        case "missing":
            what = "must be set"
        case "model_type":
            what = f"must map fields to columns of the export, not '{error['input']}'"
        case _:
            what = f"cannot be used: {error['msg']}"
    told = " ".join(filter(None, [".".join(names), what]))
    return f"vars: {told}; see vars in dbt_project.yml."
