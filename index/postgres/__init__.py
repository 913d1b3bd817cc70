"""The store in PostgreSQL: the same look-ups as the folder's, for bots on several machines.

`store` is what is opened; `rows` reads, `searching` searches, `writer` builds, `schema` says how
it is laid out, and `connections` which of the servers is asked. psycopg is imported in this
package and nowhere else.
"""
