"""What Word files and OpenDocument texts share: pieces in order become blocks."""
