"""Which files go out and come in: part of the composition root, beside `container.py`."""

from app.adapters.data_folder import DataFolder
from app.adapters.portable.chatgpt import ChatGptImporter
from app.adapters.portable.claude import ClaudeImporter
from app.adapters.portable.mem0_json import Mem0Importer
from app.adapters.portable.memorychat import MemorychatExporter, MemorychatImporter
from app.adapters.portable.text import TextImporter
from app.core.config import Settings
from app.ports.portable import FileFormats
from app.schemas.profiles import check_persona


def file_formats(settings: Settings, folder: DataFolder) -> FileFormats:
    """What exports are written in, and what imports are read from."""
    max_unpacked_bytes = settings.imports.max_unpacked_bytes
    return FileFormats(
        exporter=MemorychatExporter(),
        importers=[
            MemorychatImporter(check_persona=check_persona),
            ChatGptImporter(max_unpacked_bytes=max_unpacked_bytes),
            ClaudeImporter(max_unpacked_bytes=max_unpacked_bytes),
            Mem0Importer(),
            TextImporter(),
        ],
        scratch=folder.scratch,
    )
