"""What the services need from outside, as protocols.

``clock`` time and chance · ``store`` operations and local tables · ``blobs`` evidence files ·
``forms`` workbooks to XForms · ``register`` subject lists and pinyin · ``bundles`` bundle files.
"""

__all__: list[str] = []
