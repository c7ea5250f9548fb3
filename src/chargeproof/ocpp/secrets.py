"""Which configuration keys hold secrets, and how their values are hidden in the texts that are kept."""

import re
from collections.abc import Callable

_SECRET_WORDS = ("authorizationkey", "passw", "secret", "token", "credential", "privatekey", "simpin")
_PSK = re.compile(r"(?:^|[^a-z])psk")
# Possessive: what a station sends must not make the search try each end of each value.
_STRING = r'(?:[^"\\]|\\.)*+'
_VALUE = rf'"{_STRING}"|-?\d[\w.+-]*+'
_KEY_THEN_VALUE = re.compile(
    rf'("key"\s*:\s*"({_STRING})"(?:(?!"key"\s*:)[^{{}}]){{0,400}}?"value"\s*:\s*)({_VALUE})', re.DOTALL
)
_VALUE_THEN_KEY = re.compile(
    rf'("value"\s*:\s*)({_VALUE})((?:(?!"value"\s*:)[^{{}}]){{0,400}}?"key"\s*:\s*"({_STRING})")', re.DOTALL
)
_NAMES_A_KEY = '"key"'


def is_secret_key(key: str) -> bool:
    """Whether the value of this configuration key is a secret."""
    folded = key.casefold()
    return any(word in folded for word in _SECRET_WORDS) or ("psk" in folded and bool(_PSK.search(folded)))


def hide_secrets(text: str, hidden: Callable[[str], str]) -> str:
    """A frame or payload with each secret value replaced; all other characters stay as they are.

    ``hidden`` gives the text that stands for a value, which is the text between its quotes, or a number. An
    empty value stays empty.
    """
    if _NAMES_A_KEY not in text or not is_secret_key(text):
        return text

    def shown(key: str, value: str) -> str:
        within = value.strip('"')
        return f'"{hidden(within)}"' if within and is_secret_key(key) else value

    def after_key(found: re.Match[str]) -> str:
        return found[1] + shown(found[2], found[3])

    def before_key(found: re.Match[str]) -> str:
        return found[1] + shown(found[4], found[2]) + found[3]

    return _VALUE_THEN_KEY.sub(before_key, _KEY_THEN_VALUE.sub(after_key, text))
