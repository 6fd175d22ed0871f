"""From a question to a cited answer, one module a step; no step imports another."""
