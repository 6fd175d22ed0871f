"""Who said what: statements with their speakers, from text alone."""

from rag.attribution.extract import statements
from rag.attribution.statement import Statement, covering

__all__ = ["Statement", "covering", "statements"]
