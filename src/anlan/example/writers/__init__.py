"""The extracts of the example province, source by source, in the mess in which such files arrive."""
