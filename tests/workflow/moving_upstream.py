"""An upstream whose clock moves: of a simulated world it has what there could be on a day."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import shutil
from pathlib import Path

# Days after its end until a month of minutes is definitive, and a month of Dst is final.
DEFINITIVE_DAYS, FINAL_DAYS = 15, 15
# Days after which there is a final map of a day, and after which its rapid one is gone.
FINAL_MAP_DAYS, RAPID_MAP_DAYS = 14, 45
MAP = re.compile(r"CODG(\d{3})0\.(\d{2})I\.Z")
RECORD = re.compile(r"(\d{4}-\d{2}-\d{2}) \d{2}:\d{2}:00")


class Upstream:
    """The files of a world, as far as they are published.

    Parameters
    ----------
    world : folder of a whole simulated world
    archive : folder of what is published, for a replica
    late : of observatories (small letters) a month as in 201502 and a day: what is of that month
        or later ones they send on that day, all at once
    not_final : months of Dst, as in 201411, that become final on their day, not by the rule
    """

    def __init__(
        self,
        world: Path,
        archive: Path,
        *,
        late: dict[str, tuple[str, dt.date]],
        not_final: dict[str, dt.date],
    ) -> None:
        self.world, self.archive = world, archive
        self.late, self.not_final = late, not_final

    def publish(self, today: dt.date) -> None:
        """Write what there is on the morning of a day; a file that says the same is left alone."""
        for path in sorted(path for path in self.world.rglob("*") if path.is_file()):
            target = self.archive / path.relative_to(self.world)
            kinds = path.relative_to(self.world).parts
            if "ionex" in kinds:
                self._map(path, target, today)
                continue
            if "geomag" in kinds:
                text = self._minutes(path, today)
            elif "kyoto_dst_wdc" in kinds:
                text = self._dst(path, today)
            elif "catalogs" in kinds:
                text = self._events(path, today)
            else:
                text = path.read_text()
            if text is not None and not (target.exists() and target.read_text() == text):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)

    def _minutes(self, path: Path, today: dt.date) -> str | None:
        """The minutes before a day; variation data until the month has been looked through."""
        month, comes = self.late.get(path.parent.name, ("", dt.date.min))
        year_month = re.search(r"(\d{6})dmin", path.name)[1]
        last = _month_end(int(year_month[:4]), int(year_month[4:]))
        if (year_month >= month and today < comes) or last.replace(day=1) >= today:
            return None
        kept = path.read_text().splitlines(keepends=True)
        if today <= last:
            kept = [line for line in kept if not _is_later(line, today)]
        if today <= last + dt.timedelta(days=DEFINITIVE_DAYS):
            kept = [line.replace("Definitive", "Variation ") for line in kept]
        return "".join(kept)

    def _map(self, path: Path, target: Path, today: dt.date) -> None:
        """The maps of a day: rapid ones from the next morning on, later final ones too."""
        day = dt.datetime.strptime("".join(MAP.fullmatch(path.name).groups()), "%j%y").date()
        rapid = target.with_name(MAP.sub(r"CORG\g<1>0.\2I.Z", path.name))
        age = (today - day).days
        for there, file in ((1 <= age <= RAPID_MAP_DAYS, rapid), (age > FINAL_MAP_DAYS, target)):
            if there and not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, file)
            elif not there:
                file.unlink(missing_ok=True)

    def _dst(self, path: Path, today: dt.date) -> str:
        """Records of days before a day: first real-time ones, 5 nT too low, their mean too."""
        found = []
        for line in path.read_text().splitlines():
            year, month, day = 2000 + int(line[3:5]), int(line[5:7]), int(line[8:10])
            if dt.date(year, month, day) >= today:
                continue
            final = _month_end(year, month) + dt.timedelta(days=FINAL_DAYS)
            if today <= self.not_final.get(f"{year}{month:02d}", final):
                cells = (int(line[at : at + 4]) - 5 for at in range(20, 120, 4))
                line = f"{line[:13]}0{line[14:20]}" + "".join(f"{cell:4d}" for cell in cells)
            found.append(line + "\n")
        return "".join(found)

    def _events(self, path: Path, today: dt.date) -> str:
        """Events before a day, none of them updated since."""
        head, *rows = path.read_text().splitlines(keepends=True)
        kept = [head]
        for row in rows:
            cells = row.split(",")
            if cells[0] < today.isoformat():
                cells[12] = cells[0]
                kept.append(",".join(cells))
        return "".join(kept)


def _is_later(line: str, today: dt.date) -> bool:
    """Whether a line is a record of a day that has not been yet."""
    found = RECORD.match(line)
    return bool(found) and found[1] >= today.isoformat()


def _month_end(year: int, month: int) -> dt.date:
    """The last day of a month."""
    return dt.date(year, month, calendar.monthrange(year, month)[1])
