"""Paper: fonts, vector shapes, charts, the mark, the load line, and the document that carries them.

Everything is drawn as vectors from embedded fonts. There is no markup parser, no image loader and no network in
this package, so a customer's text can only ever be shown, never interpreted. The date is data: equal input, equal
bytes.
"""
