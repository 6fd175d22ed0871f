"""`python -m eval`: the same as `dateline eval`."""

import sys

from eval.cli import eval_group
from rag.errors import DatelineError

if __name__ == "__main__":
    try:
        eval_group(prog_name="python -m eval")
    except DatelineError as error:
        sys.exit(f"Error: {error} [{error.code}]")
