"""Ways of writing what is not read again: tables, reports, copies."""
