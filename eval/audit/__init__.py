"""An independent look at answers: do they keep what is promised. Shares nothing with ``rag``."""
