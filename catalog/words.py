"""How texts and queries become tokens: two characters at a time for Chinese, words for Latin.

PostgreSQL's own parsers do not split Chinese, so tokens are made here, on both sides alike.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST_QUERY = 100
MOST_TERMS = 10
LONGEST_WORD = 40
LONGEST_PINYIN = 24

_TRADITIONAL = (
    "愛礙襖壩備貝筆畢邊變標錶別賓補布參蠶倉艙側測層產長場車徹塵襯稱誠遲蟲廚傳創純詞從錯達帶單膽"
    "擔當燈點電墊釣頂訂東動凍讀獨緞對頓爾兒發飯範飛費紛風縫鳳膚復負蓋趕鋼個給鞏溝構購穀顧掛"
    "關觀館貫廣龜歸貴國過漢號紅後壺護花華畫話懷壞歡環換黃揮匯會繪葷機積極級給計記際繼夾價鑑"
    "間檢簡見鍵劍將講膠餃腳較節結緊僅進盡經驚鏡舊舉據捲絹覺開顆課褲塊寬礦來蘭籃攔覽欄爛勞樂"
    "類離禮裡麗厲曆聯連練煉涼兩輛療獵臨鄰靈領龍樓爐蘆錄陸綠羅蘿鑼媽馬買賣滿貓門悶們麵綿廟滅"
    "銘鳥寧濃農盤龐賠噴頻蘋瓶憑潑鋪齊騎啟氣鉛謙錢槍牆強橋親輕請慶瓊窮權勸讓熱認榮軟銳潤傘掃"
    "澀紗殺曬閃賞燒紹設攝審聲濕實時識飾試適視壽書術樹雙誰絲飼鬆蘇肅歲孫損縮臺檯態攤湯燙濤討"
    "騰體條貼鐵聽廳銅統頭圖團腿駝襪灣萬網為圍衛穩問無霧習戲細蝦鮮閑閒縣現線鄉響項蕭曉鞋協寫謝"
    "鏽繡許續選學勻雲壓鴨啞煙鹽顏嚴陽養樣搖藥爺葉頁業醫儀遺藝陰銀飲隱應鷹營擁優郵魚漁與語園"
    "員圓遠願約閱躍運雜載髒棗造則擇澤增轉賬這針鎮陣爭證織職紙製質鐘種眾週豬竹築莊裝狀準資總鑽"
)
_SIMPLIFIED = (
    "爱碍袄坝备贝笔毕边变标表别宾补布参蚕仓舱侧测层产长场车彻尘衬称诚迟虫厨传创纯词从错达带单胆"
    "担当灯点电垫钓顶订东动冻读独缎对顿尔儿发饭范飞费纷风缝凤肤复负盖赶钢个给巩沟构购谷顾挂"
    "关观馆贯广龟归贵国过汉号红后壶护花华画话怀坏欢环换黄挥汇会绘荤机积极级给计记际继夹价鉴"
    "间检简见键剑将讲胶饺脚较节结紧仅进尽经惊镜旧举据卷绢觉开颗课裤块宽矿来兰篮拦览栏烂劳乐"
    "类离礼里丽厉历联连练炼凉两辆疗猎临邻灵领龙楼炉芦录陆绿罗萝锣妈马买卖满猫门闷们面绵庙灭"
    "铭鸟宁浓农盘庞赔喷频苹瓶凭泼铺齐骑启气铅谦钱枪墙强桥亲轻请庆琼穷权劝让热认荣软锐润伞扫"
    "涩纱杀晒闪赏烧绍设摄审声湿实时识饰试适视寿书术树双谁丝饲松苏肃岁孙损缩台台态摊汤烫涛讨"
    "腾体条贴铁听厅铜统头图团腿驼袜湾万网为围卫稳问无雾习戏细虾鲜闲闲县现线乡响项萧晓鞋协写谢"
    "锈绣许续选学匀云压鸭哑烟盐颜严阳养样摇药爷叶页业医仪遗艺阴银饮隐应鹰营拥优邮鱼渔与语园"
    "员圆远愿约阅跃运杂载脏枣造则择泽增转账这针镇阵争证织职纸制质钟种众周猪竹筑庄装状准资总钻"
)
assert len(_TRADITIONAL) == len(_SIMPLIFIED)
_SIMPLE = str.maketrans(_TRADITIONAL, _SIMPLIFIED)
_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_RUNS = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_HAN_RUN = re.compile(rf"[{_HAN}]")
_LITTLE = frozenset({"a", "an", "and", "for", "from", "in", "of", "on", "or", "the", "to", "with"})
PINYIN = "~"
COLOUR = "#"


@dataclass(frozen=True)
class Term:
    """One thing that a query asks for: a Latin word, or a run of Chinese characters."""

    text: str

    @property
    def is_han(self) -> bool:
        """Whether it is written in Chinese characters."""
        return bool(_HAN_RUN.match(self.text))


def fold(text: str) -> str:
    """One spelling for many: full width, capitals, accents and traditional characters."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("'", "")
    apart = unicodedata.normalize("NFKD", plain)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare).translate(_SIMPLE)


def runs(text: str) -> list[str]:
    """The Latin words and Chinese runs of a text, folded, in order."""
    return _RUNS.findall(fold(text))


def stem(word: str) -> str:
    """A word without its plural: what is on sale as `cup` is found as `cups`."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


# --- What stands in the index -----------------------------------------------------------


def tokens(text: str) -> Iterator[str]:
    """What a text is found by: single characters, neighbouring pairs, words and their stems."""
    for run in runs(text):
        if _HAN_RUN.match(run):
            yield from run
            yield from _pairs(run)
        else:
            word = run[:LONGEST_WORD]
            yield word
            yield stem(word)


def pinyin_tokens(text: str) -> Iterator[str]:
    """How the Chinese of a text sounds, and its initials, from every syllable on."""
    for run in runs(text):
        if not _HAN_RUN.match(run):
            continue
        syllables = _syllables(run)
        for start in range(len(syllables)):
            yield PINYIN + "".join(syllables[start:])[:LONGEST_PINYIN]
            initials = "".join(syllable[0] for syllable in syllables[start:])
            if len(initials) > 1:
                yield PINYIN + initials[:LONGEST_PINYIN]


def _syllables(text: str) -> list[str]:
    """How each character sounds. The dictionary takes 50 MB, which workers seldom need."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - slow import

    return lazy_pinyin(text, style=Style.NORMAL, errors="ignore")


def words(text: str) -> Iterator[str]:
    """The Latin words of a text that may be offered as what was meant."""
    for run in runs(text):
        if run.isascii() and run.isalpha() and 3 <= len(run) <= LONGEST_WORD:
            yield run


def vector(parts: Iterable[tuple[str, Iterable[str]]]) -> str:
    """A tsvector literal of tokens with their weights; a token keeps its best weight."""
    best: dict[str, str] = {}
    for weight, found in parts:
        for token in found:
            if token and (token not in best or weight < best[token]):
                best[token] = weight
    return " ".join(f"{_quoted(token)}:1{weight}" for token, weight in best.items())


# --- What a query asks for --------------------------------------------------------------


def terms(query: str) -> list[Term]:
    """What a query asks for; small words count only when there is nothing else."""
    found = runs(query[:LONGEST_QUERY])
    parts: list[str] = []
    for run in found:
        if _HAN_RUN.match(run):
            parts += [part for part in re.split("[的和与]", run) if part] or [run]
        else:
            parts.append(run[:LONGEST_WORD])
    telling = [part for part in parts if part not in _LITTLE] or parts
    return [Term(part) for part in dict.fromkeys(telling)][:MOST_TERMS]


def asked(term: Term, weights: str = "", *, exact: bool = False) -> str:
    """The tsquery of one term as it is written; `weights` restricts where it must stand."""
    if not term.is_han:
        end = weights if exact else f"*{weights}"
        return f"{_quoted(stem(term.text))}{':' if end else ''}{end}"
    found = _pairs(term.text) or [term.text]
    end = f":{weights}" if weights else ""
    return "(" + " & ".join(f"{_quoted(token)}{end}" for token in found) + ")"


def sounding(term: Term) -> str:
    """The tsquery of one term by its sound: what was typed is pinyin, initials or a homophone."""
    if not term.is_han:
        return f"{_quoted(PINYIN + term.text)}:*"
    if len(term.text) == 1:
        # One syllable begins half of all words: as it is written, or not at all.
        return asked(term)
    syllables = _syllables(term.text)
    return f"{_quoted(PINYIN + ''.join(syllables)[:LONGEST_PINYIN])}:*"


def nearly(term: Term) -> str:
    """The tsquery of one term in pieces: any pair of its characters, or its sound."""
    return "(" + " | ".join([asked(term), sounding(term), *map(_quoted, pieces(term))]) + ")"


def pieces(term: Term) -> list[str]:
    """The pairs of characters of a Chinese run; a Latin word has no pieces."""
    return _pairs(term.text) if term.is_han else []


def colour(code: str) -> str:
    """The token of a colour."""
    return COLOUR + fold(code)[:LONGEST_WORD]


def quoted(token: str) -> str:
    """One token as a tsquery."""
    return _quoted(token)


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(len(run) - 1)]


def _quoted(token: str) -> str:
    escaped = token.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
