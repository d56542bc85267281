"""ECDSA on P-256 as fieldtool writes it: DER, and of the two signatures that fit the one with the smaller s."""

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2 section 2.4.2


def encoded(r: int, s: int) -> bytes:
    return encode_dss_signature(r, min(s, ORDER - s))


def has_small_s(signature: bytes) -> bool:
    """The other of the two can be made without the key: it would be a second spelling of what was signed.

    ValueError when this is no signature in DER.
    """
    return decode_dss_signature(signature)[1] <= ORDER // 2
