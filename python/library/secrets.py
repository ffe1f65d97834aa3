import base64
import random


def choice(seq):
    return random.choice(seq)


def randbelow(exclusive_upper_bound):
    if exclusive_upper_bound <= 0:
        raise ValueError("Upper bound must be positive.")
    return random.randrange(exclusive_upper_bound)


def randbits(k):
    return random.getrandbits(k)


def token_bytes(nbytes=None):
    return random.randbytes(32 if nbytes is None else nbytes)


def token_hex(nbytes=None):
    return token_bytes(nbytes).hex()


def token_urlsafe(nbytes=None):
    return base64.urlsafe_b64encode(token_bytes(nbytes)).rstrip(b"=").decode()


def compare_digest(a, b):
    return a == b
