"""A disk that is full or may not be written, as a process of its own meets it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[3]

FULL = """
import resource, sys
from pathlib import Path
from rag.errors import DataFolderError
from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.store.index import Index
from rag.types import Filters, Source
from tests.rag.store.conftest import DIMENSION, vectors_for

folder = Path(sys.argv[1])
catalogue = Catalogue(Database(f"sqlite:///{folder / 'catalogue.db'}"))
index = Index(catalogue, DIMENSION, folder / "index")

def store(numbers):
    for number in numbers:
        text = " ".join(f"word{number * 1000 + at}" for at in range(400))
        article, _ = clean(Source(text=text, origin="o", id=f"a-{number}"), 10**6)
        catalogue.put(article, "o", [(0, len(text))], vectors_for([text]))

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

store(range(3))
index.refresh()
store(range(3, 200))
# No file may grow beyond this, which is what a full disk says too.
limit(10_000)
for work in (index.refresh, index.save):
    try:
        work()
    except DataFolderError as error:
        print(error.code, "safe" in str(error), len(index.vectors), len(index.words))
found = index.words.search("word1001", Filters(), 5)
print("found", [name for name, _ in found])
limit(resource.RLIM_INFINITY)
index.refresh()
index.save()
print(len(index.vectors), len(index.words), index.check(deep=True).ok)
index.close()
catalogue.close()
"""

READ_ONLY = """
import os, sys
from pathlib import Path
from rag.errors import StoreError
from rag.ingest.clean import clean
from rag.store.catalogue import Catalogue
from rag.store.database import Database
from rag.types import Source

folder = Path(sys.argv[1])
first, _ = clean(Source(text="One.", origin="o", id="a"), 10**6)
catalogue = Catalogue(Database(f"sqlite:///{folder / 'catalogue.db'}"))
catalogue.put(first, "o", [], [])
catalogue.close()
for path in (*folder.iterdir(), folder):
    path.chmod(0o500 if path.is_dir() else 0o400)
    os.chown(path, 65534, 65534) if os.geteuid() == 0 else None
if os.geteuid() == 0:  # root may write everywhere
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
try:
    Catalogue(Database(f"sqlite:///{folder / 'catalogue.db'}")).put(first, "o", [], [])
except StoreError as error:
    print(error.code, str(folder) in str(error), error.remedy)
"""


def run(code: str, folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert not done.returncode, done.stderr
    return done.stdout.splitlines()


def test_an_index_on_a_full_disk_stays_as_it_was_and_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    *refused, found, after = run(FULL, tmp_path)
    assert refused
    assert set(refused) == {"data_folder_unusable True 3 3"}
    assert found == "found ['a-1:1:0-3599']"
    assert after == "200 200 True"


def test_a_folder_that_may_only_be_read_is_named() -> None:
    # Not below pytest's own folder, which only its owner may enter.
    with tempfile.TemporaryDirectory() as folder:
        (told,) = run(READ_ONLY, Path(folder))
    assert told.startswith("data_folder_unusable True")
    assert "permissions" in told
