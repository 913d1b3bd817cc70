"""Evaluation: how well questions, quotes and summaries of one's own are served.

Every figure is defined where it is computed, in plain Python: `marks` has those of
questions, `speech` those of quotations, `rouge` those of summaries. `rows` reads the
files, `asking` puts them to the service and writes predictions, `plots` draws.
"""
