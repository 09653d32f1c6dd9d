from pathlib import Path

from app.models.prompt_texts import PromptTexts


def load_prompt_texts(folder: Path) -> PromptTexts:
    """The texts in `system.md` and `summary.md` of a folder.

    Raises:
        OSError: a file is absent or cannot be read.
        UnicodeDecodeError: a file is not UTF-8.
    """
    return PromptTexts(
        system=(folder / "system.md").read_text(encoding="utf-8").strip(),
        summary=(folder / "summary.md").read_text(encoding="utf-8").strip(),
    )
