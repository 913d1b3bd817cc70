"""Whether a quote is in the articles, word for word, and by whom.

`verdict.check_quote` is the door, `claims.split_claims` finds the quotes of a message, and
`names.match_name` says whom a name may mean. They are imported from where they stand:
`names` serves every question, the rest only a check.
"""
