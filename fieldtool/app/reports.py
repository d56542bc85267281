"""Evidence as a service: gathers what a run or a visit left behind, has it signed, drawn, kept and sent to central.

Files lie in `reports/` of the data folder; `--out` gets a copy. Nothing is asked of any charger.
"""

import hashlib
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from fieldtool import __version__
from fieldtool.app.evidence_sources import Sources
from fieldtool.app.views import ChargerRow
from fieldtool.audit.keys import LaptopSigner
from fieldtool.audit.log import AuditLog
from fieldtool.audit.record import Event, Fact
from fieldtool.core.clock import parse_iso
from fieldtool.core.driver import Progress
from fieldtool.core.errors import FieldtoolError, StorageError, UsageError
from fieldtool.core.model import Site, same_serial
from fieldtool.core.texts import Text
from fieldtool.firmware.repository import Catalogue
from fieldtool.report.document import Document, Kind, Moment, Tool, Untouched
from fieldtool.report.drawing import Paper, pdf, pictures
from fieldtool.report.evidence import Material, RunMaterial, evidence, persons
from fieldtool.report.protocol import load
from fieldtool.report.sign import envelope_of, read, sign
from fieldtool.report.spelling import decode
from fieldtool.report.verify import Verdict, trust, verify
from fieldtool.store import tables
from fieldtool.store.database import Store
from fieldtool.store.files import replace_file
from fieldtool.sync.outbox import EVIDENCE, MAX_DOCUMENT, queue
from fieldtool.trusted_time import TrustedTime
from fieldtool.update.journal import Journal
from fieldtool.update.preflight import Level
from fieldtool.update.run import Outcome

FOLDER = "reports"  # in the data folder
PAUSE = timedelta(hours=12)  # between two runs at a site: then it was another visit
NEWEST = 200  # runs that are listed
EVIDENCE_MADE = "evidence-made"  # the audit event


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A run of which evidence can be made."""

    run: str
    serial: str
    name: str
    site: str  # id of the site whose chargers it is one of; "": of none
    target: str  # version
    outcome: Outcome  # WAITING: it is still open
    began: datetime
    ended: datetime | None
    receipted: bool  # central has confirmed its last audit record
    files: tuple[Path, ...]  # evidence of it in the data folder, newest first; a PDF beside it has the same name


@dataclass(frozen=True, slots=True)
class Subject:
    """What evidence is about: one run, or a visit: all runs of a site within a time."""

    run: str = ""
    site: str = ""  # id
    since: datetime | None = None  # None: back to the last pause of twelve hours
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """How it is to look."""

    paper: str = "a4"  # or "letter"
    pdf: bool = True
    names: bool = False  # of people, beside their pseudonyms


@dataclass(frozen=True, slots=True)
class Made:
    """Evidence that was made."""

    id: str
    kind: Kind
    file: Path  # the signed JSON
    pdf: Path | None
    sha256: str  # of the signed JSON
    runs: int
    queued: bool  # goes to central with the next sync; False: it is too large, send the file another way


@dataclass(frozen=True, slots=True)
class Preview:
    """Evidence as it would be made now. Nothing of it is signed."""

    document: Document
    pages: tuple[bytes, ...]  # each a PNG


def why_not(rows: Iterable[ChargerRow], serial: str) -> str:
    """What planning says now against an update of this charger, in words; "" = nothing, or it was not asked."""
    verdicts = (row.verdict for row in rows if row.serial and same_serial(row.serial, serial))
    return next((one.reason.what for one in verdicts if one is not None and one.level is Level.STOP), "")


class Reports:
    """Thread-safe. Everything reads the disk. StorageError, UsageError(EVIDENCE_...)."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        journal: Journal,
        audit: AuditLog,
        catalogue: Catalogue,
        time: TrustedTime,
        site: Callable[[], Site | None],
        throw_away: bool,
        why_not: Callable[[str], str] = lambda _serial: "",
    ) -> None:
        """`why_not`: why a charger without a run is not updated, as planning says now; "" = nobody knows."""
        self._data = folder
        self._folder = folder / FOLDER
        self._store = store
        self._journal = journal
        self._audit = audit
        self._time = time
        self._throw_away = throw_away
        self._why_not = why_not
        self._sources = Sources(store, audit, catalogue, site)
        self._known: dict[Path, tuple[tuple[int, int], frozenset[str]]] = {}  # file -> (which, runs it is about)

    def rows(self) -> tuple[ReportRow, ...]:
        """The newest runs, newest first."""
        files, sites = self._files(), self._sources.sites_of_chargers()
        confirmed = self._audit.newest_receipt()
        size = 0 if confirmed is None else confirmed.size
        with self._store.read() as tx:
            found = tx.execute(select(tables.run).order_by(tables.run.c.opened.desc()).limit(NEWEST)).mappings().all()
        rows = []
        for row in found:
            head = self._journal.head(row["id"])
            if head is None:
                continue
            last = self._sources.last_record(head.serial, head.run, EVIDENCE_MADE)
            rows.append(
                ReportRow(
                    run=head.run,
                    serial=head.serial,
                    name=head.name,
                    site=sites.get(row["serial"], ""),
                    target=head.target,
                    outcome=Outcome(row["outcome"] or Outcome.WAITING),
                    began=parse_iso(row["opened"]),
                    ended=parse_iso(row["ended"]) if row["ended"] else None,
                    receipted=0 < last <= size,
                    files=tuple(file for file, runs in files if head.run in runs),
                )
            )
        return tuple(rows)

    def make(
        self, subject: Subject, form: Form | None = None, out: Path | None = None
    ) -> Generator[Progress, None, Made]:
        """Gather, sign, draw, keep and queue. AuditError and UsageError of the laptop's key, too."""
        form = form or Form()
        signer = self._signer()
        document = yield from self._document(subject, form)
        yield Progress(0, 0, "signed with the key of this laptop")
        signed = sign(document, signer)
        contents = {".json": signed}
        if form.pdf:
            yield Progress(0, 0, "drawn")
            contents[".pdf"] = pdf(signed, signer, Paper(form.paper), self._data)
        sha256 = hashlib.sha256(signed).hexdigest()
        queued = self._record(document, signed, sha256)
        written = self._keep(document.id, contents, self._folder)
        if out is not None:
            written = self._keep(document.id, contents, out)
        yield Progress(1, 1, document.id)
        return Made(
            document.id, document.kind, written[".json"], written.get(".pdf"), sha256, len(document.runs), queued
        )

    def verify(self, file: Path, roots: Sequence[str]) -> Verdict:
        """Does this file hold? `roots`: fingerprints of keys that are trusted; none: those of this laptop itself.

        AuditError names the place that was altered; UsageError(EVIDENCE_ROOT_BAD, FILE_UNREADABLE).
        """
        return verify(read(file), trust(roots or self._own_roots()))

    def preview(self, subject: Subject, form: Form | None = None) -> Generator[Progress, None, Preview]:
        """What would be signed, and its pages as they would be drawn now. Nothing is signed, recorded or kept."""
        form = form or Form()
        document = yield from self._document(subject, form)
        return Preview(document, pictures(document, Paper(form.paper), self._data))

    # -- inside

    def _document(self, subject: Subject, form: Form) -> Generator[Progress, None, Document]:
        runs = (
            [subject.run]
            if subject.run
            else self._sources.runs_of_visit(subject.site, subject.since, subject.until, PAUSE)
        )
        if not runs:
            raise UsageError(Text.EVIDENCE_NO_VISIT, site=subject.site)
        materials = [self._run(run) for run in runs]
        images = yield from self._sources.images(materials)
        yield Progress(0, 0, "the audit log is checked")
        log = self._sources.log()
        reading = self._time.reading()
        place, serials = self._sources.place(subject.site, materials)
        kind = Kind.RUN if subject.run else Kind.VISIT
        return evidence(
            Material(
                kind=kind,
                id=_name(reading.at, subject.site or materials[0].head.serial, runs),
                made=Moment(reading.at, reading.confidence.value),
                tool=Tool("fieldtool", __version__),
                throw_away=self._throw_away,
                site=place,
                serials=serials,
                directed=self._sources.directed,
                runs=tuple(materials),
                untouched=self._untouched(subject, materials) if kind is Kind.VISIT else (),
                images=images,
                pseudonyms=self._pseudonyms(materials),
                show_names=form.names,
                log=log,
                checklist=load(),
            )
        )

    def _run(self, run: str) -> RunMaterial:
        head = self._journal.head(run)
        if head is None:
            raise UsageError(Text.EVIDENCE_NO_RUN, run=run)
        records = self._journal.records(run)
        audit = self._sources.envelopes(head.serial, run, EVIDENCE_MADE)
        return RunMaterial(head, records, audit, self._sources.order(head, records[0].at))

    def _untouched(self, subject: Subject, runs: Sequence[RunMaterial]) -> tuple[Untouched, ...]:
        began = min(one.records[0].at for one in runs)
        done = {one.head.serial for one in runs}
        return tuple(
            Untouched(serial, name, self._sources.refusal(serial, began) or self._why_not(serial))
            for serial, name in self._sources.without(subject.site, done)
        )

    def _pseudonyms(self, runs: Iterable[RunMaterial]) -> Mapping[str, str]:
        names = {name for one in runs for name in persons(one.head, one.records)}
        with self._store.write() as unit:
            return {name: self._audit.pseudonym(unit, name) for name in sorted(names)}

    def _signer(self) -> LaptopSigner:
        self._audit.ready()
        signer = self._audit.key()
        if signer is None:
            raise UsageError(Text.EVIDENCE_NO_KEY)
        return signer

    def _record(self, document: Document, signed: bytes, sha256: str) -> bool:
        """On record, and on its way to central: one unit of work."""
        run = document.runs[0] if document.kind is Kind.RUN else None
        seen: dict[str, Fact] = {"document": document.id, "sha256": sha256, "runs": len(document.runs)}
        event = Event(EVIDENCE_MADE, "" if run is None else run.serial, seen=seen, run="" if run is None else run.id)
        envelope = signed.rstrip(b"\n")
        fits = len(envelope) <= MAX_DOCUMENT
        with self._store.write() as unit:
            self._audit.append(unit, event)
            if fits:
                queue(unit, EVIDENCE, envelope, "" if run is None else run.id)
        return fits

    @staticmethod
    def _keep(name: str, contents: Mapping[str, bytes], folder: Path) -> Mapping[str, Path]:
        return {end: _write(folder / f"{name}{end}", content) for end, content in contents.items()}

    def _own_roots(self) -> tuple[str, ...]:
        first = self._audit.first_key()
        return () if first is None else (first.key_id,)

    def _files(self) -> list[tuple[Path, frozenset[str]]]:
        """Evidence in the data folder, newest first, and the runs that it is about."""
        files = sorted(self._folder.glob("*.json"), reverse=True)
        return [(file, self._about(file)) for file in files[:NEWEST]]

    def _about(self, file: Path) -> frozenset[str]:
        try:
            found = file.stat()
            which = found.st_mtime_ns, found.st_size
            known = self._known.get(file)
            if known is None or known[0] != which:
                runs = frozenset(run.id for run in decode(envelope_of(read(file)).payload).runs)
                known = self._known[file] = which, runs
        except (OSError, FieldtoolError, ValueError):
            return frozenset()  # removed meanwhile, or no evidence: it is about none of our runs
        return known[1]


def _name(at: datetime, about: str, runs: Sequence[str]) -> str:
    """Sorts by time, and can be a file name everywhere."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in about).strip("-")[:40]
    short = hashlib.sha256("\n".join(runs).encode()).hexdigest()[:4]
    return f"EV-{at:%Y%m%d-%H%M%S}-{plain}-{short}"


def _write(file: Path, content: bytes) -> Path:
    """At once or not at all. StorageError(FILE_UNWRITABLE)."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, content)
    except OSError as error:
        raise StorageError(Text.FILE_UNWRITABLE, file=str(file), detail=error.strerror or str(error)) from error
    return file
