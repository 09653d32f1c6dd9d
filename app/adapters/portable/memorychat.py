import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO, Final

from app.adapters.portable.memorychat_checks import Checks, InconsistentError
from app.adapters.portable.memorychat_decoding import decoded
from app.adapters.portable.memorychat_encoding import encoded, encoded_end
from app.adapters.portable.memorychat_lines import (
    FORMAT,
    VERSION,
    AnyLine,
    EndLine,
    ProfileLine,
    UnreadableLineError,
    parse_line,
    version_of,
)
from app.models.portable import (
    Entry,
    Flaw,
    Noun,
    Portable,
    PortableFormat,
    PortableHeader,
    noun_of,
)

MAX_LINE_BYTES: Final = 32_000_000
_MAX_HEADER_BYTES: Final = 10_000
_WRITTEN_AT_A_TIME_BYTES: Final = 256 * 1024

CheckPersona = Callable[[Mapping[str, object]], None]
"""Returns when a profile may have this persona, and raises ValueError otherwise."""


class MemorychatExporter:
    """Writes our own format: one JSON object per line, counted and checksummed."""

    media_type = "application/x-ndjson"

    def write(self, header: PortableHeader, records: Iterable[Portable], file: BinaryIO) -> None:
        """The file holds header, records and end."""
        digest = hashlib.sha256()
        counts: Counter[Noun] = Counter()
        waiting = bytearray(encoded(header))
        for record in records:
            if (noun := noun_of(record)) is not None:
                counts[noun] += 1
            waiting += encoded(record)
            if len(waiting) > _WRITTEN_AT_A_TIME_BYTES:
                digest.update(waiting)
                file.write(waiting)
                waiting.clear()
        digest.update(waiting)
        waiting += encoded_end({noun: counts[noun] for noun in Noun}, sha256=digest.hexdigest())
        file.write(waiting)


class MemorychatImporter:
    """Reads our own format, and believes nothing of it."""

    format = PortableFormat.MEMORYCHAT

    def __init__(self, *, check_persona: CheckPersona) -> None:
        self._check_persona = check_persona

    def recognises(self, file: BinaryIO) -> bool:
        """Whether the first line says so."""
        file.seek(0)
        return f'"{FORMAT}"'.encode() in file.read(1_000).split(b"\n", 1)[0]

    def read(self, file: BinaryIO) -> Iterator[Entry]:
        """See `Importer`."""
        file.seek(0)
        return _Reading(self._check_persona).entries(file)


class _Reading:
    """One pass over one file."""

    def __init__(self, check_persona: CheckPersona) -> None:
        self._check_persona = check_persona
        self._checks = Checks()
        self._digest = hashlib.sha256()
        self._flawed = False
        self._ended = False

    def entries(self, file: BinaryIO) -> Iterator[Entry]:
        """Records, and flaws; after a flaw, what follows from it is not told as well."""
        version = version_of(file.readline(_MAX_HEADER_BYTES))
        file.seek(0)
        if version not in {None, VERSION}:
            yield self._flaw(1, f"version {version}: this server reads version {VERSION}")
            return
        number = 0
        for number, line in enumerate(_lines(file), start=1):
            if self._ended:
                yield self._flaw(number, "something follows the last line")
                return
            if len(line) > MAX_LINE_BYTES:
                yield self._flaw(number, f"longer than {MAX_LINE_BYTES} bytes")
                return
            try:
                yield from self._read(line)
            except (UnreadableLineError, InconsistentError) as error:
                if isinstance(error, UnreadableLineError) or not self._flawed:
                    yield self._flaw(number, str(error))
        if not self._ended:
            yield self._flaw(number + 1, "the file is cut off: its last line is missing")

    def _read(self, line: bytes) -> Iterator[Entry]:
        parsed = parse_line(line)
        if isinstance(parsed, EndLine):
            self._end(parsed)
            return
        self._digest.update(line)
        self._look_into(parsed)
        record = decoded(parsed)
        self._checks.see(record)
        yield record

    def _look_into(self, line: AnyLine) -> None:
        if isinstance(line, ProfileLine) and line.persona is not None:
            try:
                self._check_persona(line.persona)
            except ValueError:
                raise UnreadableLineError("persona: not one that a profile may have") from None

    def _end(self, line: EndLine) -> None:
        self._ended = True
        if not self._flawed and line.sha256 != self._digest.hexdigest():
            raise InconsistentError("the checksum is not that of the lines before")
        self._checks.end(line.counts)

    def _flaw(self, number: int, detail: str) -> Flaw:
        self._flawed = True
        return Flaw(f"/lines/{number}", detail)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line
