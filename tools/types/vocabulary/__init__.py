"""The table of AWS resource types: its sources, the join of their names, and the files that are written."""
