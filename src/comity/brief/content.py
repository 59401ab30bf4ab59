"""What a brief holds, before anyone renders it: sections, charts, findings, sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from comity.catalogue import Country
from comity.measure import Absence, Finding, Measure
from comity.outfile import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart and the table beneath it.

    Parameters
    ----------
    id : str
        Slug, unique in the brief.
    title : str
        The finding, as a sentence without a full stop.
    subtitle : str
        What is measured, unit, valuation, period.
    description : str
        What a reader who does not see the chart is told.
    spec : dict
        Vega-Lite specification with the data inside, without colours of the page: text is
        ``currentColor`` so that light, dark and print share one picture.
    columns : tuple of str
        Headings of the table beneath.
    rows : tuple of tuple
        The table beneath: texts and numbers, formatted by the renderer.
    sources : tuple of str
        Source ids of the chart and its table.
    note : str
        Footnote: flags, what is an estimate, what is missing.
    """

    id: str
    title: str
    subtitle: str
    description: str
    spec: dict[str, Any]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    sources: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One pillar of the brief: its measures, charts, findings and stated gaps."""

    pillar: str
    title: str
    measures: tuple[Measure, ...]
    absences: tuple[Absence, ...] = ()
    charts: tuple[Chart, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What two countries have with each other, every number with its source.

    ``measures`` runs over the sections in order; a finding names its measures by position in it.
    """

    a: Country
    b: Country
    lake_id: str
    built: str
    sections: tuple[Section, ...]
    findings: tuple[Finding, ...]
    sources: dict[str, dict[str, Any]]
    commitments: tuple[dict[str, Any], ...] = ()
    command: str = ""
    notes: tuple[str, ...] = field(default=())

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Every measure, in the order of the sections."""
        return tuple(measure for section in self.sections for measure in section.measures)

    @property
    def absences(self) -> tuple[Absence, ...]:
        """Every stated gap, in the order of the sections."""
        return tuple(absence for section in self.sections for absence in section.absences)

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Every chart, in the order of the sections."""
        return tuple(chart for section in self.sections for chart in section.charts)

    def save(self, path: str | Path) -> Path:
        """Write the brief to a file, whole or not at all, in the format that its name ends in.

        Parameters
        ----------
        path : path
            Ends in .html, .xlsx, .json or .csv. A brief made with ``draw=False`` has no charts.

        Raises
        ------
        UsageError
            The name ends in something else.
        OutputError
            The file cannot be written; an older file of that name is left as it was.

        Examples
        --------
        >>> import comity
        >>> comity.open().pair("IND", "RUS").brief().save("brief.html")  # doctest: +SKIP
        """
        from comity.brief.render import files

        out = Path(path)
        write_whole(files.write(self, out.suffix.lower().lstrip(".")), out)
        return out
