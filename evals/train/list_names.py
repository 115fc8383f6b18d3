"""Gathers names of people: Faker's lists for every country and texts in, `coach/name_lists.txt.gz` out.

    python evals/train/list_names.py --data FOLDER

Three lists, parted by an empty line: given names, family names, and those of both that are ordinary words too ("grace",
"will", "brown"). A name is an ordinary word where the texts under FOLDER (squad2, clapnq, wice, expertqa) write it small in
the middle of a sentence at least as often as one time in six. Only names in Latin letters. Needs `faker` (MIT); the product does not.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import pkgutil
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from coach.person_names import LISTS, simplify

_TEXTS = ("answerability/squad2", "answerability/clapnq", "grounding/wice", "grounding/expertqa")
_INNER = re.compile(r"(?<=[a-z,;] )[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-zÀ-ɏḀ-ỿ][A-Za-zÀ-ɏḀ-ỿ'’ -]+")  # noqa: RUF001 - an apostrophe as it is typed
_PARTICLES = frozenset("de da do dos das del della der den van von la le el al di du y e i o of the st san ben bin ibn ter ten op".split())
# Ordinary words of schools and talk that the texts, which are of an encyclopedia, seldom hold small.
_ALSO = frozenset(
    """
    angel april august autumn baker bill brook carter chance chip christian chuck clay cliff cole colt cook dale dash dawn
    dean destiny drew earl ernest ford frank gage gene genesis glen gray guy hall hank harmony harper harry heath heaven holly
    honor hunter iris ivy jack jade jasmine jet jewel joe josh journey joy june justice kit kitty knight lake lance lane
    legend lily link major mason matt max melody mercy messiah miles misty moss nick noble norm nova ocean olive pace
    pat patience pearl peg penny pepper phoenix pa her do bo ming lei mai thao hao dung lor ama al les don ed ned ken jo ron ren min memo nacho ben tang sun song young han lim ng vue pierce pilot pip poppy prince princess quest rain ralph randy ray reed
    reef remedy ridge river rob robin rocky royal ruby rusty sage sailor sandy scout serenity shade shelly shepherd skip sky snow
    sparrow star stew storm story sue summer sunday sunny temple timber tony trinity troy tripp vale van victor violet
    wade wally warren wilder will winter wolf woods wren young coach ward reading sharp swift bright strong weeks
    farmer potter weaver mercer turner fisher gardner porter foster bishop gates wise small little bush berry bacon
    cane case cross duke fields fox frost garden garland golden grant green holder house joiner key keys lamb lock love marsh mead
    mills moody nation noble paine peace pope pride pratt quick rich rush sanders savage self sellers sharpe short singer speed
    spring steward sweet tate train tucker walker waters wells wheeler word
    """.split()
)
# Names that schools hear often and Faker's lists in Latin letters lack.
_MORE_GIVEN = frozenset(
    """
    ezekiel xochitl ximena itzel citlali yaretzi nayeli yesenia marisol lupita paco pancho memo beto chuy nacho lalo
    wei li jing ming xin yi hao jun mei ling ying yan hui hong xiu bao chen qiang feng yong zhi yu xia fang tao bo jie lei
    minh thi linh huong trang phuong thuy hoa lan ngoc duc tuan hung quang khanh thao nhi vy anh hien duy khoa tien dung
    hyun min ji woo seo jin soo hee eun young jae kyung sung hyeon jiho minjun seojun jiwoo haeun yuna
    haruto yuki sakura hiroshi kenji akira yui aoi ren sota hina takeshi naoki emi
    muhammad mohammed mohamed ahmed ahmad ali hassan hussein ibrahim yusuf yousef omar umar khalid abdullah abdi abdul
    fatima fatuma aisha ayesha khadija maryam zainab zahra layla leila amina hodan ifrah hamza bilal mustafa samir karim
    nasra sahra faduma asad zaid tariq malik jamal kareem rashid salma noor nour yasmin yasmine rania
    arjun aarav vihaan rohan rahul anjali lakshmi kavya ananya diya isha meera neha pooja ravi sanjay vijay deepa harpreet
    gurpreet simran manpreet jaspreet amrit navdeep
    oluwaseun chukwuemeka chidi ngozi adaeze amara temitope folake tunde emeka obinna ifeoma kwame kofi kwesi akua ama abena
    thandiwe sipho nomsa themba lindiwe wanjiru kamau otieno achieng mwangi tendai tafadzwa amadou mamadou fatou aminata oumar
    lakisha latoya latasha shaniqua shanice tanisha keisha kiara kiana tyrone tyrell terrell deandre dandre deangelo
    demarcus marquis marquise devonte devante davonte tevin trayvon tayshaun darnell jamarcus jaquan tyquan daquan rashad
    lamar kendrick quinton nia imani ebony jazmine aniyah aliyah jaliyah zaniyah kamiyah nevaeh heavenly makayla mikayla
    mckenzie mckenna kenzie jaylen jaylon jalen jaiden jadon brayden braydon kaden caden cayden aiden aidan zayden
    bentley easton weston colton kolton paxton jaxson jaxton ryder ryker maddox knox axel bodhi finn jax zeke gunner
    kaitlyn katelyn caitlyn kaitlin brianna breanna ashlyn ashlynn kaylee kayleigh kylie kylee hailey haylee bailey
    addison adalynn brooklynn raelynn gracelyn emersyn oakley paisley everleigh kinsley kinslee
    siobhan niamh saoirse aoife eoin cillian caoimhe oisin ciara
    bobby billy johnny tommy jimmy timmy danny kenny ronny donny mikey joey charlie eddie freddie teddy benny lenny
    becky debby deb debbie barb kathy cathy cindy mindy wendy mandy patty peggy trish tricia beth liz lizzie betsy
    tina gina nina dina dee jo jen jenny jess jessie sam sammy alex lexi meg maggie molly polly kate katie
    tom tim jim ben ken ron don dave steve mike greg jeff doug rick vick al ed ted fred ned les wes russ gus walt
    miguel santiago mateo diego alejandro sofia camila valentina isabella luciana guadalupe esperanza consuelo
    amir amira aliya zara zoya elif emre ayse mehmet dmitri sergei oksana svetlana natasha olena ihor piotr agnieszka
    pa chue mai yer xiong nhia tou kaonou
    """.split()
)
_MORE_FAMILY = frozenset(
    """
    nguyen tran pham huynh hoang phan vu vo dang bui do ngo duong ly
    wang zhang liu chen yang huang zhao wu zhou xu sun zhu gao lin guo zheng liang xie tang deng feng cheng cai yuan
    kim lee park choi jung kang cho yoon jang lim shin han seo kwon hwang ahn song hong
    tanaka suzuki sato takahashi watanabe yamamoto nakamura kobayashi yoshida
    patel singh kaur khan sharma gupta shah reddy rao nair iyer agarwal mehta desai chowdhury rahman hossain begum raman
    okafor okonkwo adeyemi adebayo eze nwosu diallo traore keita kone mensah owusu boateng osei moyo dlamini nkosi
    mohamed ali hassan ahmed abdi warsame farah hussein ibrahim haddad nasser mahmoud aziz
    xiong vang yang moua thao vue her lor
    petrov ivanov kowalczyk kowalski nowak novak horvat
    """.split()
)
_SMALL_SHARE = 1 / 6
_LEAST_SMALL = 3


def main() -> int:
    """Write the lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    given, family = gather("first_name") | _MORE_GIVEN, gather("last_name") | _MORE_FAMILY
    small, large = count_cases(arguments.data)
    words = {
        name
        for name in given | family
        if name in _ALSO
        or (small[name] >= _LEAST_SMALL and small[name] >= _SMALL_SHARE * (small[name] + large[name]))
    }
    text = "\n\n".join("\n".join(sorted(names)) for names in (given, family, words))
    LISTS.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    print(f"{len(given)} given names, {len(family)} family names, {len(words)} of them ordinary words: {LISTS}")
    return 0


def gather(kind: str) -> set[str]:
    """The names of one kind in Faker's providers, each part by itself, in small letters without accents."""
    people = importlib.import_module("faker.providers.person")
    found: set[str] = set()
    for module in pkgutil.iter_modules(people.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for attribute in dir(provider):
            values = getattr(provider, attribute)
            if kind in attribute and isinstance(values, (tuple, list, dict)):
                found |= {value for value in values if isinstance(value, str) and _LATIN.fullmatch(value)}
    parts = {part for name in found for part in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*", simplify(name.replace("’", "'")))}  # noqa: RUF001
    return {part for part in parts if len(part) > 1 and part not in _PARTICLES}


def count_cases(data: Path) -> tuple[Counter[str], Counter[str]]:
    """How often the texts write each word small, and with a capital, in the middle of a sentence."""
    small: Counter[str] = Counter()
    large: Counter[str] = Counter()
    for text in iterate_texts(data):
        for word in _INNER.findall(text):
            (small if word == word.lower() else large)[simplify(word)] += 1
    return small, large


def iterate_texts(data: Path) -> Iterator[str]:
    """Each different passage of the sets."""
    seen: set[str] = set()
    for name in _TEXTS:
        for line in (data / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            for text in [*row.get("passages", ()), *row.get("evidence", ())]:
                words = text if isinstance(text, str) else text.get("text", "")
                if words not in seen:
                    seen.add(words)
                    yield words


if __name__ == "__main__":
    sys.exit(main())
