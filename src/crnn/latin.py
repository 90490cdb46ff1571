# ruff: noqa: RUF001  # typographic signs are symbols here
"""The letters and signs that the alphabet `latin` adds to ASCII, by language and by use.

    classes 1..95 of `latin`    those of `print94-space`
    classes 96..273             BEYOND_ASCII

docs/alphabets.md lists them.
"""

from collections.abc import Mapping

LETTERS: Mapping[str, str] = {
    "Albanian": "çë",
    "Catalan": "àçèéíïòóúü",
    "Croatian, Bosnian, Slovene": "ćčđšž",
    "Czech": "áčďéěíňóřšťúůýž",
    "Danish, Norwegian": "åæéøò",
    "Dutch": "áéëíïóöúü",
    "Estonian": "äõöšüž",
    "Faroese": "áæðíóøúý",
    "Finnish": "åäöšž",
    "French": "àâæçèéêëîïôœùûüÿ",
    "German": "äöüßẞ",
    "Hungarian": "áéíóöőúüű",
    "Icelandic": "áæðéíóöúýþ",
    "Irish": "áéíóú",
    "Italian": "àèéìíîòóùú",
    "Latvian": "āčēģīķļņōšūž",
    "Lithuanian": "ąčėęįšūųž",
    "Polish": "ąćęłńóśźż",
    "Portuguese": "àáâãçéêíóôõúü",
    "Romanian": "âăîșț",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Spanish": "áéíñóúü",
    "Swedish": "åäéö",
    "Turkish": "âçğıİîöşûü",
}
"""Language -> the letters beyond a to z that it is written with; capitals go with the small ones."""

SIGNS: Mapping[str, str] = {
    "money": "€£¥",
    "quotation marks": "«»“”„‘’",
    "dashes and dots": "–—…·•",
    "Spanish marks": "¡¿",
    "ordinals and powers": "ªº²³",
    "units and arithmetic": "°±×µ½",
    "paragraphs and rights": "§©®™",
}
"""Use -> the signs beyond ASCII."""


def _both_cases(letters: str) -> set[str]:
    """Add the other case of each letter; ß keeps the capital that German gives it, ẞ."""
    cases = {case for letter in letters for case in (letter, letter.lower(), letter.upper())}
    return {case for case in cases if len(case) == 1 and not case.isascii()}


BEYOND_ASCII: str = "".join(sorted(_both_cases("".join(LETTERS.values())) | set("".join(SIGNS.values()))))
"""The 178 symbols of `latin` that are not ASCII, in the order of their code points."""
