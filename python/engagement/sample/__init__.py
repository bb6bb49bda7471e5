"""Write a synthetic export in the format of the reference export.

Every value is a function of the seed and of the number of its record or user. DuckDB
computes the records as a stream, so a file may be larger than the memory, and the
number of threads does not change it. Only operations that are exact on every machine
are used (no logarithm, no hash of the engine), so a seed gives the same file
everywhere.

The columns and their distributions are SQL, in ``queries``. Subscriber numbers begin
with 999, a country code that is not assigned.
"""

from engagement.sample.contents import FAULTS, FIRST_DAY_MS, Sample
from engagement.sample.planted import Plan
from engagement.sample.writing import FORMATS, format_of, write_sample

__all__ = [
    "FAULTS",
    "FIRST_DAY_MS",
    "FORMATS",
    "Plan",
    "Sample",
    "format_of",
    "write_sample",
]
