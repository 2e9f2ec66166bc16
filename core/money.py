"""Money as Decimal: rounding, exact instalments, currency codes and print forms. Pure, no floats anywhere.

Every amount is a Decimal of a stated currency; rounding is always half up, as the filed plans say (DOMAIN 1.0, rule 6).
"""

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any

from core.errors import InputRefused

CONTEXT = Context(prec=34, rounding=ROUND_HALF_UP)
CENT = Decimal("0.01")

# ISO 4217 codes of national currencies in use.
_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP
    CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD
    MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD
    UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())


def to_decimal(value: Any, *, field: str | None = None) -> Decimal:
    """`value` (str, int or Decimal) as a finite Decimal; floats, bools and anything else raise InputRefused."""
    if isinstance(value, float | bool) or not isinstance(value, str | int | Decimal):
        raise InputRefused(
            f"{type(value).__name__} is not an exact number",
            field=field,
            remedy='send it as text, such as "0.05"',
        )
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise InputRefused(f"{value!r} is not a number", field=field, remedy='write digits, such as "0.05"') from None
    if not number.is_finite():
        raise InputRefused(f"{value} is not a finite number", field=field, remedy="send a finite number")
    return number


def round_half_up(value: Decimal, places: int) -> Decimal:
    """`value` at `places` decimals, halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), context=CONTEXT)


def cents(value: Decimal) -> Decimal:
    """`value` at two decimals, half up."""
    return round_half_up(value, 2)


def instalments(total: Decimal, count: int) -> tuple[Decimal, ...]:
    """`count` amounts of whole cents that sum to `total` exactly; odd cents fall on the first instalments."""
    if count < 1:
        raise InputRefused("at least one instalment is needed", field="instalments", limit="1")
    whole = int(to_cents(total))
    share, odd = divmod(abs(whole), count)
    sign = -1 if whole < 0 else 1
    return tuple(CENT * sign * (share + (1 if place < odd else 0)) for place in range(count))


def to_cents(amount: Decimal) -> Decimal:
    """`amount` in whole cents; InputRefused if it has a fraction of a cent."""
    scaled = CONTEXT.scaleb(amount, 2)
    if scaled != scaled.to_integral_value():
        raise InputRefused(f"{amount} has a fraction of a cent", field="amount", limit="2 decimals", remedy="round it")
    return scaled.to_integral_value()


def currency_code(code: str) -> str:
    """`code` if it is an ISO 4217 currency in capitals, else InputRefused."""
    if code not in CURRENCIES:
        raise InputRefused(f"{code!r} is not a currency", field="currency", remedy="use an ISO 4217 code, such as USD")
    return code


def amount_text(amount: Decimal) -> str:
    """`amount` to the cent with thousands separated: 19,319.56."""
    return f"{cents(amount):,.2f}"


def money_text(amount: Decimal, currency: str) -> str:
    """`amount` with its currency in front: USD 19,319.56."""
    return f"{currency_code(currency)} {amount_text(amount)}"
