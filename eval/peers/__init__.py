"""Other programs on the same cases, each in an environment of its own.

None of them is installed with Dateline. Each script makes its environment under ``runs/peers`` at
the first time, runs a suite and leaves a run folder that `dateline eval score` and `compare` read.
"""
