from dataclasses import dataclass

from app.services.exporting import Exporting
from app.services.imports.importing import Importing
from app.services.imports.reading import Reading


@dataclass(frozen=True, slots=True)
class Portability:
    """Files out and in, behind one door."""

    exporting: Exporting
    importing: Importing
    reading: Reading
