"""Signing keys that never leave a token (YubiKey, smart card, HSM), through its maker's PKCS#11 module.

A key is named by a URI of RFC 7512: `pkcs11:token=NAME;object=KEY?module-path=/path/of/module.so`. The PIN is never
part of it. Needs the extra "pkcs11"; without it everything here is UsageError(TOKEN_EXTRA).
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from securesystemslib.signer import Key, Signature, Signer, SSlibKey

from fieldtool.core.errors import UsageError
from fieldtool.core.texts import Text
from fieldtool.store.p256 import encoded
from fieldtool.store.tokenuri import TokenUri, module_of, parse_uri

PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

_P256 = bytes.fromhex("06082a8648ce3d030107")  # OID 1.2.840.10045.3.1.7 in DER, as CKA_EC_PARAMS holds it
_SCHEME = ec.ECDSA(hashes.SHA256())


class TokenSigner(Signer):
    """A P-256 or Ed25519 key on a token, logged in. Threads may share it; close it, and the PIN is asked again."""

    def __init__(self, login: "_Login", key: Any, public: PublicKey, pin: str) -> None:
        self._login = login
        self._key = key
        self.crypto_key = public
        self._pin = pin  # "" unless this key wants it for every signature (CKA_ALWAYS_AUTHENTICATE, PIV slot 9c)
        self._sslib_key = SSlibKey.from_crypto(public)
        self._closed = False

    @classmethod
    def open(cls, uri: str, pin: str) -> "TokenSigner":
        """Log in and find the key. UsageError(TOKEN_...) says what is wrong: module, token, PIN or key.

        A wrong PIN costs one of the token's tries; nothing here tries twice. While another signer of this process is
        logged in to the same token, the PIN is not asked of it again, and may be empty.
        """
        wanted = parse_uri(uri)
        login = _log_in(wanted, pin)
        try:
            with _translated(login.label):
                return cls(login, *_find(login, wanted, pin))
        except BaseException:
            login.leave()
            raise

    @classmethod
    def make(cls, uri: str, pin: str) -> "TokenSigner":
        """Make a P-256 key that cannot be read out, named as `uri` says, on the token itself, and open it.

        UsageError(TOKEN_KEY_EXISTS), and TOKEN_FAILED where a token makes keys only with its maker's program.
        """
        wanted = parse_uri(uri)
        if not wanted.object:
            raise UsageError(Text.TOKEN_URI_BAD, detail="a new key needs a name (object=)")
        login = _log_in(wanted, pin)
        try:
            with _translated(login.label):
                _generate(login, wanted)
            return cls.open(uri, pin)
        finally:
            login.leave()

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: Callable[[str], str] | None = None
    ) -> "TokenSigner":
        """As securesystemslib wants it: the handler is asked for "pin". ValueError when the token's key is another."""
        signer = cls.open(priv_key_uri, secrets_handler("pin") if secrets_handler is not None else "")
        if signer.public_key.keyval != public_key.keyval:
            signer.close()
            raise ValueError("the key on the token is another one")
        return signer

    @property
    def public_key(self) -> SSlibKey:
        return self._sslib_key

    @property
    def token(self) -> str:
        """Its label, for people."""
        return self._login.label

    def sign(self, payload: bytes) -> Signature:
        """UsageError as `sign_bytes`."""
        return Signature(self._sslib_key.keyid, self.sign_bytes(payload).hex())

    def sign_bytes(self, payload: bytes) -> bytes:
        """ECDSA with SHA-256 in DER with the smaller s, or Ed25519. What does not verify never leaves here.

        UsageError: TOKEN_REMOVED (open it again), TOKEN_FAILED.
        """
        if self._closed:
            raise UsageError(Text.TOKEN_REMOVED, token=self.token, detail="it was logged out")
        try:
            with _translated(self.token):
                signature = self._raw(payload)
                _check(self.crypto_key, signature, payload)
        except UsageError as error:
            if error.text is Text.TOKEN_REMOVED:
                self._login.forget()
                self.close()
            raise
        return signature

    def _raw(self, payload: bytes) -> bytes:
        from pkcs11 import Mechanism

        pin = {"pin": self._pin} if self._pin else {}
        if isinstance(self.crypto_key, ed25519.Ed25519PublicKey):
            return bytes(self._key.sign(payload, mechanism=Mechanism.EDDSA, **pin))
        # The hash is ours: many tokens know ECDSA only without one.
        raw = bytes(self._key.sign(hashlib.sha256(payload).digest(), mechanism=Mechanism.ECDSA, **pin))
        half = len(raw) // 2
        return encoded(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))

    def close(self) -> None:
        """Log out, unless another signer of this process uses the token. Safe to repeat."""
        if not self._closed:
            self._closed = True
            self._pin = ""
            self._login.leave()

    def __enter__(self) -> "TokenSigner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"TokenSigner({self._sslib_key.keyid})"


# ---- logging in ------------------------------------------------------------------------------------------------------


class _Login:
    """A session in which this process is logged in.

    PKCS#11 knows one login per process and token, not per session: the last signer that leaves logs out.
    """

    def __init__(self, place: tuple[str, bytes], session: Any) -> None:
        self.place = place
        self.session = session
        self.label = str(session.token.label)
        self.users = 1

    def leave(self) -> None:
        with _logging_in:
            self.users -= 1
            if self.users == 0:
                if _logins.get(self.place) is self:
                    del _logins[self.place]
                with suppress(_library().PKCS11Error):  # a token that is gone has logged us out already
                    self.session.close()

    def forget(self) -> None:
        """The token was removed: whoever comes next logs in anew."""
        with _logging_in:
            if _logins.get(self.place) is self:
                del _logins[self.place]


_logging_in = Lock()
_logins: dict[tuple[str, bytes], _Login] = {}  # (module, serial number of the token)


def _log_in(wanted: TokenUri, pin: str) -> _Login:
    module = module_of(wanted)
    with _logging_in, _translated(wanted.token or module):
        token = _token(module, wanted)
        place = (module, bytes(token.serial))
        login = _logins.get(place)
        if login is not None:
            login.users += 1
            return login
        session = _session(token, pin)
        _logins[place] = login = _Login(place, session)
        return login


def _token(module: str, wanted: TokenUri) -> Any:
    p11 = _library()
    try:
        library = p11.lib(module)
        found = _tokens(library, wanted, module)
    except (p11.PKCS11Error, OSError) as error:
        raise UsageError(Text.TOKEN_MODULE, module=module, detail=_words(error)) from error
    fits = [token for token in found if _fits(token, wanted)]
    if not fits:
        raise UsageError(Text.TOKEN_ABSENT, token=wanted.token or wanted.serial or "(any)", found=_names(found))
    if len(fits) > 1:
        raise UsageError(Text.TOKEN_AMBIGUOUS, count=len(fits), found=_names(fits))
    return fits[0]


def _tokens(library: Any, wanted: TokenUri, module: str) -> list[Any]:
    """All tokens of the module; started anew if need be: some never get over a token that was pulled out."""
    p11 = _library()
    initialized = p11.TokenFlag.TOKEN_INITIALIZED
    in_use = any(used == module for used, _ in _logins)
    try:
        found = list(library.get_tokens(token_flags=initialized))
        if in_use or any(_fits(token, wanted) for token in found):
            return found
    except p11.PKCS11Error:
        if in_use:
            raise
    library.reinitialize()
    return list(library.get_tokens(token_flags=initialized))


def _fits(token: Any, wanted: TokenUri) -> bool:
    told = (token.label, token.serial.decode(errors="replace").strip(), token.manufacturer_id, token.model)
    asked = (wanted.token, wanted.serial, wanted.manufacturer, wanted.model)
    return all(not want or want == have for want, have in zip(asked, told, strict=True))


def _names(tokens: list[Any]) -> str:
    named = (f"{token.label} ({token.serial.decode(errors='replace').strip()})" for token in tokens)
    return ", ".join(named) or "none"


def _session(token: Any, pin: str) -> Any:
    p11 = _library()
    if token.flags & p11.TokenFlag.USER_PIN_LOCKED:
        raise UsageError(Text.TOKEN_PIN_LOCKED, token=token.label)
    if not pin:  # an empty one would cost a try
        raise UsageError(Text.TOKEN_PIN_NEEDED, token=token.label)
    try:
        return token.open(user_pin=pin)
    except p11.UserAlreadyLoggedIn:  # by another user of the same module in this process
        return token.open()
    except (p11.PinIncorrect, p11.PinInvalid, p11.PinLenRange):
        raise UsageError(_why_not(token.slot.get_token().flags), token=token.label) from None  # the cause may quote it


def _why_not(flags: int) -> Text:
    """What the token says after a wrong PIN; how many tries are left PKCS#11 tells no more exactly."""
    flag = _library().TokenFlag
    if flags & flag.USER_PIN_LOCKED:
        return Text.TOKEN_PIN_LOCKED
    return Text.TOKEN_PIN_LAST if flags & flag.USER_PIN_FINAL_TRY else Text.TOKEN_PIN_WRONG


# ---- keys ------------------------------------------------------------------------------------------------------------


def _find(login: _Login, wanted: TokenUri, pin: str) -> tuple[Any, PublicKey, str]:
    """The private key, its public one, and the PIN if this key wants it for every signature."""
    p11 = _library()
    a = p11.Attribute
    named = {a.LABEL: wanted.object} if wanted.object else {}
    named |= {a.ID: wanted.id} if wanted.id else {}
    keys = list(login.session.get_objects({a.CLASS: p11.ObjectClass.PRIVATE_KEY, **named}))
    name = wanted.object or wanted.id.hex() or "(any)"
    if not keys:
        raise UsageError(Text.TOKEN_KEY_MISSING, token=login.label, key=name)
    if len(keys) > 1:
        raise UsageError(Text.TOKEN_KEY_AMBIGUOUS, token=login.label, key=name, count=len(keys))
    return keys[0], _public(login, keys[0], name), pin if _always_asks(keys[0]) else ""


def _always_asks(key: Any) -> bool:
    p11 = _library()
    try:
        return bool(key[p11.Attribute.ALWAYS_AUTHENTICATE])
    except p11.PKCS11Error:  # modules older than PKCS#11 2.20 do not know it
        return False


def _public(login: _Login, private: Any, name: str) -> PublicKey:
    """The public key beside `private`: of the same id, else of the same label."""
    p11 = _library()
    a = p11.Attribute
    for attribute in (a.ID, a.LABEL):
        value = private[attribute]
        if value:
            wanted = {a.CLASS: p11.ObjectClass.PUBLIC_KEY, a.KEY_TYPE: private[a.KEY_TYPE], attribute: value}
            for found in list(login.session.get_objects(wanted)):
                return _read(login, found, name)
    raise UsageError(Text.TOKEN_KEY_UNFIT, token=login.label, key=name, detail="its public key is not on the token")


def _read(login: _Login, found: Any, name: str) -> PublicKey:
    p11 = _library()
    a = p11.Attribute
    try:
        kind = found[a.KEY_TYPE]
        if kind == p11.KeyType.EC and bytes(found[a.EC_PARAMS]) == _P256:
            point = _point(bytes(found[a.EC_POINT]), 65)
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        if kind == p11.KeyType.EC_EDWARDS:
            return ed25519.Ed25519PublicKey.from_public_bytes(_point(bytes(found[a.EC_POINT]), 32))
    except ValueError as error:
        raise UsageError(
            Text.TOKEN_KEY_UNFIT, token=login.label, key=name, detail="its public key is damaged"
        ) from error
    raise UsageError(Text.TOKEN_KEY_UNFIT, token=login.label, key=name, detail="it is neither P-256 nor Ed25519")


def _point(value: bytes, length: int) -> bytes:
    """PKCS#11 wants a DER octet string; some modules give what is in it."""
    if len(value) == length + 2 and value[:2] == bytes((4, length)):
        return value[2:]
    if len(value) != length:
        raise ValueError("no point of this curve")
    return value


def _generate(login: _Login, wanted: TokenUri) -> None:
    p11 = _library()
    a = p11.Attribute
    kept = {a.LABEL: wanted.object, a.CLASS: p11.ObjectClass.PRIVATE_KEY}
    if list(login.session.get_objects(kept)):
        raise UsageError(Text.TOKEN_KEY_EXISTS, token=login.label, key=wanted.object)
    with login.session.token.open(rw=True) as session:
        parameters = session.create_domain_parameters(p11.KeyType.EC, {a.EC_PARAMS: _P256}, local=True)
        parameters.generate_keypair(
            mechanism=p11.Mechanism.EC_KEY_PAIR_GEN,
            capabilities=p11.MechanismFlag.SIGN | p11.MechanismFlag.VERIFY,
            id=wanted.id or secrets.token_bytes(8),
            label=wanted.object,
            store=True,
            private_template={a.SENSITIVE: True, a.EXTRACTABLE: False},
        )


def _check(public: PublicKey, signature: bytes, payload: bytes) -> None:
    """InvalidSignature: the private key does not belong to the public one, or the token is broken."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature, payload)
    else:
        public.verify(signature, payload, _SCHEME)


# ---- the library -----------------------------------------------------------------------------------------------------


def _library() -> Any:
    try:
        import pkcs11
    except ImportError as error:
        raise UsageError(Text.TOKEN_EXTRA, detail=str(error)) from error
    return pkcs11


@contextmanager
def _translated(token: str) -> Iterator[None]:
    """The module's errors as ours."""
    p11 = _library()
    gone = (
        p11.DeviceRemoved, p11.TokenNotPresent, p11.SessionHandleInvalid, p11.SessionClosed, p11.UserNotLoggedIn,
        p11.KeyHandleInvalid, p11.ObjectHandleInvalid, p11.DeviceError,
    )  # fmt: skip
    try:
        yield
    except gone as error:
        raise UsageError(Text.TOKEN_REMOVED, token=token, detail=_words(error)) from error
    except (p11.PinIncorrect, p11.PinInvalid, p11.PinLenRange):
        raise UsageError(Text.TOKEN_PIN_WRONG, token=token) from None  # the cause may quote it
    except p11.PinLocked as error:
        raise UsageError(Text.TOKEN_PIN_LOCKED, token=token) from error
    except (p11.PinExpired, p11.UserPinNotInitialized) as error:
        raise UsageError(Text.TOKEN_PIN_UNSET, token=token) from error
    except InvalidSignature as error:
        detail = "what it signs does not fit its public key"
        raise UsageError(Text.TOKEN_FAILED, token=token, detail=detail) from error
    except (p11.PKCS11Error, ValueError) as error:
        raise UsageError(Text.TOKEN_FAILED, token=token, detail=_words(error)) from error


def _words(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
