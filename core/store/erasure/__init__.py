"""What is left of a document in the database, and the chain of receipts that says what was erased."""
