"""Countries by the names that news use for them: the country, its people, its capital."""

from __future__ import annotations

_COUNTRIES = """
us usa america american americans washington united-states
uk britain british britons england english london united-kingdom
russia russian russians moscow kremlin
ukraine ukrainian ukrainians kyiv kiev
eu european europe europeans brussels
uae emirati emirates abu-dhabi
china chinese beijing
germany german germans berlin
france french paris
italy italian italians rome
spain spanish madrid
poland polish poles warsaw
turkey turkish turkiye ankara
iran iranian iranians tehran
iraq iraqi iraqis baghdad
israel israeli israelis jerusalem
palestine palestinian palestinians gaza ramallah
syria syrian syrians damascus
lebanon lebanese beirut
egypt egyptian egyptians cairo
saudi saudis riyadh
qatar qatari doha
yemen yemeni sanaa
afghanistan afghan afghans kabul
pakistan pakistani islamabad
india indian indians delhi
bangladesh bangladeshi dhaka
japan japanese tokyo
korea korean koreans seoul pyongyang
taiwan taiwanese taipei
philippines filipino filipinos manila
vietnam vietnamese hanoi
thailand thai bangkok
myanmar burma burmese
indonesia indonesian jakarta
malaysia malaysian
singapore singaporean
australia australian australians canberra
zealand zealander wellington
canada canadian canadians ottawa
mexico mexican mexicans
cuba cuban cubans havana
venezuela venezuelan venezuelans caracas
colombia colombian bogota
brazil brazilian brazilians brasilia
argentina argentine argentinian buenos-aires
chile chilean santiago
peru peruvian lima
haiti haitian haitians
belarus belarusian minsk
hungary hungarian hungarians budapest
austria austrian vienna
switzerland swiss bern
netherlands dutch hague
belgium belgian
denmark danish danes copenhagen
sweden swedish swedes stockholm
norway norwegian oslo
finland finnish finns helsinki
ireland irish dublin
portugal portuguese lisbon
greece greek greeks athens
serbia serbian belgrade
romania romanian bucharest
bulgaria bulgarian sofia
moldova moldovan chisinau
georgia georgian tbilisi
armenia armenian yerevan
azerbaijan azerbaijani baku
kazakhstan kazakh astana
africa african africans
nigeria nigerian abuja
kenya kenyan nairobi
ethiopia ethiopian addis
sudan sudanese khartoum
libya libyan tripoli
morocco moroccan rabat
"""
_NAMES: dict[str, frozenset[str]] = {}
for _line in _COUNTRIES.split("\n"):
    for _name in _line.split():
        _NAMES[_name] = frozenset(_line.split())


def other_names(word: str) -> frozenset[str]:
    """Return what else a country is called by, the word itself in lower case among it.

    "Tehran" gives "iran", "iranian" and "tehran" among others; a word that is no such name itself.
    """
    lower = word.lower().replace(".", "")
    return _NAMES.get(lower, frozenset((lower,)))
