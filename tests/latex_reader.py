"""A reader of LaTeX that knows nothing of the printer: numbers in, the value of the formula out.

It reads sums, products (written side by side), slashes, fractions, roots, powers and brackets the
way a person does, from left to right, and checks what a formula may not contain.
"""

import math
import re

TOKEN = re.compile(r"\\[a-zA-Z]+|\\.|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
FORBIDDEN = re.compile(
    r"polygamma|harmonic|operatorname|gamma\{|FunctionMatrix|Diagonal|DiagMatrix|OneMatrix|Trace"
    r"|Permanent|\\mathtt|\^\{1\}|\^\{T\}|\\mathsf|\^\{\\circ \{"
    r"|(?<![a-z])\{[A-Za-z]\}_|\\int\\limits"
)
#: Sums up to 1, which is no power.
UP_TO_ONE = re.compile(r"(\\(?:sum|prod|int)_\{(?:[^{}]|\{[^{}]*\})*\})\^\{1\}")


def wrong_with(text):
    """Return what is wrong with the LaTeX of an expression, as a list; empty if nothing is."""
    found = [match[0] for match in FORBIDDEN.finditer(UP_TO_ONE.sub(r"\1", text))]
    bare = re.sub(r"\\[{}]", "", text)
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            break
    if depth:
        found.append("unbalanced braces")
    if len(re.findall(r"\\left(?![a-z])", text)) != len(re.findall(r"\\right(?![a-z])", text)):
        found.append("unbalanced brackets")
    if any(r"\frac" in inside for inside in fractions(text)):
        found.append("nested fractions")
    names = re.findall(r"\\(?:sum|prod)_\{([^={}]+(?:\{[^{}]*\})?)=", text)
    names += re.findall(r"\\,d([a-z](?:_\{\d+\})?)", text)
    if len(names) != len(set(names)):
        found.append(f"a bound name twice: {names}")
    if any(ord(letter) > 126 for letter in text):
        found.append("letters that pdflatex does not know")
    return found


def group(text, at):
    """Return the content of the braces that open at a place, and the place after them."""
    depth, start = 0, at
    while True:
        depth += (text[at] == "{") - (text[at] == "}")
        at += 1
        if depth == 0:
            return text[start + 1 : at - 1], at


def fractions(text):
    """Yield numerators and denominators."""
    for match in re.finditer(r"\\frac(?=\{)", text):
        above, at = group(text, match.end())
        below, _ = group(text, at)
        yield from (above, below)


def value_of(text, values):
    """Return the value of a formula at the values of its letters, given by their LaTeX."""
    return Reader(text, values).whole()


class Reader:
    def __init__(self, text, values):
        text = re.sub(r"\\left|\\right|\\bigl|\\bigr|\\,|\\quad", "", text)
        self.tokens = [token for token in TOKEN.findall(text) if not token.isspace()]
        self.values = values
        self.at = 0

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def whole(self):
        value = self.sum()
        assert self.peek() is None, self.tokens[self.at :]
        return value

    def sum(self):
        total = 0.0
        sign = 1
        while True:
            while self.peek() in ("+", "-"):
                sign *= -1 if self.take() == "-" else 1
            total += sign * self.product()
            sign = 1
            if self.peek() not in ("+", "-"):
                return total

    def product(self):
        value = self.power()
        while self.peek() not in (None, "+", "-", ")", "]", "}"):
            if self.peek() == "/":
                self.take()
                value /= self.power()
            else:
                value *= self.power()
        return value

    def power(self):
        base = self.factor()
        if self.peek() == "^":
            self.take()
            return base ** self.braced()
        return base

    def braced(self):
        assert self.take() == "{"
        value = self.sum()
        assert self.take() == "}"
        return value

    def factor(self):
        token = self.take()
        if token[0].isdigit():
            return float(token)
        if token in ("(", "["):
            value = self.sum()
            assert self.take() in (")", "]")
            return value
        if token == r"\frac":
            return self.braced() / self.braced()
        if token == r"\sqrt":
            return math.sqrt(self.braced())
        if token == r"\log":
            power = 1
            if self.peek() == "^":
                self.take()
                power = self.braced()
            return math.log(self.factor()) ** power
        if self.peek() == "_":
            self.take()
            assert self.take() == "{"
            start = self.at
            while self.take() != "}":
                pass
            token += "_{" + "".join(self.tokens[start : self.at])
        return math.e if token == "e" else self.values[token]
