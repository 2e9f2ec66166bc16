"""The child's refusal codes in plain words. The child sends numbers and a column's name, never a sentence."""

from audits.sandbox.limits import Limits
from audits.sandbox.protocol import Code, Refusal
from core.errors import InputRefused, PlimsollError, TooLarge, Unavailable, Unsupported


class ModelRejected(InputRefused):
    """The file cannot be used as a model: a validator or a loader refused it."""

    verdict = "rejected"

    def like(self, kind: type[PlimsollError]) -> "ModelRejected":
        """The same with the HTTP status, code and title of a kind of refusal."""
        self.status, self.code, self.title = kind.status, kind.code, kind.title
        return self


class ModelFault(InputRefused):
    """The model died, raised, or answered what is no answer."""

    verdict = "model_fault"


class ResourceLimit(TooLarge):
    """The model took more memory, processor time or time by the clock than it may."""

    verdict = "resource_limit"


SEND = "Send CSV in UTF-8 (plain or gzip'd) or Parquet with flat columns."
_FEWER = "Send only the columns the audit names, or a sample of the rows."
_AGAIN = "Write the file anew and send it again."

# code: (error, what happened, limit, remedy); {column}, {number} and the limits' names are filled in.
_WORDS: dict[Code, tuple[type[PlimsollError], str, str, str]] = {
    Code.NOT_ISOLATED: (
        Unavailable,
        "Files cannot be read here: this machine does not hold resource limits, Landlock and seccomp, all three.",
        "",
        "Tell the insurer. Nothing is parsed without isolation.",
    ),
    Code.EMPTY: (InputRefused, "The file is empty.", "at least one row", SEND),
    Code.NO_ROWS: (
        InputRefused,
        "The file has column names and no rows.",
        "at least one row",
        "Send the rows too.",
    ),
    Code.ENCODING: (InputRefused, "The text is not UTF-8.", "UTF-8", "Save it as UTF-8 and send it again."),
    Code.NUL: (InputRefused, "The text has NUL bytes.", "text without NUL", "Remove them. " + SEND),
    Code.LINE: (
        TooLarge,
        "A line is too long.",
        "{line} bytes a line",
        "Check the line ends and quotes: a quote that is never closed makes one line of many.",
    ),
    Code.COLUMNS: (TooLarge, "The file has too many columns.", "{columns} columns", _FEWER),
    Code.ROWS: (TooLarge, "The file has too many rows.", "{rows} rows", _FEWER),
    Code.CELLS: (TooLarge, "The file has too many cells.", "{cells} cells", _FEWER),
    Code.NAME_EMPTY: (
        InputRefused,
        "Column {number} has no name.",
        "a name for each column",
        "Name it, or leave it out (pandas: to_csv(index=False)).",
    ),
    Code.NAME_TWICE: (
        InputRefused,
        "Two columns are named {column}.",
        "different names",
        "Rename one of them.",
    ),
    Code.NAME_BAD: (
        InputRefused,
        "The name of column {number} is too long or cannot be printed.",
        "{name_chars} printable characters",
        "Rename it.",
    ),
    Code.RAGGED: (
        InputRefused,
        "Line {number} has another number of cells than the header.",
        "as many cells as columns",
        "Check that line for a missing or extra delimiter or quote.",
    ),
    Code.INFINITE: (
        InputRefused,
        "Column {column} holds an infinite number.",
        "finite numbers",
        "Leave the cell empty if the number is missing, or send the real number.",
    ),
    Code.TEXT_LONG: (
        TooLarge,
        "Column {column} holds a text that is too long.",
        "{text_chars} characters a cell",
        "Leave the column out: an audit needs categories, not free text.",
    ),
    Code.TEXT_DISTINCT: (
        TooLarge,
        "Column {column} holds too many different texts.",
        "{distinct_texts} different texts a column",
        "Leave the column out, or send row numbers instead of text keys.",
    ),
    Code.TEXT_BYTES: (
        TooLarge,
        "The different texts of all columns are too much together.",
        "{text_bytes} bytes",
        "Leave out columns of free text.",
    ),
    Code.UNPACKED: (TooLarge, "The file unpacks to too much.", "{unpacked} bytes unpacked", _FEWER),
    Code.RATIO: (
        TooLarge,
        "The file unpacks to implausibly much.",
        "{ratio} times its packed size",
        "Send it unpacked, or as Parquet.",
    ),
    Code.GZIP: (InputRefused, "The gzip wrapping is damaged or cut short.", "a whole gzip file", _AGAIN),
    Code.FORMAT: (
        Unsupported,
        "The content is not CSV or Parquet, whatever the name says.",
        "CSV or Parquet",
        SEND + " Pickles, archives and workbooks are never opened.",
    ),
    Code.NESTED: (
        InputRefused,
        "Column {column} is nested.",
        "flat columns",
        "Send its parts as columns of their own.",
    ),
    Code.TYPE: (
        InputRefused,
        "Column {column} has a type that is not supported.",
        "numbers, texts, truth values, dates, timestamps, raw pixels as binary of one length",
        "Convert it or leave it out.",
    ),
    Code.PIXELS_SIZE: (
        InputRefused,
        "Column {column} holds bytes of different lengths, or none at all.",
        "raw pixels: height x width x channels bytes in every cell",
        "Bring all images to one size and send their pixels, not JPEG or PNG; leave out bytes that are no image.",
    ),
    Code.PIXELS_LARGE: (
        TooLarge,
        "Column {column} holds images of {number} bytes.",
        "{pixels_cell} bytes a cell",
        "Send the pixels at the size at which the model takes them.",
    ),
    Code.PIXELS_ALL: (
        TooLarge,
        "The images are too much together.",
        "{pixels} bytes",
        "Send a sample of the rows, or the pixels at the size at which the model takes them.",
    ),
    Code.MALFORMED_CSV: (InputRefused, "The text cannot be read as CSV.", "CSV after RFC 4180", SEND),
    Code.QUOTE: (
        InputRefused,
        "A quote is opened in line {number} and never closed.",
        "quotes in pairs (RFC 4180)",
        "Close it, or write a quote inside a quoted cell twice.",
    ),
    Code.AFTER_QUOTE: (
        InputRefused,
        "In line {number} text follows the quote that closes a cell.",
        "the delimiter or the line's end after a closing quote (RFC 4180)",
        "Write a quote inside a quoted cell twice, and look above that line for a quote that was never closed.",
    ),
    Code.MALFORMED_PARQUET: (
        InputRefused,
        "The Parquet file is damaged or cut short.",
        "a whole Parquet file",
        _AGAIN,
    ),
    Code.MEMORY: (TooLarge, "Reading the file needs too much memory.", "{address_space} bytes", _FEWER),
    Code.NUMBER: (
        InputRefused,
        "Column {column} holds a number outside its type.",
        "int64, float64, microseconds",
        "Send it as text or in a smaller unit.",
    ),
}


def error_of(refusal: Refusal, limits: Limits) -> PlimsollError:
    """The refusal as an error with field, limit and remedy; `field` is the column to blame, else "file"."""
    kind, message, limit, remedy = _WORDS[refusal.code]
    figures = {name: f"{value:,}" for name, value in vars(limits).items()}
    known = {**figures, "column": refusal.column, "number": f"{refusal.number:,}"}
    return kind(
        message.format(**known),
        field=refusal.column or "file",
        limit=limit.format(**known) or None,
        remedy=remedy.format(**known),
    )


def gave_up(limits: Limits) -> PlimsollError:
    """The child used up its time."""
    return TooLarge(
        "Reading the file takes too long.",
        field="file",
        limit=f"{limits.cpu_seconds} s of computing",
        remedy=_FEWER,
    )


def unreadable() -> PlimsollError:
    """The child died or answered nonsense."""
    return InputRefused(
        "The file made its reader fail. It was read in isolation; nothing else was touched.",
        field="file",
        limit="CSV or Parquet",
        remedy=_AGAIN,
    )
