"""One table as csv, Markdown and LaTeX, and numbers as people read them."""

from __future__ import annotations

import math
import numbers
import re

import pandas as pd

_TEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
}
_TEX_PATTERN = re.compile("|".join(re.escape(character) for character in _TEX))


def shown(value: object, digits: int = 4, missing: str = "–") -> str:
    """A value for a reader: numbers to `digits` decimals, whole ones as they are: 12,345."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return missing
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.{digits}f}"
    if isinstance(value, numbers.Integral):
        return f"{int(value):,}"
    text = str(value)
    return text if text else missing


def ends(low: float, high: float, between: str = " to ", digits: int = 3) -> str:
    """An interval for a reader.

    One without width is no interval: the score is the same on every resample, as that of a
    classifier with one answer for all samples is. It is said to be constant.
    """
    if not (math.isfinite(low) and math.isfinite(high)):
        return "no interval"
    if math.isclose(low, high, rel_tol=0, abs_tol=1e-12):
        return "constant"
    return f"{low:.{digits}f}{between}{high:.{digits}f}"


def as_csv(table: pd.DataFrame) -> str:
    """Every digit, so that the numbers can be read back; missing is empty."""
    return table.to_csv(index=False, lineterminator="\n")


def as_markdown(table: pd.DataFrame, digits: int = 4) -> str:
    """A table for a text editor: columns padded, numbers to the right."""
    cells = [[_pipe(shown(v, digits)) for v in row] for row in table.itertuples(index=False)]
    heads = [_pipe(str(column)) for column in table.columns]
    right = [_is_number(table[column]) for column in table.columns]
    wide = [max(3, *(len(row[i]) for row in [heads, *cells])) for i in range(len(heads))]

    def line(row: list[str]) -> str:
        parts = zip(row, wide, right, strict=True)
        return "| " + " | ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in parts) + " |"

    rule = "|" + "|".join("-" * (w + 1) + (":" if r else "-") for w, r in zip(wide, right)) + "|"  # noqa: B905
    return "\n".join([line(heads), rule, *map(line, cells)]) + "\n"


def as_tex(table: pd.DataFrame, caption: str, label: str, digits: int = 4) -> str:
    """A LaTeX table (packages booktabs and graphicx); wide ones shrink to the width of the line."""
    columns = "".join("r" if _is_number(table[column]) else "l" for column in table.columns)
    rows = [
        " & ".join(tex_escape(shown(value, digits, "--")) for value in row)
        for row in table.itertuples(index=False)
    ]
    head = " & ".join(tex_escape(str(column)) for column in table.columns)
    lines = [
        r"% needs \usepackage{booktabs,graphicx}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{tex_escape(caption)}}}",
        rf"\label{{tab:{label}}}",
        r"\resizebox{\linewidth}{!}{%",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        head + r" \\",
        r"\midrule",
        *(row + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def tex_escape(text: str) -> str:
    """A text with nothing left that LaTeX would take for a command."""
    escaped = _TEX_PATTERN.sub(lambda match: _TEX[match.group()], text)
    return (
        escaped.replace("–", "--")
        .replace("±", r"$\pm$")
        .replace("°", r"\textdegree{}")
        .replace("−", "$-$")
    )


def _pipe(text: str) -> str:
    """A text that can neither end a cell of Markdown nor begin a tag of HTML in it."""
    return re.sub(r"<(?=[A-Za-z/!?])", r"\\<", text).replace("|", "\\|").replace("\n", " ")


def _is_number(column: pd.Series) -> bool:
    """Whether a column is set to the right."""
    return bool(pd.api.types.is_numeric_dtype(column))
