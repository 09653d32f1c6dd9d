"""Which numbers and addresses are a person's, and which only look like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.personal_data import (
    BANK_ACCOUNT,
    CARD,
    EMAIL,
    PERSONAL_NUMBER,
    PHONE,
    without_personal_data,
)

PERSONAL = {
    EMAIL: [
        "ada@example.com",
        "ada.lovelace+news@mail.example.co.uk",
        "o_k-99@sub.example.org",
        "jürgen@example.de",
    ],
    CARD: [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "30569309025904",
        "3530111333300000",
    ],
    BANK_ACCOUNT: [
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "NO93 8601 1117 947",
        "FR14 2004 1010 0505 0001 3M02 606",
    ],
    PERSONAL_NUMBER: [
        "536-90-4399",
        "SSN 536904399",
        "123-456-782",
        "390.533.447-05",
        "756.9217.0769.85",
        "85.07.30-033.28",
        "880320-0016",
        "19880320-0016",
        "131052-308T",
        "12345678Z",
        "X2482300W",
        "RCCMNL83S18D969H",
        "AB 12 34 56 C",
        "2 95 10 99 126 111 93",
        "2341 2341 2346",
        "360426199101010071",
        "151086 95088",
        "44051401359",
        "36 574 261 809",
        "passport: X1234567",
        "passport number is C01X00T47",
        "BSN 111222333",
        "NHS number 943 476 5870",
        "driver's license D1234567",
    ],
    PHONE: [
        "+47 22 12 34 56",
        "+1 415 555 2671",
        "+4915112345678",
        "+44 (0)20 7946 0958",
        "(415) 555-2671",
        "415-555-2671",
        "1-415-555-2671",
        "415.555.2671",
        "020 7946 0958",
        "06 12 34 56 78",
        "0612345678",
        "0171 1234567",
        "07911 123456",
        "my phone is 22 12 34 56",
        "phone: 22123456",
        "tel. 91 23 45 67",
        "call me on 5551234567",
        "my number is 555-0123-44",
    ],
}

DISGUISED = {
    CARD: [
        "4111\u00a01111\u00a01111\u00a01111",
        "4111\u20091111\u20091111\u20091111",
        "4111  1111  1111  1111",
        "4111.1111.1111.1111",
        "4111/1111/1111/1111",
        "4111_1111_1111_1111",
        "4111\n1111\n1111\n1111",
        "4111 \n1111 \n1111 1111",
        "4111\r\n1111\r\n1111\r\n1111",
        "4111 – 1111 – 1111 – 1111",
        "4111—1111—1111—1111",
        "4111\u20111111\u20111111\u20111111",
        "４１１１１１１１１１１１１１１１",
        "4111\u200b1111\u200b1111\u200b1111",
        "3782\u00a0822463\u00a010005",
    ],
    BANK_ACCOUNT: [
        "de89370400440532013000",
        "de89 3704 0044 0532 0130 00",
        "GB29-NWBK-6016-1331-9268-19",
        "GB29\u00a0NWBK\u00a06016\u00a01331\u00a09268\u00a019",
        "account number is 12345678",
        "account: 12345678",
        "my account is 12345678",
        "acct no. 12345678",
        "routing number is 021000021",
        "sort code 12-34-56",
        "sort code: 123456",
    ],
    EMAIL: [
        "bob @ example.com",
        "bob@example .com",
        "bob@ example . com",
        "bob[at]example.com",
        "bob(at)example.com",
        "bob [at] example [dot] com",
        "bob at example dot com",
        "bob@\u200bexample.com",
        "bo\u00adb@example.com",
        "bob＠example.com",
        "bob@exämple.de",
    ],
    PERSONAL_NUMBER: [
        "A123456(3)",
        "Ａ123456（3）",
        "SSN is 219 09 9999",
        "my social is 219-09-9999",
        "SSN is 536.90.4399",
        "536–90–4399",
        "NI number QQ123456C",
        "身份证是11010519491231002X",
    ],
    PHONE: [
        "wechat number 13800138000",
        "我的手机号是13800138000",
        "+1\u2011212\u2011555\u20110187",
        "+49\u00a0151\u00a023456789",
        "phone is +49 (0) 151 / 23 45 67 89",
        "my phone is ٠١٥١٢٣٤٥٦٧٨٩",
        "my phone is 015123456789",
        "call me: 0151-2345-6789",
    ],
}

ORDINARY = [
    "I was at home. com is a suffix",
    "See you @ home. then we eat",
    "Meet me at work dot on time",
    "My account has 100000 followers, my social media 200000.",
    "The routing number is 021000022, it seems.",
    "I have account for 3 reasons",
    "Sort codes have six digits, such as these.",
    "A123456(4) and B12(3)",
    "AB12 is a short code, de89 too.",
    "Scores: 4111 2222 3333 4444 5555",
    "In 2019 2020 2021 2022 I ran 4 marathons",
    "1990-05-08 1991-06-09 1992-07-10",
    "I was born on 1990-05-08.",
    "We met on 12.05.2023 at 13:56.",
    "It was 08/05/2023, in room 415.",
    "2023-05-08T13:56:01.123456Z",
    "from 1999 to 2003, 1914-1918",
    "It costs 1,234,567.89 kr or $1,000,000,000.",
    "€ 12.50, 9.99, 100 000 000 NOK",
    "Order number 123456789 and order 4111111111111112.",
    "My order 20231120123456 has shipped.",
    "Tracking 1Z999AA10123456784 and invoice 2023-000123456",
    "ISBN 978-3-16-148410-0 and EAN 4006381333931",
    "Pi is 3.14159265358979323846.",
    "My address is 1600 Pennsylvania Avenue NW, 20500.",
    "192.168.100.200 port 8080, v1.22.333.4444",
    "I ran 42.195 km in 3:59:12 on 5 May 2019.",
    "Flight SK4611 leaves gate 12 at 17:45.",
    "She scored 21-19, 19-21, 21-15.",
    "My number is up.",
    "Phone me in 2023, or on 2023-05-08.",
    "Call me on 12.05.2023.",
    "My passport runs out on 2031-05-08.",
    "He has 300 000 followers and 12 cats.",
    "x = 123456 * 654321",
    "The population is 5 425 270.",
    "1 2 3 4 5 6 7 8 9 10 11 12",
    "Follow @ada on example.com, or a@b.",
    "My license plate is AB 12345.",
    "I weigh 72.5 kg and am 180 cm tall.",
    "0.123456789 and 01234",
    "UUID 01a1f88d-0f68-7669-bb1f-ccceb61ffe1b",
    "commit 5736903d2656e614a0ac667a08c88b3bbe6",
]


@pytest.mark.parametrize(
    ("word", "text"), [(word, one) for word in PERSONAL for one in PERSONAL[word]]
)
def test_it_is_blanked_wherever_it_stands(word: str, text: str) -> None:
    for form in ("{}", "Write this down: {}.", "({})", "{}, please", "Anna said {} twice\nor so"):
        redacted = without_personal_data(form.format(text))

        assert word in redacted, redacted
        assert not any(char.isdigit() or char == "@" for char in redacted), redacted


@pytest.mark.parametrize("text", ORDINARY)
def test_it_only_looks_like_it(text: str) -> None:
    assert without_personal_data(text) == text


@pytest.mark.parametrize(
    ("word", "text"), [(word, one) for word in DISGUISED for one in DISGUISED[word]]
)
def test_it_is_known_however_it_is_written(word: str, text: str) -> None:
    for form in ("Remember: {}", "Write this down: {}.", "It was {}, please"):
        redacted = without_personal_data(form.format(text))

        assert word in redacted, redacted
        assert not any(char.isdigit() or char in "@＠" for char in redacted), redacted
        assert "example" not in redacted


def test_a_check_digit_that_is_wrong_makes_it_a_number() -> None:
    for text in ("4111 1111 1111 1112", "DE88 3704 0044 0532 0130 00", "880320-0017", "12345678A"):
        assert without_personal_data(text) == text


PIECES = st.sampled_from(
    [*(one for some in PERSONAL.values() for one in some), *ORDINARY, " ", ", ", "-", "+", "0", "7"]
)
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet="0123456789 +-().,/@aZphone:"),
    st.lists(PIECES, max_size=6).map("".join),
    st.lists(PIECES, max_size=6).map(" ".join),
)


@given(TEXTS)
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    redacted = without_personal_data(text)

    assert without_personal_data(redacted) == redacted


@given(st.text().filter(lambda text: not any(c.isdigit() or c == "@" for c in text)))
def test_words_are_left_alone(text: str) -> None:
    assert without_personal_data(text) == text


@pytest.mark.parametrize(
    "piece", ["1 ", "a@", "a.", "0", "1-", "01 ", "+1 ", "phone ", "passport A", "AA11 ", "(", "4"]
)
def test_a_message_that_is_made_to_be_slow_is_not(piece: str) -> None:
    text = piece * (32_000 // len(piece))

    assert without_personal_data(without_personal_data(text)) == without_personal_data(text)
