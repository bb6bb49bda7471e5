"""What is no file of records though it may hold some, and how to make one of it.

To add a kind, add a row to `KINDS`.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

HEAD_BYTES = 16_384  # the parts of a workbook are named here
NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
ADDRESS = re.compile(r"jdbc(?=:)|[a-z][a-z0-9+.-]+(?=:/)", re.IGNORECASE)


class Kind(NamedTuple):
    """A kind of thing that is no file of records, and how to recognise it.

    Attributes
    ----------
    what : str
        With its article.
    remedy : str
        One command, and what it does. What it may name is listed where it is written:
        in `describe_address` and `_describe`.
    remedy_of_many : str
        The remedy for an address that names a folder or has wildcards, if it differs.
    schemes : tuple of str
        What an address begins with, before the colon.
    suffixes : tuple of str
        What the name of a file ends with.
    head : bytes
        A pattern that the first bytes of a file match. They are not looked at if they
        are text, which may begin with any letters.
    marker : str
        What a folder of this kind holds, as a glob.
    """

    what: str
    remedy: str
    remedy_of_many: str = ""
    schemes: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    head: bytes = b""
    marker: str = ""


AS_CSV = "writes one of its tables as a CSV file"
AS_PARQUET = "makes a Parquet file of it"
CURRENT = "writes its current version as a Parquet file"
COPIES = "copies it to this machine"
UNPACKS = "unpacks it"
SPARK = "from pyspark.sql import SparkSession as s"
KINDS = (
    # databases
    Kind(
        what="a PostgreSQL database",
        remedy='`psql "$XDR_PATH" -c "\\copy TABLE to \'TABLE.csv\' csv header"` '
        + AS_CSV,
        schemes=("postgresql", "postgres"),
    ),
    Kind(
        what="a MySQL database",
        remedy='`mysql -h HOST -u USER -p --batch -e "select * from TABLE" DATABASE '
        "> TABLE.tsv` writes one of its tables as a file separated by tabs",
        schemes=("mysql", "mariadb"),
    ),
    Kind(
        what="a database",
        remedy='`beeline -u "$XDR_PATH" --silent=true --outputformat=csv2 '
        f'-e "select * from TABLE" > TABLE.csv` {AS_CSV}',
        schemes=("jdbc",),
    ),
    Kind(
        what="a SQLite database",
        remedy='`sqlite3 -header -csv {file} "select * from TABLE" > TABLE.csv` '
        + AS_CSV,
        suffixes=(".sqlite", ".sqlite3", ".db"),
        head=rb"SQLite format 3\x00",
    ),
    Kind(
        what="a DuckDB database",
        remedy="`duckdb {file} -c \"copy TABLE to 'TABLE.parquet'\"` "
        "writes one of its tables as a Parquet file",
        suffixes=(".duckdb",),
        head=rb".{8}DUCK",
    ),
    Kind(
        what="an Access database",
        remedy=f"`mdb-export {{file}} TABLE > TABLE.csv` {AS_CSV}",
        suffixes=(".mdb", ".accdb"),
        head=rb"\x00\x01\x00\x00Standard (Jet|ACE) DB",
    ),
    # other machines
    Kind(
        what="a place in S3",
        remedy=f"`aws s3 cp s3://{{place}} .` {COPIES}",
        remedy_of_many=f"`aws s3 sync s3://{{place}} .` {COPIES}",
        schemes=("s3", "s3a", "s3n"),
    ),
    Kind(
        what="a place in Google Cloud Storage",
        remedy=f"`gsutil cp -r gs://{{place}} .` {COPIES}",
        schemes=("gs", "gcs"),
    ),
    Kind(
        what="a place in Azure Storage",
        remedy="`az storage blob download-batch --account-name ACCOUNT "
        f"--source {{host}} --pattern {{pattern}} --destination .` {COPIES}",
        schemes=("az",),
    ),
    Kind(
        what="a place in Azure Storage",
        remedy="`azcopy copy https://{host}/{user}{folder} . --recursive` " + COPIES,
        schemes=("abfs", "abfss", "wasb", "wasbs"),
    ),
    Kind(
        what="a place in HDFS",
        remedy=f"`hdfs dfs -get {{scheme}}://{{place}} .` {COPIES}",
        schemes=("hdfs", "webhdfs", "viewfs"),
    ),
    Kind(
        what="a web address",
        remedy=f'`curl -fLO "$XDR_PATH"` {COPIES}',
        schemes=("http", "https", "ftp", "ftps", "sftp"),
    ),
    Kind(
        what="a URL",
        remedy="`export XDR_PATH={path}` names the file itself",
        schemes=("file",),
    ),
    # files of other kinds
    Kind(
        what="an Excel workbook",
        remedy="`soffice --headless --convert-to csv --outdir {folder} {file}` "
        "makes a CSV file of its first sheet",
        suffixes=(".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"),
        head=rb"PK\x03\x04.*(xl/(workbook|worksheets|theme|styles|_rels)"
        rb"|mimetypeapplication/vnd\.oasis)|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    ),
    Kind(
        what="an Avro file",
        remedy='`duckdb -c "install avro; load avro; copy (from read_avro('
        f"'{{sql}}')) to '{{sql_stem}}.parquet'\"` {AS_PARQUET}",
        suffixes=(".avro",),
        head=rb"Obj\x01",
    ),
    Kind(
        what="an ORC file",
        remedy='`python -c "import sys, pyarrow.orc as o, pyarrow.parquet as p; '
        'p.write_table(o.read_table(sys.argv[1]), sys.argv[2])" {file} {parquet}` '
        + AS_PARQUET,
        suffixes=(".orc",),
        head=rb"ORC",
    ),
    Kind(
        what="an Arrow or Feather file",
        remedy='`python -c "import sys, pyarrow.feather as f, pyarrow.parquet as p; '
        'p.write_table(f.read_table(sys.argv[1]), sys.argv[2])" {file} {parquet}` '
        + AS_PARQUET,
        suffixes=(".arrow", ".feather", ".ipc"),
        head=rb"ARROW1|FEA1",
    ),
    # archives
    Kind(
        what="a zip archive",
        remedy=f"`unzip {{file}} -d {{folder}}` {UNPACKS}",
        suffixes=(".zip",),
        head=rb"PK(\x03\x04|\x05\x06)",
    ),
    Kind(
        what="a 7z archive",
        remedy=f"`7z x {{file}} -o{{folder}}` {UNPACKS}",
        suffixes=(".7z",),
        head=rb"7z\xbc\xaf\x27\x1c",
    ),
    Kind(
        what="a RAR archive",
        remedy=f"`unrar x {{file}} {{folder}}/` {UNPACKS}",
        suffixes=(".rar",),
        head=rb"Rar!\x1a\x07",
    ),
    Kind(
        what="a tar archive",
        remedy=f"`tar -xf {{file}} -C {{folder}}` {UNPACKS}",
        suffixes=(".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst"),
        head=rb".{257}ustar",
    ),
    Kind(
        what="compressed with bzip2",
        remedy=f"`bunzip2 {{file}}` {UNPACKS}",
        suffixes=(".bz2",),
        head=rb"BZh[1-9]1AY&SY",
    ),
    Kind(
        what="compressed with xz",
        remedy=f"`unxz {{file}}` {UNPACKS}",
        suffixes=(".xz",),
        head=rb"\xfd7zXZ\x00",
    ),
    Kind(
        what="compressed with lz4",
        remedy=f"`lz4 -d --rm {{file}}` {UNPACKS}",
        suffixes=(".lz4",),
        head=rb"\x04\x22\x4d\x18",
    ),
    Kind(
        what="compressed Parquet, which cannot be read in parts; unpack it first",
        remedy=f"`gunzip {{file}}` {UNPACKS}",
        suffixes=(".parquet.gz",),
    ),
    Kind(
        what="compressed Parquet, which cannot be read in parts; unpack it first",
        remedy=f"`unzstd --rm {{file}}` {UNPACKS}",
        suffixes=(".parquet.zst",),
    ),
    # folders that also hold files of earlier versions of a table
    Kind(
        what="a Delta table, whose folder also holds files that were removed from it",
        remedy='`duckdb -c "install delta; load delta; copy (from delta_scan('
        f"'{{sql}}')) to '{{sql}}.parquet'\"` {CURRENT}",
        marker="_delta_log",
    ),
    Kind(
        what="an Iceberg table, whose folder also holds files that were removed from "
        "it",
        remedy='`duckdb -c "install iceberg; load iceberg; '
        "set unsafe_enable_version_guessing = true; copy (from iceberg_scan('{sql}', "
        f"allow_moved_paths = true)) to '{{sql}}.parquet'\"` {CURRENT}",
        marker="metadata/*.metadata.json",
    ),
    Kind(
        what="a Hudi table, whose folder also holds files that were removed from it",
        remedy=f'`python -c "import sys; {SPARK}; s.builder.getOrCreate().read.format('
        "'hudi').load(sys.argv[1]).write.parquet(sys.argv[1] + '.parquet')\" {file}` "
        f"{CURRENT}",
        marker=".hoodie",
    ),
)
UNKNOWN = Kind(
    what="an address",
    remedy="export what it names as a CSV, JSON or Parquet file on this machine",
)


def describe_address(path: str) -> str:
    """Say what an address names and which command makes files of it.

    Parameters
    ----------
    path : str
        ``XDR_PATH``.

    Returns
    -------
    str
        What follows "is"; empty for a path of this machine. It never repeats a user,
        a password or a query of the address, since it goes to the log.
    """
    scheme = ADDRESS.match(path)
    if not scheme:
        return ""
    name = scheme[0].lower()
    kind = next((kind for kind in KINDS if name in kind.schemes), UNKNOWN)
    place = urlsplit(path)
    user, _, host = place.netloc.rpartition("@")
    # a folder, up to the first wildcard, or a file
    folder = re.split(r"[^/]*[*[]", place.path)[0]
    is_folder = "." not in Path(place.path).name
    is_many = is_folder or folder != place.path
    pattern = f"{folder.rstrip('/')}/*" if is_folder else place.path
    names = {
        "scheme": name,
        "host": host,
        "user": user,
        "path": shlex.quote(place.path),
        "folder": shlex.quote(folder),
        "place": shlex.quote(host + folder),
        "pattern": shlex.quote(pattern.lstrip("/")),
    }
    remedy = (is_many and kind.remedy_of_many) or kind.remedy
    return f"{kind.what}, not a file: {remedy.format(**names)}"


def describe_file(file: Path, is_known: bool) -> str:
    """Say of which other kind a file is and which command makes an export of it.

    Parameters
    ----------
    file : Path
    is_known : bool
        Whether the file has been loaded as it is: then its content is not looked at.

    Returns
    -------
    str
        What follows "is"; empty for a file that may be an export.
    """
    head = b""
    if not is_known:
        with file.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    by_content = [
        kind
        for kind in KINDS
        if kind.head and NOT_TEXT.search(head) and re.match(kind.head, head, re.DOTALL)
    ]
    name = file.name.lower()
    by_name = [kind for kind in KINDS if kind.suffixes and name.endswith(kind.suffixes)]
    return next((_describe(kind, file) for kind in by_content + by_name), "")


def describe_table(folder: Path) -> str:
    """Say which table format a folder is of; what follows "is", or nothing."""
    kinds = (kind for kind in KINDS if kind.marker and any(folder.glob(kind.marker)))
    return next((_describe(kind, folder) for kind in kinds), "")


def _describe(kind: Kind, place: Path) -> str:
    text = place.as_posix()
    stem = place.with_suffix("").as_posix()
    names = {
        "file": shlex.quote(text),
        "folder": shlex.quote(place.parent.as_posix()),
        "parquet": shlex.quote(f"{stem}.parquet"),
        "sql": text.replace("'", "''"),
        "sql_stem": stem.replace("'", "''"),
    }
    return f"{kind.what}: {kind.remedy.format(**names)}"
