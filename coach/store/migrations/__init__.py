"""Schema migrations: an older database in, this version's schema out."""
