"""Derive heliograph/model/data/prefixes.csv from what libraries ship; run by hand, at leisure.

    python tools/make_prefixes.py [--report]

Sources: `phonenumbers` (libphonenumber metadata) says which country a prefix lies in and which
carrier holds a mobile range; `imsi.dat` of `python-stdnum` (E.212 codes, compiled from Wikipedia)
says which MCC and MNC an operator has. The two are joined by the operators' names, country by
country. What does not join without doubt keeps an empty MNC: this script must never guess.
Needs python-stdnum installed; with --report it prints coverage and the names that did not join.
"""

import argparse
import html
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import phonenumbers
import pycountry
from phonenumbers.carrierdata import CARRIER_DATA
from prefix_names import CARRIER_IS, RANGE_IS  # beside this script: the part made by hand

from heliograph.model.number import country_of
from heliograph.model.prefixes import Network, PrefixTable, to_csv

TARGET = Path(__file__).parent.parent / "heliograph" / "model" / "data" / "prefixes.csv"

# Beyond this many codes a brand's MNC tells the licence area (India's circles), which a number's
# prefix does not: any choice among them would be invented.
MOST_CODES_OF_A_BRAND = 6
AREA_DIGITS = 4  # how deep calling codes shared by countries are explored

FACT = re.compile(r'(\w+)="(.*?)"(?= \w+="|$)')  # values hold quotes of their own

# Words in operators' names that do not tell one from another.
NOISE_WORDS = """
mobile mobil mobilna mobiles cellular cell wireless telecom telecoms telekom telecommunication
telecommunications telecomunicaciones telecomunicacoes communication communications comms
network networks gsm group company corporation corp inc limited ltd llc llp plc gmbh ag kg sa
sas sarl spa srl bv nv ab as asa aps oy oyj ooo oao pjsc ojsc jsc cjsc ad doo dd kft zrt pte pty
pvt private co pt tbk the of and de services solutions digital international
"""
COUNTRIES_BY_THEMSELVES = """
italia espana deutschland france polska sverige schweiz suisse svizzera osterreich nederland
danmark norge suomi eesti lietuva latvija slovenija hrvatska srbija magyarorszag brasil caraibe
turkiye
"""
NOISE = frozenset((NOISE_WORDS + COUNTRIES_BY_THEMSELVES).split())

# Licences, and so MNCs, are by area here, which a brand does not tell.
BY_AREA = frozenset({"IN"})


@dataclass(frozen=True, kw_only=True)
class Operator:
    """One MCC-MNC allocation as imsi.dat lists it."""

    mcc: str
    mnc: str
    brand: str
    name: str
    status: str
    bands: str

    @property
    def rank(self) -> tuple[bool, bool, bool, str, str]:
        """Sorts the code subscribers most likely have first: on the air, with a network of its own,
        not withdrawn; then the lowest number."""
        on_air = self.status == "operational"
        hosted = not self.bands or "mvno" in self.bands.lower()
        withdrawn = self.status in ("not operational", "reserved")
        return (not on_air, hosted, withdrawn, self.mcc, self.mnc)


def operators_by_country() -> tuple[dict[str, list[Operator]], dict[str, str]]:
    """The operators of each alpha-2 country, and each country's first own MCC."""
    operators: dict[str, list[Operator]] = defaultdict(list)
    mcc = ""
    text = (resources.files("stdnum") / "imsi.dat").read_text(encoding="utf-8")
    for line in text.splitlines():
        if re.fullmatch(r"[0-9]{3}", line):
            mcc = line
        row = re.fullmatch(r" ([0-9]{2,3}) (.*)", line)
        if row is None:
            continue
        facts = {k: clean(v) for k, v in re.findall(FACT, row[2])}
        operator = Operator(
            mcc=mcc,
            mnc=row[1],
            brand=facts.get("brand", ""),
            name=facts.get("operator", ""),
            status=facts.get("status", "").lower(),
            bands=facts.get("bands", ""),
        )
        for country in countries_in(facts):
            operators[country].append(operator)
    return operators, first_mccs(operators)


def first_mccs(operators: dict[str, list[Operator]]) -> dict[str, str]:
    """Each country's first MCC among those it has the most rows of, or else the one it has the
    most rows in (small islands share codes with a larger neighbour)."""
    held = {country: Counter(o.mcc for o in rows) for country, rows in operators.items()}
    most: Counter[str] = Counter()
    for counts in held.values():
        most |= counts
    first = {}
    for country, counts in held.items():
        own = [mcc for mcc, n in counts.items() if n == most[mcc]]
        first[country] = min(own) if own else counts.most_common(1)[0][0]
    return first


def countries_in(facts: dict[str, str]) -> list[str]:
    """A row names its country in `cc`, or several in the country text ("Australia - AU - CC")."""
    if "cc" in facts:
        return [facts["cc"].upper()]
    return re.findall(r"\b[A-Z]{2}\b", facts.get("country", "").partition(" - ")[2])


def clean(text: str) -> str:
    return re.sub(r"<[^>]*>", "", html.unescape(text)).strip()


def words_of(name: str, country: str) -> frozenset[str]:
    """The telling words of an operator's name: no accents, no legal forms, no country."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("ı", "i").replace("ø", "o"))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("'", "")
    plain = re.sub(r"(?<=\w)[+](?!\w)", "plus", re.sub(r"(?<=\b\w)[-.&](?=\w)", "", plain))
    every = frozenset(re.findall(r"[^\W_]+", plain))
    return (every - NOISE - words_for_country(country)) or every


@cache
def words_for_country(code: str) -> frozenset[str]:
    country = pycountry.countries.get(alpha_2=code)
    words = {code.lower(), *({"uk"} if code in {"GB", "JE", "GG", "IM"} else ())}
    if country is not None:
        words |= set(re.findall(r"\w+", country.name.lower())) | {country.alpha_3.lower()}
    return frozenset(words)


def operators_named(carrier: str, country: str, operators: Iterable[Operator]) -> list[Operator]:
    """The operators a carrier name fits best: equal words in the brand, then in the company name,
    then one name within the other. Empty when the fit points at different operators."""
    wanted = words_of(carrier, country)
    joined = "".join(sorted(wanted))
    shared_range = "/" in carrier  # "Vodafone/Lycamobile": one of the two, or both
    fits: list[list[Operator]] = [[], [], []]
    for operator in operators:
        names = [words_of(n, country) for n in (operator.brand, operator.name) if n]
        same = ["".join(sorted(words)) == joined for words in names]
        if same and same[0]:
            fits[0].append(operator)
        elif any(same):
            fits[1].append(operator)
        elif shared_range:
            continue
        elif any(words <= wanted or wanted <= words for words in names):
            fits[2].append(operator)
    for found in fits:
        if found:
            brands = {words_of(o.brand or o.name, country) for o in found}
            return found if len(brands) == 1 else []
    return []


class Joiner:
    """Carrier names to networks, and the account of what joined."""

    def __init__(self) -> None:
        self.operators, self.first_mcc = operators_by_country()
        for country, home in HOME_OF.items():
            self.first_mcc.setdefault(country, self.first_mcc[home])

    def country_at_large(self, country: str) -> Network:
        return Network(country=country, mcc=self.first_mcc.get(country), mnc=None, name=None)

    @cache  # noqa: B019  (one joiner lives as long as the script)
    def network(self, country: str, carrier: str) -> Network:
        """The network of a carrier; `mnc` stays None where no operator fits without doubt."""
        known = CARRIER_IS.get((country, carrier))
        if known is not None:
            mcc, mnc = known.split("-")
            return Network(country=country, mcc=mcc, mnc=mnc or None, name=carrier)
        listed = self.operators.get(country) or self.operators.get(HOME_OF.get(country, ""), [])
        found = operators_named(carrier, country, listed)
        if not found or country in BY_AREA or len(found) > MOST_CODES_OF_A_BRAND:
            mccs = {operator.mcc for operator in found}
            only_mcc = mccs.pop() if len(mccs) == 1 else self.first_mcc.get(country)
            return Network(country=country, mcc=only_mcc, mnc=None, name=carrier)
        best = min(found, key=lambda operator: operator.rank)
        return Network(country=country, mcc=best.mcc, mnc=best.mnc, name=carrier)


# Territories without operators of their own in the list: whose operators and codes they use.
HOME_OF = {"GG": "GB", "JE": "GB", "IM": "GB", "AX": "FI", "SJ": "NO", "VA": "IT", "EH": "MA"}
HOME_OF |= {"AC": "SH", "TA": "SH", "GU": "US", "MP": "US"}


def regions_under(code: str) -> Iterator[tuple[str, str]]:
    """(prefix, country) below a calling code: the code itself, and where countries share it, each
    area within it that has valid numbers."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
    if regions[0] == "001":
        return
    yield code, regions[0]
    if len(regions) == 1:
        return
    for area in range(10**AREA_DIGITS):
        prefix = f"{code}{area:0{AREA_DIGITS}}"
        country = country_by_sample(prefix, code)
        if country is not None:
            yield prefix, country


def country_by_sample(prefix: str, code: str) -> str | None:
    """The country most numbers with this prefix belong to, judged by sample numbers."""
    seen: Counter[str] = Counter()
    for length in lengths_under(code):
        missing = length - (len(prefix) - len(code))
        for digit in "0123456789" if missing > 0 else ():
            country = country_of(prefix + (digit + "2345678901234")[:missing])
            if country is not None:
                seen[country] += 10 ** (missing - 1)
    return seen.most_common(1)[0][0] if seen else None


@cache
def lengths_under(code: str) -> list[int]:
    found: set[int] = set()
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
        if metadata is not None and metadata.general_desc is not None:
            found.update(metadata.general_desc.possible_length)
    return sorted(n for n in found if n > 0)


def merged(rows: dict[str, Network]) -> dict[str, Network]:
    """The fewest rows that answer every look-up alike: ten equal siblings become their parent, and
    a row that says what the next shorter prefix says is dropped."""
    for length in range(max(map(len, rows)), 3, -1):
        families: dict[str, list[Network]] = defaultdict(list)
        for prefix, network in rows.items():
            if len(prefix) == length:
                families[prefix[:-1]].append(network)
        for parent, children in families.items():
            if len(children) == 10 and len(set(children)) == 1:
                rows[parent] = children[0]
    kept: dict[str, Network] = {}
    for prefix in sorted(rows, key=len):
        shorter = (kept.get(prefix[:n]) for n in range(len(prefix) - 1, 0, -1))
        if next(filter(None, shorter), None) != rows[prefix]:
            kept[prefix] = rows[prefix]
    return kept


def mobile_rows(joiner: Joiner) -> Iterator[tuple[str, Network]]:
    """A row for each carrier range libphonenumber knows."""
    codes = {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}
    for prefix, names in CARRIER_DATA.items():
        code = next(prefix[:n] for n in (1, 2, 3) if prefix[:n] in codes)
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)]
        country: str = regions[0]
        if len(regions) > 1:
            country = country_by_sample(prefix, code) or country
        carrier = names.get("en")  # other tongues only retell a shorter prefix
        if carrier is not None and country != "001":
            yield prefix, joiner.network(country, carrier.strip())


def country_rows(joiner: Joiner, mobile: dict[str, Network]) -> dict[str, Network]:
    """What to answer outside the carriers' ranges; an area within a carrier's range of the same
    country would hide that carrier, being longer."""
    rows: dict[str, Network] = {}
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        for prefix, country in regions_under(str(code)):
            around = (mobile.get(prefix[:n]) for n in range(len(prefix) - 1, 0, -1))
            carrier = next(filter(None, around), None)
            if carrier is None or carrier.country != country:
                rows[prefix] = joiner.country_at_large(country)
    return rows


def report(mobile: dict[str, Network], final: dict[str, Network]) -> None:
    total: Counter[str] = Counter()
    joined: Counter[str] = Counter()
    missing: Counter[tuple[str, str | None]] = Counter()
    for network in mobile.values():
        total[network.country] += 1
        joined[network.country] += network.mnc is not None
        if network.mnc is None:
            missing[network.country, network.name] += 1
    share = 100 * joined.total() / total.total()
    lines = [
        f"rows {len(final)}; ranges {total.total()}, with MNC {joined.total()} ({share:.1f} %)"
    ]
    lines += [f"{c}: {joined[c]}/{n}" for c, n in total.most_common(60)]
    lines += [f"{n:5} {c} {name}" for (c, name), n in missing.most_common(170)]
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--report", action="store_true", help="print coverage")
    wanted = arguments.parse_args()
    joiner = Joiner()
    mobile = dict(mobile_rows(joiner))
    for prefix, (country, allocation, name) in RANGE_IS.items():
        mcc, mnc = allocation.split("-")
        mobile[prefix] = Network(country=country, mcc=mcc, mnc=mnc, name=name)
    final = merged(country_rows(joiner, mobile) | mobile)
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        to_csv(PrefixTable(final.items()), file)
    if wanted.report:
        report(mobile, final)


if __name__ == "__main__":
    main()
