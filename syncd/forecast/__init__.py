"""Will an issue of IT miss its date? Learnt from the IT project's own issues; pure, and the only room with NumPy.

`history` is what is learnt from, `features` what is known of an issue at one moment, `learning` makes a model of both.
Imported only where a forecast is fitted or asked, since NumPy costs a moment.
"""
