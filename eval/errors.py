"""What the evaluation refuses, below the library's own hierarchy.

InputError
├── CaseError             case_invalid        a row of a set of cases
├── DataMissing           data_missing        a set that is not in the data folder
├── SuiteUnknown          suite_unknown
└── RunError              run_invalid         a run folder that does not fit
"""

from __future__ import annotations

from rag.errors import InputError


class CaseError(InputError):
    """A row that is no case; the message has file, line and reason."""

    code = "case_invalid"
    title = "A case cannot be used"


class DataMissing(InputError):
    """A set whose files are not in the data folder."""

    code = "data_missing"
    title = "The data is not there"


class SuiteUnknown(InputError):
    """A suite that no adapter gives."""

    code = "suite_unknown"
    title = "There is no such suite"


class RunError(InputError):
    """A run folder that is damaged, unfinished or of another run."""

    code = "run_invalid"
    title = "The run cannot be used"
