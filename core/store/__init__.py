"""The database: tables, transactions, and every query of documents, jobs, answers and keys.

Only modules here write SQL. They know no index, model or HTTP; a read of knowledge takes the caller.
"""
