"""DER, and the BER that is not DER, written by hand: every function returns bytes.

The tests build their odd files with it. Nothing is checked: a wrong tag, a
length that lies or a time that is no time is what some tests want.
"""

SEQUENCE = 0x30
SET = 0x31


def length(count):
    """The shortest length octets."""
    if count < 0x80:
        return bytes([count])
    digits = count.to_bytes((count.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def tlv(tag, *parts):
    """One element with a one-byte tag, or a tag given as bytes."""
    content = b"".join(parts)
    head = tag if isinstance(tag, bytes) else bytes([tag])
    return head + length(len(content)) + content


def indefinite(tag, *parts):
    """A constructed element of indefinite length; sets the constructed bit."""
    return bytes([tag | 0x20, 0x80]) + b"".join(parts) + b"\x00\x00"


def long_form(tag, *parts):
    """A length of four octets where fewer would do: BER, never DER."""
    content = b"".join(parts)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def seq(*parts):
    return tlv(SEQUENCE, *parts)


def set_of(*parts):
    """In the order given; DER wants them sorted, see sorted_set_of."""
    return tlv(SET, *parts)


def sorted_set_of(*parts):
    return tlv(SET, *sorted(parts))


def integer(number):
    count = number.bit_length() // 8 + 1
    if number < 0:
        count = (number + 1).bit_length() // 8 + 1
    return tlv(0x02, number.to_bytes(count, "big", signed=True))


def oid(dotted):
    numbers = [int(part) for part in dotted.split(".")]
    body = b""
    for number in [numbers[0] * 40 + numbers[1]] + numbers[2:]:
        digits = [number & 0x7F]
        while number > 0x7F:
            number >>= 7
            digits.append(0x80 | (number & 0x7F))
        body += bytes(reversed(digits))
    return tlv(0x06, body)


def octets(content):
    return tlv(0x04, content)


def bits(content, unused=0):
    return tlv(0x03, bytes([unused]), content)


def null():
    return b"\x05\x00"


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def _text(tag, value, encoding):
    return tlv(tag, value if isinstance(value, bytes) else value.encode(encoding))


def utf8(value):
    """This and the other strings take text, or bytes to be used as they are."""
    return _text(0x0C, value, "utf-8")


def printable(value):
    return _text(0x13, value, "ascii")


def t61(value):
    return _text(0x14, value, "latin-1")


def ia5(value):
    return _text(0x16, value, "ascii")


def universal(value):
    return _text(0x1C, value, "utf-32-be")


def bmp(value):
    """UTF-16, so that a character above U+FFFF becomes a surrogate pair."""
    return _text(0x1E, value, "utf-16-be")


def utc_time(value):
    return _text(0x17, value, "ascii")


def generalized_time(value):
    return _text(0x18, value, "ascii")


def context(number, *parts):
    """[number], constructed: EXPLICIT, or IMPLICIT of something constructed."""
    return tlv(0xA0 | number, *parts)


def context_primitive(number, content):
    """[number] IMPLICIT of something primitive."""
    return tlv(0x80 | number, content)


def children(element):
    """The elements inside a DER element of definite length, each whole."""
    start, end = _bounds(element, 0)
    found = []
    while start < end:
        _, after = _bounds(element, start)
        found.append(element[start:after])
        start = after
    return found


def content(element):
    start, end = _bounds(element, 0)
    return element[start:end]


def _bounds(data, at):
    count = data[at + 1]
    start = at + 2
    if count & 0x80:
        digits = count & 0x7F
        count = int.from_bytes(data[start:start + digits], "big")
        start += digits
    return start, start + count
