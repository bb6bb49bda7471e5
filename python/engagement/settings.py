"""The settings of the project: the vars of dbt_project.yml as one typed model.

dbt does not check vars. They are checked here, once, before anything runs, and each
fault is reported in a sentence that names the var.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import duckdb
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
WHOLE = re.compile("[0-9]+[.]0")
EPOCHS = ("epoch_s", "epoch_ms", "epoch_us")


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
            # as YAML writes them
            listed = ", ".join(
                str(one).lower() if isinstance(one, bool) else one for one in choices
            )
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


def _limit(value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value < 1e9:
        raise fault(f"must be a number from 0 up, not '{value}'")
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
        raise fault(
            "must be a list of strptime formats, such as ['%Y-%m-%d %H:%M'], or of "
            f"{', '.join(EPOCHS)}"
        )
    for text in value:
        if text not in EPOCHS and "%" not in text:
            raise fault(
                f"has '{text}', which is neither a strptime format nor one of "
                f"{', '.join(EPOCHS)}"
            )
        for part in re.findall("%-?.?", text):
            if not DIRECTIVE.fullmatch(part):
                raise fault(f"has '{text}' with {part}, which DuckDB cannot read")
    return value


def _pattern(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise fault("must be a regular expression, such as '[0-9]{5,15}'")
    try:
        with duckdb.connect() as connection:
            connection.execute("select regexp_full_match('', ?)", [value])
    except duckdb.Error as error:
        reason = str(error).splitlines()[0].split(": ", 1)[-1]
        raise fault(
            f"is '{value}', which is not a regular expression: {reason}"
        ) from error
    return value


def _delimiter(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= 4:
        raise fault(f"must be one to four characters, such as ';', not '{value}'")
    if set(value) & set('"\r\n'):
        raise fault("must not hold a quote or a line end")
    return value


def _comment(value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or len(value) != 1):
        raise fault(f"must be one character, such as '#', or ~, not '{value}'")
    return value


def _texts(value: object) -> list[str]:
    """Check texts; YAML reads some of them, such as 0 or NO, as other values."""
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise fault(
            f"must be a list of quoted texts, such as ['NULL', '-'], not {value}"
        )
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


def _place(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise fault(
            "must be a URL or a path, such as 'https://bi.example.com/engagement', not "
            f"'{'' if value is None else value}'"
        )
    return value


def _names(value: object) -> list[str] | None:
    if value is None:
        return None
    names = _texts(value)
    lower = [name.lower() for name in names]
    for name in names:
        if not name.strip():
            raise fault("must not name a column with an empty text")
        if lower.count(name.lower()) > 1:
            raise fault(f"must name '{name}' only once")
    return names or None


def _source(value: object) -> str | dict[str, str]:
    """Check where a field comes from: a column, a path or an SQL expression."""
    if not isinstance(value, Mapping):
        return _column(value)
    sql = value.get("sql")
    if set(value) != {"sql"} or not isinstance(sql, str) or not sql.strip():
        raise fault(
            "must be the name of a column, a path such as '$.a.b', or "
            '{sql: "an expression over the columns"}'
        )
    return {"sql": sql}


Source = Annotated[str | dict[str, str], BeforeValidator(_source)]
OptionalSource = Annotated[
    str | dict[str, str] | None,
    BeforeValidator(lambda value: None if value is None else _source(value)),
]


def _values(value: object) -> list[str] | None:
    """Check values of applications, which are compared with texts as they are read."""
    if value is None:
        return None
    texts = _texts(value)
    if not texts:
        raise fault("must list at least one value, or be ~ to take the rest")
    for text in texts:
        if not text.strip() or text != text.strip() or WHOLE.fullmatch(text):
            raise fault(
                f"has '{text}', which no record can have, since blanks around a text "
                "and .0 after a whole number are taken off"
            )
    return texts


class Model(BaseModel):
    """Base of all parts of the settings: an unknown name is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class XdrCsv(Model):
    """How CSV files are written; what is not set keeps its default."""

    delimiter: Annotated[str, BeforeValidator(_delimiter)] = ","
    columns: Annotated[list[str] | None, BeforeValidator(_names)] = None
    comment: Annotated[str | None, BeforeValidator(_comment)] = None
    nulls: Annotated[list[str], BeforeValidator(_texts)] = []
    encoding: _one_of("utf-8", "utf-16", "latin-1") = "utf-8"
    decimal: _one_of(".", ",") = "."


class XdrColumns(Model):
    """Which column of the export holds which field."""

    user_id: Source
    session_id: OptionalSource = None
    started_at: OptionalSource = None
    started_ms: OptionalSource = None
    ended_at: OptionalSource = None
    ended_ms: OptionalSource = None
    duration: OptionalSource = None
    location: OptionalSource = None
    application: OptionalSource = None
    dl_bytes: OptionalSource = None
    ul_bytes: OptionalSource = None
    device: OptionalSource = None
    device_maker: OptionalSource = None
    rtt_dl_ms: OptionalSource = None
    rtt_ul_ms: OptionalSource = None
    throughput_dl_kbps: OptionalSource = None
    throughput_ul_kbps: OptionalSource = None
    retransmitted_dl_bytes: OptionalSource = None
    retransmitted_ul_bytes: OptionalSource = None

    @model_validator(mode="after")
    def check_times(self) -> XdrColumns:
        """Check that a session's start, end and duration are known."""
        times = ("started_at", "ended_at", "duration")
        if sum(getattr(self, name) is not None for name in times) < 2:
            raise fault(f"must map two of {', '.join(times)}: the third follows")
        for time in ("started", "ended"):
            if getattr(self, f"{time}_ms") and not getattr(self, f"{time}_at"):
                raise fault(f"must not map {time}_ms without {time}_at")
        return self

    @model_validator(mode="after")
    def check_lists(self) -> XdrColumns:
        """Check that only amounts are added up over a list."""
        for name, source in self:
            is_amount = name == "duration" or name.endswith("_bytes")
            if not is_amount and isinstance(source, str) and "[*]" in source:
                raise fault(
                    f"must not map {name} to '{source}': [*] adds up a list, so name "
                    "one entry of it, such as [0]"
                )
        return self


class Experience(Model):
    """Beyond what a session is poor; what is not set keeps its default."""

    poor_throughput_kbps: Annotated[float, BeforeValidator(_limit)] = 250
    poor_rtt_ms: Annotated[float, BeforeValidator(_limit)] = 300
    poor_retransmission_share: Annotated[float, BeforeValidator(_share)] = 0.05


class Application(Model):
    """An application: the columns of its bytes, or the values that name it."""

    name: str
    dl: OptionalSource = None
    ul: OptionalSource = None
    values: Annotated[list[str] | None, BeforeValidator(_values)] = None

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
    if not isinstance(value, list):
        raise fault("must be a list of applications, or [] for none")
    return value


class Settings(Model):
    """All vars; dbt_project.yml has their defaults and says what they mean."""

    xdr_csv: XdrCsv
    xdr_columns: XdrColumns
    xdr_timestamp_formats: Annotated[list[str], BeforeValidator(_time_formats)]
    xdr_timezone: Annotated[str, BeforeValidator(_zone)]
    report_timezone: Annotated[
        str | None, BeforeValidator(lambda value: value and _zone(value))
    ]
    xdr_duration_unit: _one_of("s", "ms", "us")
    xdr_volume_unit: _one_of("B", "kB", "MB", "GB", "KiB", "MiB", "GiB")
    user_id_pattern: Annotated[str, BeforeValidator(_pattern)]
    applications: Annotated[list[Application], BeforeValidator(_applications)]
    max_session_days: _whole_number(1, 10_000)
    engagement_days: Annotated[int | None, BeforeValidator(_days)]
    experience: Experience
    allocation_by: _one_of("highly_engaged_users", "poor_minutes")
    top_n: _whole_number(1, 1_000_000)
    top_application_count: _whole_number(1, 1_000)
    cluster_count: _whole_number(2, 10)
    cluster_scaler: _one_of("standard", "minmax", "robust", "log_standard")
    keep_user_identities: _one_of(True, False)
    refit: _one_of(True, False)
    max_rejected_share: Annotated[float, BeforeValidator(_share)]
    min_group_size: _whole_number(1, 1_000_000)
    report_url: Annotated[str, BeforeValidator(_place)]
    published_url: Annotated[str, BeforeValidator(_place)]

    @model_validator(mode="after")
    def check_applications(self) -> Settings:
        """Check that the applications have names of their own and one form."""
        names = [application.name for application in self.applications]
        for name in names:
            if names.count(name) > 1:
                raise fault(f"applications must list '{name}' only once")
        values = [v for one in self.applications for v in one.values or ()]
        for value in values:
            if values.count(value) > 1:
                raise fault(f"applications must list the value '{value}' only once")
        by_value = self.xdr_columns.application is not None
        for one in self.applications:
            if by_value and (one.dl or one.ul):
                raise fault(
                    f"applications: {one.name} must have values, not dl and ul, "
                    "because xdr_columns.application names the application of a record"
                )
            if not by_value and (one.values is not None or not one.dl or not one.ul):
                raise fault(
                    f"applications: {one.name} must have dl and ul, the columns of its "
                    "bytes; values need xdr_columns.application"
                )
        rest = [one.name for one in self.applications if one.values is None]
        if by_value and len(rest) > 1:
            raise fault(
                f"applications: only one may be without values, which takes the rest, "
                f"not {' and '.join(rest)}"
            )
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
    parts = {
        "xdr_csv": XdrCsv,
        "xdr_columns": XdrColumns,
        "experience": Experience,
        "applications": Application,
    }
    # of names that are not strings, the last part is pydantic's
    names = [name for name in names if "[" not in name]
    known = parts.get(names[0] if len(error["loc"]) > 1 else "", Settings)
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
            mapped = {
                "xdr_columns": "fields to columns of the export",
                "xdr_csv": ", ".join(XdrCsv.model_fields),
                "experience": ", ".join(Experience.model_fields),
            }[names[-1]]
            what = f"must map {mapped}, not '{error['input']}'"
        case _:
            what = f"cannot be used: {error['msg']}"
    told = " ".join(filter(None, [".".join(names), what]))
    return f"vars: {told}; see vars in dbt_project.yml."
