"""What campaigns are about, in the words of those who plan them, and what a person reads out of it.

Written down before any run and without a look at the product's word lists. `needs_it`: somebody of IT has to do
something. `reviews`: who has to look at it first. `is_tool`: a new tool is to be bought. `BRIEFS` answer what IT has to
know before it can plan (what for, for whom, where, content ready when), `THIN` ones do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Words:
    """A campaign's title and text, and what follows from them."""

    title: str
    text: str
    needs_it: bool = True
    reviews: frozenset[str] = frozenset()
    is_tool: bool = False


def _reviewed(title: str, text: str, *kinds: str) -> Words:
    return Words(title, text, reviews=frozenset(kinds))


FOR_IT: Final = (
    Words("Spring landing page", "We want a landing page for the spring offer, linked from the main navigation."),
    Words("New product detail pages", "The product pages need the new pictures, a size table and a comparison box."),
    Words("Store finder refresh", "Please rebuild the store finder on our website so that it works on phones."),
    Words("Banner on the home page", "A banner on the home page for the summer sale, switched on at midnight."),
    Words("Campaign microsite", "A small site under its own domain with three pages and a gallery."),
    Words("Voucher codes in the shop", "The shop has to accept voucher codes, one per customer."),
    Words("Loyalty points in the app", "The app shall show loyalty points after each purchase."),
    Words("Relaunch of the blog", "Move the blog to the new templates and redirect the old addresses."),
    Words("Translated shop pages", "The shop pages are to be translated into French and Italian."),
    Words("Product feed for comparison sites", "An export of our articles, every night, for two comparison sites."),
)
"""Things that IT has to build."""

TO_REVIEW: Final = (
    _reviewed(
        "Prize draw", "People leave name and e-mail addresses in a form on the page to take part.", "personal-data"
    ),
    _reviewed(
        "Webinar sign-up", "A registration form on the website; the list goes to the sales team.", "personal-data"
    ),
    _reviewed("Gift cards", "Gift cards can be bought on the site; visitors pay by credit card.", "payment"),
    _reviewed("Donation page", "A page where people donate an amount of their choice with PayPal.", "payment"),
    _reviewed("Partner area", "Partners get a login with a password of their own on our website.", "security"),
    _reviewed("Retargeting of visitors", "A tracking pixel on all shop pages for our ads agency.", "tracking"),
)
"""Things that IT has to build and others have to look at first."""

NOT_FOR_IT: Final = (
    Words("Trade fair stand", "Furniture, banners and flyers for the stand in hall 4; the agency builds it.", False),
    Words("Customer magazine, issue 2", "Articles, photos, printing of 20,000 copies and posting.", False),
    Words("Radio spots", "Three spots of 20 seconds, recorded in the studio and sent to the stations.", False),
    Words("Press trip", "Twelve journalists visit the plant; hotel, bus and programme.", False),
    Words("Photo shooting for autumn", "Two days on location, models and a photographer, 60 pictures.", False),
    Words("Posters in the underground", "Posters in 40 stations, designed by the agency.", False),
    Words("Sponsoring of the city run", "Shirts, a stand at the finish and an advert in the programme.", False),
    Words("Survey among dealers", "Telephone interviews by an institute; the report comes in May.", False),
    Words("Staff party", "Invitations, music and catering for 300 people.", False),
    Words(
        "Interview with the founder",
        "An interview for the trade press; the landing of the first order is the story.",
        False,
    ),
    Words("Packaging redesign", "New boxes for the tea range; page 3 of the style guide applies.", False),
    Words("Customer visit", "Visit to our largest customer, with presents and a tour of the site.", False),
)
"""Work of marketing and its agencies alone."""

TOOLS: Final = (
    Words(
        "Chat for visitors",
        "We would like to sign up for a new chat tool and try it for three months.",
        True,
        is_tool=True,
    ),
    Words(
        "Social planning",
        "The team wants to buy a new tool to plan posts; licences for eight people.",
        True,
        is_tool=True,
    ),
    Words(
        "Survey software", "We are about to sign a contract with a new vendor for online surveys.", True, is_tool=True
    ),
)
"""New tools."""

BRIEFS: Final = (
    "Goal: 300 new members. Audience: families with children. Page: /spring. Texts and pictures are ready in May.",
    "We do this to sell 500 bundles. It is for customers who bought last year. It belongs on the start page. "
    "Content will be ready on the 5th.",
    "Objective: more visits in the shops. Target group: commuters aged 20 to 40. URL: www.shop.example/city. "
    "Content delivery: one week before launch.",
    "Purpose: 10 percent more repeat orders. For whom: existing customers. Where: the account area of the shop. "
    "Copy and images are final and attached.",
)
THIN: Final = ("", "Details follow.", "As discussed.", "Same as last year, please.")

MORE: Final = (
    "It shall also work in Spanish and Portuguese, with prices in three currencies and a table of all shops",
    "Visitors should be able to compare four products side by side and to print the comparison on one page",
    "Add a countdown, a video of two minutes at the top and a gallery with twelve pictures below the table",
    "Members see other prices than guests do, and the prices change every Monday at six in the morning",
)
"""Wishes that come later."""

ASKED: Final = (
    "Which text goes under the button?",
    "Can you send us the final pictures?",
    "Shall old customers see this too?",
    "Which of the two addresses is the right one?",
    "Who approves the wording?",
)
SAID: Final = (
    "First version is on the test system.",
    "Templates are in place, the rest follows this week.",
    "Fixed the layout on small screens.",
    "Merged; two things are left on my list.",
    "Any news from the printer? Never mind, found it in the mail.",
    "Looks good so far!",
)
