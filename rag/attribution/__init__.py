"""Who said what: statements with their speakers, from text alone."""

from rag.attribution.extract import known_text, remember, statements
from rag.attribution.statement import RULES, Statement, covering

__all__ = ["RULES", "Statement", "covering", "known_text", "remember", "statements"]
