"""Operations between workspaces: bundles, merge, trust, receipts, QR frames. Pure: bytes in, values out.

``bundle`` ``manifest`` ``codec`` ``strictjson``   the file and its checks (docs/bundle-format.md)
``intake`` ``plan`` ``quarantine``                 what an import does, computed before anything is written
``conflicts`` ``undo`` ``drafts``                  operations that settle, restore, and are still to be stamped
``outbox`` ``coverage`` ``state`` ``purge``        saved, exported, acknowledged; digest; what may leave
``trust`` ``card`` ``receipt`` ``summary``         whose word counts, and the eight digits that people compare
``frames`` ``fountain`` ``base45`` ``packing``     QR codes, still and animated
``evidence`` ``openrosa``                          files beside bundles; records for other servers
"""
