from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

WEB: Final = Path(__file__).parents[1] / "web"
PAGE: Final = WEB / "index.html"
DOCUMENTATION: Final = WEB / "docs.html"


def install_web(app: FastAPI) -> None:
    """The web client's static files are served under `/web`."""
    app.mount("/web", StaticFiles(directory=WEB), name="web")
