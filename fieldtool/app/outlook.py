"""What lists, plans and the status bar are made from, as read last: reading it anew takes too long for a window."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fieldtool.app.laptop import laptop
from fieldtool.app.rights import Known, LaptopRights
from fieldtool.app.views import CatalogueState, Freshness
from fieldtool.core.errors import FieldtoolError, Trouble
from fieldtool.core.model import Release, SiteRules, normal_serial
from fieldtool.core.texts import Text
from fieldtool.discovery.merge import Entry
from fieldtool.firmware import versions
from fieldtool.firmware.repository import Catalogue
from fieldtool.update.history import History
from fieldtool.update.journal import Journal
from fieldtool.update.plan import Supply
from fieldtool.update.preflight import Laptop
from fieldtool.update.run import Head


class Outlook:
    """Each part is replaced as a whole. Thread-safe to read; who needs several of one moment locks around `refresh`."""

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        journal: Journal,
        past: History,
        rights: LaptopRights,
        formats: Callable[[str], frozenset[str] | None],
        rules: Callable[[], SiteRules],
        soak: float,
    ) -> None:
        """`soak`: seconds that a charger is watched, where neither site nor release says more."""
        self._folder, self._catalogue, self._journal, self._past = folder, catalogue, journal, past
        self._rights, self._formats, self._rules, self._soak = rights, formats, rules, soak
        self._known: object = None  # what `supply` was made from
        self.supply = Supply((), catalogue.has_file, Trouble(Text.CATALOGUE_LOADING), soak)
        self.releases: tuple[Release, ...] = ()  # verified; kept when they expire: what runs is still what it was
        self.laptop: Laptop = laptop(folder)
        self.catalogue = CatalogueState(Freshness.NONE, problem=Trouble(Text.CATALOGUE_LOADING))
        self.open: Mapping[str, Head] = {}  # normal serial -> run that is open

    def refresh(self, entries: Sequence[Entry]) -> Callable[[], None]:
        """(slow) Read everything anew. What it returns puts all in place: to be called under the list's lock."""
        releases, problem = self._read_releases()
        took, rights = self._past.all_durations(), self._rights.known()
        self._note_epochs(entries, rights)
        heads = {normal_serial(head.serial): head for head in self._journal.open_runs()}
        state, power = self._catalogue.state(), laptop(self._folder)

        def put() -> None:
            rules = self._rules()
            known = (releases, problem, rules, took, rights)
            if known != self._known:
                self._known = known
                self.supply = Supply(
                    releases, self._catalogue.has_file, problem, self._soak, rules, lambda *of: took.get(of, ()),
                    self._rights.remembered(rights), rights.directed, self._formats,
                )  # fmt: skip
                self.releases = releases or self.releases
            self.catalogue, self.laptop, self.open = state, power, heads

        return put

    def _read_releases(self) -> tuple[tuple[Release, ...], Trouble | None]:
        try:
            return _newest_first(self._catalogue.releases()), None
        except FieldtoolError as error:
            return (), error.trouble()

    def _note_epochs(self, entries: Sequence[Entry], known: Known) -> None:
        """What chargers tell now, for the day on which one does not."""
        for entry in entries:
            for part in entry.found.parts if entry.found is not None else ():
                told = part.observed.security_epoch if part.observed is not None else None
                before = known.epochs.get(normal_serial(entry.serial), {}).get(part.id, -1)
                if told is not None and told > before:
                    self._rights.epochs.note(entry.serial, part.id, told)


def _newest_first(releases: Sequence[Release]) -> tuple[Release, ...]:
    def order(release: Release) -> tuple[str, versions.Key]:
        return release.version_format, versions.key(release.version, release.version_format)

    return tuple(sorted(releases, key=order, reverse=True))
