"""Numbers that are recognised without being known: what is left of a person who was erased."""

from giftpulse.ground.site import Site


def number_hash(site: Site, phone: str) -> bytes:
    """The hash of a number (E.164), keyed with the installation's ``SECRET_KEY``. There are so few numbers that
    anybody could try them all against a hash without a key."""
    return site.box.digest(f"phone number {phone}")
