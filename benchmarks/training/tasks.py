"""The five quickstart tasks: generators of training text and of the suite's items.

Every example belongs to one of three pools, chosen by a hash of what the example is about (the
compound noun, the number, the unordered pair of summands, the invented word):

    test    10 %   the suite's items; never seen in training
    dev      5 %   few-shot examples of the suite; never seen in training either
    train   85 %   training text

A generator takes a pool and a random generator, so training text and items come from the same code
and cannot overlap. `python3 tasks.py` prints a few examples of every task.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from functools import lru_cache
from typing import Callable

TEST, DEV, TRAIN = "test", "dev", "train"


@dataclass(frozen=True)
class Example:
    """One question. `prompt` + `answer` is the text that a model sees in training."""

    key: str  # What the example is about; items of one task have distinct keys.
    prompt: str  # What doc_to_text renders.
    answer: str  # target_delimiter + target.
    row: dict  # The fields of the suite's data row, without its id.


def pool_of(task: str, about: str) -> str:
    bucket = int.from_bytes(hashlib.sha256(f"{task}:{about}".encode()).digest()[:4], "big") % 20
    return TEST if bucket < 2 else DEV if bucket == 2 else TRAIN


# --- ko_particle: which form of a particle follows a noun -----------------------------------------
# A compound is a modifier and a head. The head's last syllable decides: a final consonant asks for
# 은 이 을 과 으로, an open syllable (and ㄹ, for 으로) for 는 가 를 와 로.

MODIFIERS = (
    "봄 여름 가을 겨울 아침 저녁 새벽 한낮 시골 도시 바다 강변 들판 마을 학교 시장 고향 북쪽 남쪽 동쪽 서쪽 "
    "나무 종이 유리 구리 무명 비단 가죽 대나무 보리 호박 감자 고추 인삼 소금 설탕 동네 골목 뒷산 호수 숲속 "
    "안개 구름 달빛 햇빛 별빛 무지개 이웃 친구 할머니 아버지 누나 아기 임금 선비 장터 절간 나루 외딴 오래된"
).split()
HEADS = (
    "바람 구름 하늘 산길 강물 마을 시장 창문 대문 지붕 기둥 등불 우물 연못 논밭 들길 숲길 돌담 책상 의자 "
    "그릇 항아리 바구니 수레 나귀 송아지 강아지 고양이 토끼 다람쥐 까치 제비 참새 두루미 나비 잠자리 매미 "
    "개구리 거북 잉어 소나무 버들 단풍 국화 장미 나팔꽃 해바라기 사과 포도 참외 수박 대추 호두 밤송이 떡국 "
    "김치 만두 국수 식혜 약과 엿가락 노래 이야기 그림 편지 소식 놀이 춤판 잔치 씨름 그네 연날리기 팽이 "
    "북소리 피리 가야금 장구 종소리 발걸음 그림자 모자 저고리 치마 신발 버선 보자기 부채 우산 지팡이 "
    "자물쇠 열쇠 거울 붓 벼루 먹 한지 서당 사당 정자 다리 나루터 배 돛 그물 낚시 물고기 조개 모래 바위 "
    "언덕 봉우리 골짜기 폭포 온천 눈사람 빗물 이슬 서리 노을 달 별 물 글 칼 쌀 꿀 말 길 벌 돌 풀 들 굴"
).split()
PARTICLES = (  # closed form, open form, is ㄹ open for it?, predicates
    ("은", "는", False, ("크다", "작다", "좋다", "멀다")),
    ("이", "가", False, ("있다", "없다", "보인다", "그립다")),
    ("을", "를", False, ("본다", "그린다", "찾는다", "아낀다")),
    ("과", "와", False, ("닮았다", "다르다", "어울린다")),
    ("으로", "로", True, ("바꾼다", "만든다", "정한다")),
)
RIEUL = 8  # Index of ㄹ among the 28 finals of a precomposed syllable; 0 is none.


def final_of(word: str) -> int:
    return (ord(word[-1]) - 0xAC00) % 28


@lru_cache(maxsize=None)
def compounds(pool: str) -> tuple[str, ...]:
    pairs = ((m, h) for m in MODIFIERS for h in HEADS)
    return tuple(m + h for m, h in pairs if pool_of("ko_particle", m + h) == pool)


def ko_particle(pool: str, rng: random.Random) -> Example:
    noun = rng.choice(compounds(pool))
    closed_form, open_form, rieul_is_open, predicates = rng.choice(PARTICLES)
    final = final_of(noun)
    is_open = final == 0 or (rieul_is_open and final == RIEUL)
    predicate = rng.choice(predicates)
    choices = [f"{closed_form} {predicate}", f"{open_form} {predicate}"]
    gold = int(is_open)
    if rng.random() < 0.5:
        choices.reverse()
        gold = 1 - gold
    row = {"noun": noun, "choices": choices, "answer": gold}
    return Example(noun, f"조사: {noun}", choices[gold], row)


# --- ko_number: Sino-Korean number words to digits ------------------------------------------------

DIGITS = "영일이삼사오육칠팔구"


def number_words(n: int) -> str:
    words = ""
    for unit, name in ((1000, "천"), (100, "백"), (10, "십"), (1, "")):
        digit = n // unit % 10
        if digit:
            words += ("" if digit == 1 and unit > 1 else DIGITS[digit]) + name
    return words


@lru_cache(maxsize=None)
def numbers(pool: str, digits: int) -> tuple[int, ...]:
    span = range(11 if digits == 2 else 10 ** (digits - 1), 10**digits)
    return tuple(n for n in span if pool_of("ko_number", str(n)) == pool)


def ko_number(pool: str, rng: random.Random) -> Example:
    if pool == TRAIN and rng.random() < 0.02:
        n = rng.randint(1, 10)  # The words themselves belong to training only.
    else:
        n = rng.choice(numbers(pool, rng.choice((2, 3, 3, 4, 4, 4))))
    words = number_words(n)
    return Example(str(n), f"{words} =", f" {n}", {"words": words, "answer": str(n)})


# --- sums: addition of two numbers below 100 ------------------------------------------------------
# a+b and b+a share a pool: the mirrored sum of an item is no training text.


@lru_cache(maxsize=None)
def summands(pool: str) -> tuple[tuple[int, int], ...]:
    pairs = ((a, b) for a in range(100) for b in range(100))
    return tuple((a, b) for a, b in pairs if pool_of("sums", f"{min(a, b)}+{max(a, b)}") == pool)


def sums(pool: str, rng: random.Random) -> Example:
    a, b = rng.choice(summands(pool))
    row = {"a": str(a), "b": str(b), "answer": str(a + b)}
    return Example(f"{a}+{b}", f"{a}+{b}=", str(a + b), row)


# --- en_plural and en_article: invented English words ---------------------------------------------

VOWELS = "aeiou"
ONSETS = "b c d f g h j k l m n p r s t v w z bl br cl cr dr fl fr gl gr pl pr sl st tr".split()
CODAS = "b d g k l m n p r t".split()
ENDINGS = ("",) * 8 + ("s", "x", "ch", "sh", "ss", "y", "y", "y", "ay", "oy", "ey")


def invented_word(task: str, pool: str, rng: random.Random) -> str:
    while True:
        syllables = rng.choice((1, 1, 2))
        word = "".join(rng.choice(ONSETS) + rng.choice(VOWELS) for _ in range(syllables))
        if task == "en_article" and rng.random() < 0.5:
            word = rng.choice(VOWELS) + word
        ending = rng.choice(ENDINGS)
        if ending in ("y", "ay", "oy", "ey"):
            word = word[:-1] + ending if len(ending) == 2 else word + rng.choice("bdlnrt") + ending
        else:
            word += ending or rng.choice(CODAS)
        if pool_of(task, word) == pool:
            return word


def plural_of(word: str) -> str:
    if word.endswith("y"):
        return word + "s" if word[-2] in VOWELS else word[:-1] + "ies"
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    return word + "s"


def en_plural(pool: str, rng: random.Random) -> Example:
    noun = invented_word("en_plural", pool, rng)
    answer = plural_of(noun)
    return Example(noun, f"one {noun}, two", f" {answer}", {"noun": noun, "answer": answer})


def en_article(pool: str, rng: random.Random) -> Example:
    noun = invented_word("en_article", pool, rng)
    gold = int(noun[0] in VOWELS)
    choices = [f"a {noun}", f"an {noun}"]
    row = {"noun": noun, "choices": choices, "answer": gold}
    return Example(noun, f"word: {noun}. I see", f" {choices[gold]}", row)


TASKS: dict[str, Callable[[str, random.Random], Example]] = {
    "ko_particle": ko_particle,
    "ko_number": ko_number,
    "sums": sums,
    "en_plural": en_plural,
    "en_article": en_article,
}


def distinct_examples(task: str, pool: str, count: int, seed: int) -> list[Example]:
    """`count` examples of one pool with distinct keys."""
    rng = random.Random(f"{seed}/{task}/{pool}")
    found: dict[str, Example] = {}
    for _ in range(1000 * count):
        if len(found) == count:
            break
        example = TASKS[task](pool, rng)
        found.setdefault(example.key, example)
    if len(found) < count:
        raise ValueError(f"{task}: the {pool} pool holds fewer than {count} examples")
    return list(found.values())


if __name__ == "__main__":
    for name in TASKS:
        for example in distinct_examples(name, TRAIN, 4, seed=0):
            print(f"{name:12} {example.prompt!r} {example.answer!r}")
