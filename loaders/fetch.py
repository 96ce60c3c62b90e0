"""The files of an edition, from their publishers or from a mirror, each with its checksum on record."""

from __future__ import annotations

import fcntl
import json
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from loaders.archives import inspect, opened
from loaders.archives import split as split_member
from loaders.catalog import LoadError
from loaders.edition import HOUSE, Edition, Fetch, Source
from loaders.fetch_download import Received, Sleep, check_shape, discard, download, read_json
from loaders.fetch_record import read_record, write_record
from loaders.fetch_web import OFFICIAL_HOSTS, SHARED_HOSTS, Connect, Deadline, Resolve, Web, connect, plain, resolve
from loaders.staging import sha256

COPY_BYTES = 1 << 20
# A Shapefile is several files: the three it cannot be read without, and one that says its encoding.
BESIDE_SHP = {".dbf": True, ".shx": True, ".prj": True, ".cpg": False}

# What is being fetched, bytes received, bytes in all where the server says.
Watch = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one source: `fetched`, `unchanged`, `kept` (at hand, not fetched), `by hand` or `failed`."""

    dataset_id: str
    file: str
    status: str
    note: str = ""
    bytes: int = 0


@dataclass(frozen=True)
class Job:
    """One file to receive: name under the raw folder, address or path, and how it is asked for."""

    name: str
    address: str | Path
    form: dict[str, str] | None = None
    licence: str = ""
    required: bool = True


class Fetcher:
    """Fetches the sources of one edition into one folder; a file at hand is replaced only by a whole, checked one."""

    def __init__(
        self, edition: Edition, folder: Path | None = None, *, mirror: str = "", again: bool = False,
        watch: Watch | None = None, sleep: Sleep = time.sleep, resolve: Resolve = resolve, connect: Connect = connect,
    ) -> None:
        """`folder` is data/raw/<edition> by default. `mirror` is a folder or an http address that holds the same names.

        `again` asks for what is already at hand too. `sleep`, `resolve` and `connect` are the world's; tests give
        their own. Raises LoadError where the mirror cannot be one.
        """
        self.edition = edition
        self.folder = folder or HOUSE / "data" / "raw" / edition.id
        self._mirror = _mirror(mirror, self.folder) if mirror else None
        self._again, self._sleep, self._resolve, self._connect = again, sleep, resolve, connect
        self.watch: Watch = watch or (lambda *_: None)

    def sources(self, only: list[str] | None = None) -> list[Source]:
        """The sources that have a file of their own to fetch; raises LoadError where `only` names another."""
        held = self.edition.raw is not None  # its files come with the program
        mine = [s for s in self.edition.sources if s.file and not held and "embedded" not in s.options]
        unknown = sorted(set(only or []) - {s.dataset_id for s in mine})
        if unknown:
            raise LoadError(
                f"“{unknown[0]}” is not a source to fetch", file=self.edition.path.name,
                remedy=f"Choose among: {', '.join(s.dataset_id for s in mine) or 'none, its files come with Couvert'}.",
            )
        return [s for s in mine if not only or s.dataset_id in only]

    def fetch(self, only: list[str] | None = None) -> list[Outcome]:
        """Try every source, or those of `only`; one that fails does not stop the others.

        Raises LoadError where nothing can be tried: an unknown source, another run in the same folder, a record
        that cannot be read.
        """
        sources = self.sources(only)
        if not sources:
            return []
        with self._alone():
            record = read_record(self.folder)
            return [self._outcome(source, record, named=bool(only)) for source in sources]

    def _outcome(self, source: Source, record: dict[str, Any], *, named: bool) -> Outcome:
        file, plan = split_member(source.file)[0], source.fetch
        try:
            if self._mirror is None and (plan is None or (plan.aside and not named)):
                return self._by_hand(source, file)
            names = _names(source, self._mirror is not None)
            if not self._again and all((self.folder / name).is_file() for name in names):
                ours = all(name in record for name in names)
                return Outcome(source.dataset_id, names[0], "unchanged" if ours else "kept", "already in the folder")
            self.watch(source.dataset_id, 0, None)
            fetched, size = self._source(source, _mirrored(plan) if self._mirror else plan or Fetch("url"), record)
        except LoadError as error:
            # A copy of an edition need not hold what its users bring themselves.
            waits = plan is None and source.options.get("optional")
            return Outcome(source.dataset_id, file, "by hand" if waits else "failed", str(error))
        except OSError as error:
            return Outcome(source.dataset_id, file, "failed", f"{file}: {error.strerror}. Look at the disk.")
        note = ""
        if self._mirror is None and plan and plan.aside:
            note = f"the build reads {file}, another layout of it: put it in {self.folder.name}/"
        return Outcome(source.dataset_id, names[0], "fetched" if fetched else "unchanged", note, size)

    def _by_hand(self, source: Source, file: str) -> Outcome:
        if (self.folder / file).is_file():
            return Outcome(source.dataset_id, file, "kept", "already in the folder")
        where = source.about.get("address", "")
        note = f"no official download: put {file} in {self.folder.name}/"
        if source.fetch:
            note = (f"the official file has another layout (--only {source.dataset_id} fetches it): "
                    f"put {file} in {self.folder.name}/")
        return Outcome(source.dataset_id, file, "by hand", f"{note}; see {where}" if where else note)

    def _source(self, source: Source, plan: Fetch, record: dict[str, Any]) -> tuple[bool, int]:
        """Whether anything of a source changed, and the bytes received; what was received is on record."""
        hosts = OFFICIAL_HOSTS | SHARED_HOSTS if plan.sha256 else OFFICIAL_HOSTS
        address = self._mirror if isinstance(self._mirror, str) else ""
        web = Web(
            Deadline(plan.max_seconds), hosts=hosts, mirror=address, resolve=self._resolve, connect=self._connect,
        )
        changed, size = False, 0
        try:
            for job in self._jobs(source, plan, web):
                target = self.folder / job.name
                held = record.get(job.name, {})
                whole = target.is_file() and held.get("sha256") == sha256(target)
                try:
                    received = self._receive(job, source, plan, web, held if whole else {})
                except LoadError as error:
                    if not job.required and not target.exists():
                        continue
                    raise LoadError(str(error), file=job.name) from error
                entry, new = self._keep(job, source, plan, received, held if whole else {})
                record[job.name] = entry
                changed, size = changed or new, size + (entry["bytes"] if new else 0)
                if plan.members and (new or not _all_here(self.folder, plan)):
                    self._unpack(target, plan, source, entry, record)
                    changed = True
                write_record(self.folder, record)
        finally:
            web.close()
        return changed, size

    def _jobs(self, source: Source, plan: Fetch, web: Web) -> Iterator[Job]:
        names = _names(source, self._mirror is not None)
        if isinstance(self._mirror, Path):
            yield from (Job(name, self._mirror / name, required=_required(name)) for name in names)
        elif self._mirror:
            base = self._mirror.rstrip("/")
            yield from (Job(name, f"{base}/{quote(name)}", required=_required(name)) for name in names)
        elif plan.kind == "ckan":
            yield _ckan(plan, _landing(source), web, self._sleep)
        elif plan.kind == "wds":
            yield _wds(plan, _landing(source), web, self._sleep)
        else:
            yield Job(_landing(source), plan.address, {"data": plan.query} if plan.kind == "overpass" else None)

    def _receive(self, job: Job, source: Source, plan: Fetch, web: Web, held: dict[str, Any]) -> Received:
        target = self.folder / job.name
        progress = partial(self.watch, source.dataset_id)
        if isinstance(job.address, Path):
            received = _copy(job.address, target, plan.max_bytes)
            size = job.address.stat().st_size
            progress(size, size)
            return received
        known = held if held.get("address") == job.address else {}
        return download(
            web, job.address, target, max_bytes=plan.max_bytes, form=job.form, known=known, progress=progress,
            sleep=self._sleep,
        )

    def _keep(
        self, job: Job, source: Source, plan: Fetch, received: Received, held: dict[str, Any],
    ) -> tuple[dict[str, Any], bool]:
        """Check what was received and give it its name: its entry of the record, and whether its bytes are new."""
        target, today = self.folder / job.name, datetime.now(UTC).date().isoformat()
        if received.path is None:
            return {**held, "checked": today}, False
        try:
            check_shape(received.path, job.name)
            if plan.kind == "overpass":
                _check_overpass(received.path, job.name)
            digest = sha256(received.path)
            if plan.sha256 and job.name == _landing(source) and digest != plan.sha256:
                raise LoadError(
                    "it is not the file the edition declares (sha256)", file=job.name, remedy="It was not kept.",
                )
        except LoadError:
            discard(target)
            raise
        if held.get("sha256") == digest:
            discard(target)
            return {**held, "etag": received.etag, "last_modified": received.last_modified, "checked": today}, False
        entry = {
            "dataset_id": source.dataset_id, "sha256": digest, "bytes": received.path.stat().st_size,
            "address": str(job.address), "final_address": _without_query(received.address, str(job.address)),
            "retrieved": today, "checked": today, "etag": received.etag, "last_modified": received.last_modified,
            "licence": job.licence, "mirror": self._mirror is not None,
        }
        if isinstance(self._mirror, Path):
            # A mirror that was itself fetched knows where its file comes from and since when.
            theirs = read_record(self._mirror).get(job.name, {})
            entry.update(theirs if theirs.get("sha256") == digest else {})
        received.path.replace(target)
        return entry, True

    def _unpack(
        self, archive: Path, plan: Fetch, source: Source, entry: dict[str, Any], record: dict[str, Any],
    ) -> None:
        """Put the members a source names under their names; all of them, or none."""
        parts = {name: self.folder / f"{name}.part" for name in plan.members.values()}
        try:
            with zipfile.ZipFile(archive) as listed:
                inspect(listed, archive.name, sizes=False)
            for member, name in plan.members.items():
                parts[name].parent.mkdir(parents=True, exist_ok=True)
                with opened(archive, member) as stream, parts[name].open("wb") as out:
                    shutil.copyfileobj(stream, out, COPY_BYTES)  # type: ignore[arg-type]
                check_shape(parts[name], name)
            for name, part in parts.items():
                record[name] = {
                    **entry, "dataset_id": source.dataset_id, "sha256": sha256(part), "bytes": part.stat().st_size,
                    "archive": archive.relative_to(self.folder).as_posix(),
                }
                part.replace(self.folder / name)
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / ".fetch.lock").open("w")
        except OSError as error:
            raise LoadError(
                f"cannot be written ({error.strerror})", file=str(self.folder), remedy="Give another: --raw FOLDER.",
            ) from error
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise LoadError("another run is fetching into it", file=str(self.folder), remedy="Wait.") from error
            yield


def _landing(source: Source) -> str:
    """The name under the raw folder that the download itself gets."""
    plan = source.fetch
    if plan and plan.aside:
        return plan.aside
    return f"archives/{source.dataset_id}.zip" if plan and plan.members else split_member(source.file)[0]


def _names(source: Source, mirrored: bool) -> list[str]:
    """The names a source puts in the raw folder, the one the build reads first; a mirror has them unpacked."""
    file = PurePosixPath(split_member(source.file)[0])
    if mirrored:
        beside = BESIDE_SHP if file.suffix.lower() == ".shp" else {}
        return [str(file), *(str(file.with_suffix(suffix)) for suffix in beside)]
    if source.fetch and source.fetch.members:
        return list(source.fetch.members.values())
    return [_landing(source)]


def _mirrored(plan: Fetch | None) -> Fetch:
    """The limits of a plan, and its checksum where it is of the very file the build reads: a mirror has that one."""
    plan = plan or Fetch("url")
    same = not plan.aside and not plan.members
    return Fetch("url", sha256=plan.sha256 if same else "", max_bytes=plan.max_bytes, max_seconds=plan.max_seconds)


def _required(name: str) -> bool:
    return BESIDE_SHP.get(PurePosixPath(name).suffix.lower(), True)


def _all_here(folder: Path, plan: Fetch) -> bool:
    return all((folder / name).is_file() for name in plan.members.values())


def _mirror(mirror: str, folder: Path) -> str | Path:
    if mirror.lower().startswith(("http://", "https://")):
        url = httpx.URL(mirror)
        if url.userinfo or url.query or url.fragment:
            raise LoadError("a mirror’s address carries no password, no “?” and no “#”", remedy="Name its folder.")
        return str(url)
    path = Path(mirror).expanduser()
    if not path.is_dir():
        raise LoadError("is neither a folder nor an http address", file=mirror, remedy="Give --mirror a folder.")
    if path.resolve() == folder.resolve():
        raise LoadError("is the folder to fill", file=mirror, remedy="Give --raw another folder.")
    return path


def _copy(path: Path, target: Path, max_bytes: int) -> Received:
    part = Path(f"{target}.part")
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise LoadError(f"it is larger than {max_bytes / 1e6:,.1f} MB", remedy="Raise max_bytes of its fetch.")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, part)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise LoadError(f"the mirror’s file cannot be copied ({error.strerror})", remedy="Put it there.") from error
    return Received(part, str(path))


def _ckan(plan: Fetch, name: str, web: Web, sleep: Sleep) -> Job:
    """The resource of a CKAN package: by its id, else the only one of that format and file name, wherever it stands."""
    answer = read_json(web, f"{plan.address}/package_show?{urlencode({'id': plan.package})}", sleep)
    try:
        package = answer["result"]
        listed = [
            (str(r["id"]), str(r.get("format", "")), str(r["url"]), PurePosixPath(httpx.URL(r["url"]).path).name)
            for r in package["resources"]
        ]
        licence = plain(package.get("license_id") or "")
    except (KeyError, TypeError, AttributeError, httpx.InvalidURL) as error:
        raise LoadError(f"the catalogue’s answer about “{plan.package}” is not a package") from error
    # Ids are reissued: a name that no longer goes with its id still finds the file. The format is asked of both.
    fit = [r for r in listed if not plan.format or r[1].casefold() == plan.format.casefold()]
    found = [r for r in fit if r[0] == plan.resource] or [
        r for r in fit if plan.name and r[3].casefold() == plan.name.casefold()
    ]
    if len(found) != 1:
        shown = ", ".join(plain(f"{r[3]} ({r[1]})") for r in listed[:12])
        raise LoadError(
            f"the package “{plan.package}” has {len(found)} resources named “{plan.name}”", remedy=f"It has: {shown}.",
        )
    return Job(name, found[0][2], licence=licence)


def _wds(plan: Fetch, name: str, web: Web, sleep: Sleep) -> Job:
    """The zip of a StatCan table, at the address the service gives."""
    answer = read_json(web, f"{plan.address}/getFullTableDownloadCSV/{plan.table}/en", sleep)
    if not isinstance(answer, dict) or answer.get("status") != "SUCCESS" or not isinstance(answer.get("object"), str):
        raise LoadError(f"Statistics Canada’s service gives no address for table {plan.table}")
    return Job(name, answer["object"])


def _check_overpass(path: Path, name: str) -> None:
    """Raise LoadError where Overpass says, inside a good answer, that it did not finish."""
    try:
        answer = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise LoadError("it is not JSON", file=name, remedy="Run again later.") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("elements"), list) or answer.get("remark"):
        remark = answer.get("remark", "no elements") if isinstance(answer, dict) else "no elements"
        raise LoadError(f"Overpass did not finish: {plain(remark)}", file=name, remedy="Run again later.")


def _without_query(final: str, asked: str) -> str:
    # The query of a redirect’s end is a signature that opens the file for a while: not to be kept.
    return final if final == asked else final.partition("?")[0]
