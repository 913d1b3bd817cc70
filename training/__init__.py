"""How the shipped reader was made: one seeded, resumable command, `python -m training`.

A developer's step: nothing in the package imports this folder.
"""
