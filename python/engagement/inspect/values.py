"""What the values of a column are: numbers, times, durations or texts.

Every decision is made on values alone. What names say is in `engagement.inspect.names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import inf, isfinite

import duckdb

from engagement.export.guards import NULL_TEXTS

MOST_EXAMINED = 2_000  # distinct values of a column whose form is examined
NEARLY_ALL = 0.98
# One unit of an epoch in seconds, largest first.
EPOCHS = {"epoch_s": 1.0, "epoch_ms": 1e-3, "epoch_us": 1e-6}
# 2005 to 2040: wider, subscribers' numbers would often be times
EPOCH_RANGE = (1_104_537_600, 2_208_988_800)

INTEGER = re.compile(r"[-+]?[0-9]+(?:\.0*)?")
DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
COMMA_DECIMAL = re.compile(r"[-+]?[0-9]+,[0-9]+")
THOUSANDS = re.compile(r"[-+]?[0-9]{1,3}(?:,[0-9]{3})+")
CLOCK = re.compile(
    r"(?:[0-9]+(?:[.]| | days? ?,? ?))?[0-9]+:[0-5]?[0-9]:[0-5]?[0-9](?:[.][0-9]+)?"
    r"|p?(?=[0-9t])(?:[0-9]+d)? ?t?(?:[0-9]+h)? ?(?:[0-9]+m(?:in)?)?"
    r" ?(?:[0-9]+(?:[.][0-9]+)?s)?",
    re.IGNORECASE,
)
ISO = re.compile(
    r"\d{4}-\d\d-\d\d([T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)? ?(Z|[+-]\d\d(:?\d\d)?)?)?"
    r"|\d{8}T\d{4,6}([.,]\d+)?(Z|[+-]\d\d(:?\d\d)?)?",
    re.IGNORECASE,
)
MANGLED = re.compile(r"[0-9]([.,][0-9]+)?E[+][0-9]+")

# Times, as a date, what joins it to the time of day, the time of day, and an offset.
# Each part is a pattern and the strptime formats that may read it.
DATES = {
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}": ["%Y{0}%m{0}%d"],
    r"\d{1,2}([-/.])\d{1,2}\1\d{4}": ["%d{0}%m{0}%Y", "%m{0}%d{0}%Y"],
    r"\d{1,2}([-/.])\d{1,2}\1\d{2}": ["%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d"],
    r"\d{1,2}([-/. ])[A-Za-z]{3}\1\d{4}": ["%d{0}%b{0}%Y"],
    r"\d{1,2}([-/. ])[A-Za-z]{3}\1\d{2}": ["%d{0}%b{0}%y"],
    r"\d{1,2}([-/. ])[A-Za-z]{4,}\1\d{4}": ["%d{0}%B{0}%Y"],
    r"[A-Za-z]{3}( )\d{1,2}, \d{4}": ["%b %d, %Y"],
    r"[A-Za-z]{3}( )\d{1,2} \d{4}": ["%b %d %Y"],
    r"[A-Za-z]{4,}( )\d{1,2}, \d{4}": ["%B %d, %Y"],
    r"(?:19|20)\d{6}()": ["%Y%m%d"],
    r"\d{4}(?:19|20)\d{2}()": ["%d%m%Y", "%m%d%Y"],
    r"\d{6}()": ["%y%m%d", "%d%m%y"],
}
JOINS = (" ", "T", "", ":", "-", "_", ", ", "/")
TIMES = {
    r"\d{1,2}:\d\d:\d\d": ("%H:%M:%S", "%I:%M:%S"),
    r"\d{1,2}\.\d\d\.\d\d": ("%H.%M.%S", "%I.%M.%S"),
    r"\d{1,2}:\d\d": ("%H:%M", "%I:%M"),
    r"\d{6}": ("%H%M%S", "%I%M%S"),
    r"\d{4}": ("%H%M", "%I%M"),
}
FRACTIONS = {
    "": "", r"\.\d{1,6}": ".%f", r"\.\d{7,9}": ".%n", r",\d{3}": ",%g",
    r":\d{3}": ":%g",
}  # fmt: skip
HALVES = {"": "", r"[AaPp][Mm]": "%p", r" [AaPp][Mm]": " %p"}
OFFSETS = {
    "": "", r"[+-]\d\d(?::?\d\d)?": "%z", r" [+-]\d\d(?::?\d\d)?": " %z", "Z": "Z",
    " (?:UTC|GMT)": " %Z",
}  # fmt: skip
COMPACT = (10, 12, 14)  # digits that a time without marks has
# as ctime writes it, with the year at the end
UNIX = re.compile(r"[A-Za-z]{3} [A-Za-z]{3} [ \d]\d \d\d:\d\d:\d\d \d{4}")


@dataclass
class Column:
    """A column of an export, or a path in it, with the values of the sample.

    Attributes
    ----------
    source : str
        As the var xdr_columns names it.
    values : list of str or None
        One for each record of the sample, without blanks around it.
    kind : str
        empty, integer, decimal, time, duration or text.
    formats : list of str
        Formats of a time; empty if it is read without one.
    seconds : list of float or None
        Times in seconds since 1970, one for each record.
    other_formats : list of str
        Formats that read as many values with day and month in another order.
    has_separators : bool
        Whether commas separate the thousands of the numbers.
    """

    source: str
    values: list[str | None]
    kind: str = "text"
    formats: list[str] = field(default_factory=list)
    seconds: list[float | None] = field(default_factory=list)
    other_formats: list[str] = field(default_factory=list)
    has_separators: bool = False

    @cached_property
    def filled(self) -> list[str]:
        """The values that are there."""
        return [value for value in self.values if value is not None]

    @cached_property
    def distinct(self) -> list[str]:
        """The distinct values in the order in which they come."""
        return list(dict.fromkeys(self.filled))

    @property
    def missing_share(self) -> float:
        """The share of records without a value."""
        return 1 - len(self.filled) / len(self.values) if self.values else 1.0

    @cached_property
    def numbers(self) -> list[float | None]:
        """The values as numbers, one for each record; None if it is not one."""
        if self.has_separators:
            return [v and float(v.replace(",", "")) for v in self.values]
        return [_number(value) for value in self.values]

    @property
    def total(self) -> float:
        """The sum of the numbers."""
        return sum(number for number in self.numbers if number is not None)

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers, whatever they mean."""
        return self.kind in ("integer", "decimal")

    @property
    def is_whole(self) -> bool:
        """Whether all numbers are whole."""
        return all(number is None or number.is_integer() for number in self.numbers)


def examine(source: str, values: Sequence[str | None], kind: str = "VARCHAR") -> Column:
    """Find out what the values of a column are.

    Parameters
    ----------
    source : str
        See `Column`.
    values : sequence of str or None
        As the reader returns them, null texts taken out.
    kind : str
        DuckDB's type of the column.
    """
    column = Column(source, [_stripped(value) for value in values])
    examined = spread(column.distinct, MOST_EXAMINED)
    if not examined:
        column.kind = "empty"
    elif kind.startswith(("TIMESTAMP", "DATE")):
        column.kind, column.seconds = "time", read_times(column.values, [])
    elif formats := epoch_formats(examined):
        column.kind, column.formats = "integer", formats
        if not all(INTEGER.fullmatch(value) for value in examined):
            column.kind = "decimal"
        column.seconds = _epoch_seconds(column.values, formats[0])
    elif _are(examined, ISO):
        column.kind, column.seconds = "time", read_times(column.values, [])
    elif formats := text_formats(examined):
        column.kind = "time"
        column.formats, column.other_formats = formats
        column.seconds = read_times(column.values, column.formats)
    elif _are(examined, INTEGER):
        column.kind = "integer"
    elif _are(examined, re.compile(f"{DECIMAL.pattern}|{COMMA_DECIMAL.pattern}")):
        column.kind = "decimal"
    elif _are(examined, re.compile(f"{THOUSANDS.pattern}|{INTEGER.pattern}")):
        column.kind, column.has_separators = "integer", True
    elif _are(examined, CLOCK):
        column.kind = "duration"
    return column


def _stripped(value: str | None) -> str | None:
    return value.strip() or None if value is not None else None


def spread(values: Sequence, most: int) -> list:
    """Take at most so many values, spread evenly."""
    step = max(1, -(-len(values) // most))
    return list(values[::step])


def _are(values: Iterable[str], pattern: re.Pattern) -> bool:
    found = [pattern.fullmatch(value) is not None for value in values]
    return sum(found) >= NEARLY_ALL * len(found)


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    if COMMA_DECIMAL.fullmatch(text):
        text = text.replace(",", ".")
    number = float(text) if DECIMAL.fullmatch(text) else inf
    return number if isfinite(number) else None


def epoch_formats(values: Sequence[str]) -> list[str]:
    """Name the epoch in which numbers would be times of this century, if one."""
    numbers = [_number(value) for value in values if DECIMAL.fullmatch(value)]
    if len(numbers) < NEARLY_ALL * len(values):
        return []
    for name, unit in EPOCHS.items():
        first, last = (moment / unit for moment in EPOCH_RANGE)
        inside = [first <= number <= last for number in numbers]
        if sum(inside) >= NEARLY_ALL * len(values):
            return [name]
    return []


def _epoch_seconds(values: Sequence[str | None], name: str) -> list[float | None]:
    unit = EPOCHS[name]
    return [None if (n := _number(v)) is None else n * unit for v in values]


def formats_of(value: str) -> list[str]:
    """List the strptime formats by whose form a text may be a time."""
    if UNIX.fullmatch(value):
        return ["%a %b %d %H:%M:%S %Y"]
    weekday = re.match(r"(?:[A-Z][a-z]{2}),? ", value)
    begin = ""
    if weekday and not re.match(r"[A-Za-z]{3} \d", value):
        begin = "%a" + weekday[0][3:]
        value = value[weekday.end() :]
    found = []
    for (date, dates), join in product(DATES.items(), JOINS):
        if not (day := re.match(f"{date}{re.escape(join)}(?=\\d)", value)):
            continue
        rest = value[day.end() :]
        for (time, hours), fraction, half, offset in product(
            TIMES.items(), FRACTIONS, HALVES, OFFSETS
        ):
            if re.fullmatch(f"{time}{fraction}{half}{offset}", rest):
                hour = hours[1 if half else 0]
                end = FRACTIONS[fraction] + HALVES[half] + OFFSETS[offset]
                found += [
                    f"{begin}{form.format(day[1])}{join}{hour}{end}" for form in dates
                ]
    return list(dict.fromkeys(found))


def text_formats(values: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """Choose the formats that read texts as times.

    Where day and month may be swapped, the order is chosen that reads more of them;
    then the one in which they are closest together.

    Parameters
    ----------
    values : sequence of str
        Distinct values.

    Returns
    -------
    tuple of two lists of str, or None
        The formats, and those that read all values in another order. None if they are
        no times.
    """
    written = spread(values, 60)
    if all(DECIMAL.fullmatch(text) and len(text) not in COMPACT for text in written):
        return None
    candidates = dict.fromkeys(form for text in written for form in formats_of(text))
    read = {form: read_times(values, [form]) for form in candidates}
    chosen: list[str] = []
    left = set(range(len(values)))
    while left and len(chosen) < 4:
        count = {f: sum(read[f][i] is not None for i in left) for f in read}
        best = max(count, key=lambda f: (count[f], -_span(read[f])), default=None)
        if not best or count[best] < 0.005 * len(values):
            break
        chosen.append(best)
        left -= {i for i in left if read[best][i] is not None}
    if not chosen or len(left) > (1 - NEARLY_ALL) * len(values):
        return None
    first = read[chosen[0]]
    others = [
        form
        for form in candidates
        if sorted(form) == sorted(chosen[0])
        and read[form] != first
        and None
        not in [
            there if moment is not None else 0.0
            for moment, there in zip(first, read[form], strict=True)
        ]
    ]
    return chosen, others


def _span(seconds: Iterable[float | None]) -> float:
    read = [moment for moment in seconds if moment is not None]
    return max(read) - min(read) if read else 0.0


def read_times(values: Sequence[str | None], formats: list[str]) -> list[float | None]:
    """Read texts as times, with DuckDB, which reads them in a load as well.

    Parameters
    ----------
    values : sequence of str or None
    formats : list of str
        strptime formats; none for ISO 8601.

    Returns
    -------
    list of float or None
        Seconds since 1970.
    """
    if formats:
        # formats with and without an offset cannot share a call
        tried = ", ".join(
            f"epoch(try_strptime(text, {_literal(form)}))" for form in formats
        )
        time = f"coalesce({tried})"
    else:
        # a compact form is made one that the cast reads
        usual = (
            r"regexp_replace(text, '^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?',"
            r" '\1-\2-\3 \4:\5:\6')"
        )
        time = (
            f"coalesce(epoch(try_cast(text as timestamptz)),"
            f" epoch(try_cast(rtrim(replace({usual}, ',', '.'), ':') as timestamptz)))"
        )
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        rows = connection.execute(
            f"select {time} from (select unnest(?::varchar[]) as text)", [list(values)]
        ).fetchall()
    return [seconds for (seconds,) in rows]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def agree_on_days(columns: Iterable[Column], preferred: Sequence[str]) -> None:
    """Read all times that may be swapped with day and month in the same order.

    The order is taken in which the days of all of them are closest together; of equal
    ones that of the present vars.

    Parameters
    ----------
    columns : iterable of Column
        Their formats and times are changed.
    preferred : sequence of str
        The var xdr_timestamp_formats as it is.
    """
    groups: dict[tuple[str, ...], list[Column]] = {}
    for column in columns:
        if column.other_formats:
            orders = sorted([column.formats[0], *column.other_formats])
            groups.setdefault(tuple(orders), []).append(column)
    for orders, group in groups.items():
        read = {
            form: [read_times(column.values, [form]) for column in group]
            for form in orders
        }
        spans = {
            form: _span(moment for times in read[form] for moment in times) // 86_400
            for form in orders
        }
        best = min(orders, key=lambda form: (spans[form], form not in preferred))
        for place, column in enumerate(group):
            column.formats[0] = best
            column.other_formats = [form for form in orders if form != best]
            column.seconds = read[best][place]


def null_texts(columns: Iterable[Sequence[str | None]]) -> list[str]:
    """List the texts of columns that stand for a missing value."""
    found = {value.strip() for values in columns for value in values if value}
    return sorted(text for text in found if text.lower() in NULL_TEXTS)


def has_decimal_commas(columns: Iterable[Column]) -> bool:
    """Tell whether numbers have a decimal comma rather than thousands."""
    for column in columns:
        texts = [value for value in column.filled if "," in value]
        if column.kind != "decimal" or not texts:
            continue
        if any(
            COMMA_DECIMAL.fullmatch(text)
            and (not THOUSANDS.fullmatch(text) or re.match("[-+]?0", text))
            for text in texts
        ):
            return True
    return False


# Patterns of ids that are no subscribers' numbers, the narrowest first.
ID_PATTERNS = (
    r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}",
    r"(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}",
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
    r"[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}",
    r"[0-9A-Fa-f]{12}",
    r"[0-9A-Fa-f]{16,128}",
    r"[^@ ]+@[^@ ]+",
)
NUMBER_ID = re.compile(r"(?:[+]|00)?([0-9]{5,15})(?:\.0+)?")


def id_pattern(column: Column) -> str | None:
    """Propose the var user_id_pattern; None if the default fits.

    Parameters
    ----------
    column : Column
        Holds ids of users.
    """
    values = column.distinct
    numbers = sum(NUMBER_ID.fullmatch(value) is not None for value in values)
    if numbers >= 0.95 * len(values):
        return None
    for pattern in ID_PATTERNS:
        if all(re.fullmatch(pattern, value) for value in values):
            return pattern
    return ".+"


def looks_like_id(column: Column) -> bool:
    """Tell whether most values are numbers or codes as users have."""
    values = spread(column.distinct, 200)
    patterns = [re.compile(text) for text in ID_PATTERNS[:-2]]
    patterns += [re.compile(ID_PATTERNS[-1]), re.compile(r"[+]?[0-9]{8,15}(\.0)?")]
    return any(_are(values, pattern) for pattern in patterns) and bool(values)
