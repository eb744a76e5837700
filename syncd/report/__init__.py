"""The status comment: what one item's people read about all its links, and when it is written.

`decide.decide_comment` is the way in; `view.StatusView` is all that a comment is made of. Pure, and without a clock in
any text.
"""
