"""Operations, merge, bundles, receipts."""
