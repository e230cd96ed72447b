"""The database: tables, transactions, and all queries.

Only modules here contain SQL. They know no index, model or HTTP. Every read of documents takes the caller.
"""
