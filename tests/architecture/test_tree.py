"""docs/architecture.md draws the real tree, and the web stays light."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_DRAWN = {"__pycache__", "migrations", "management"}


def drawn() -> set[str]:
    """The folders that the page's tree names, as paths."""
    text = (ROOT / "docs/architecture.md").read_text()
    block = re.search(r"```tree\n(.*?)```", text, re.S)
    assert block, "docs/architecture.md has no ```tree block"
    paths, stack = set(), []
    for line in block[1].splitlines():
        found = re.match(r"^( *)([\w.-]+)/ ", line + " ")
        if found:
            depth = len(found[1]) // 2
            stack = [*stack[:depth], found[2]]
            paths.add("/".join(stack))
    return paths


def real() -> set[str]:
    """Folders that git knows, two levels deep, without those every room has."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = set()
    for name in listed.splitlines():
        parts = name.split("/")[:-1][:2]
        if not NOT_DRAWN & set(parts):
            folders.update("/".join(parts[: i + 1]) for i in range(len(parts)))
    return folders


def test_the_page_names_every_folder_and_no_other():
    assert drawn() == real()


def test_web_process_loads_no_heavy_library():
    code = (
        "import os,sys,django;os.environ['DJANGO_SETTINGS_MODULE']='config.settings';django.setup();"
        "from django.urls import get_resolver;get_resolver().url_patterns;"
        "heavy=('sklearn','pandas','shap','onnx','onnxruntime','xgboost','lightgbm','skops');"
        "print([m for m in heavy if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
