"""Metrics: first of each case, then of all of them.

A function takes one judged case and returns figures by name; None is what the case cannot tell,
and is counted apart. A failed case scores zero wherever it could have scored.
"""
