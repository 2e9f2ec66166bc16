"""What every API route shares: problem documents, strict input, pages, idempotency."""
