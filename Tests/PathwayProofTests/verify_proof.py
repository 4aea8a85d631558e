#!/usr/bin/env python3
"""Checks what a pathway log claims, with nothing but Python's standard library.

    verify_proof.py inclusion --vkey V --checkpoint FILE --proof PROOF.json
    verify_proof.py consistency --vkey V OLD NEW --proof PROOF.json
    verify_proof.py chain FILE.ndjson

A log that changed its key has several: --vkey is given once for each, and a checkpoint is believed that one of them has signed.

It is written from the specifications and shares no code with the log, so that an error in one does not hide in the
other: RFC 8032 (Ed25519), RFC 6962 section 2.1 (tree and proofs), C2SP signed-note and tlog-checkpoint.

It says "verified" and exits with 0, or says what is wrong and exits with 1. A wrong command line is 64.
"""

import argparse
import base64
import hashlib
import json
import sys


class Refused(Exception):
    """What is wrong, in words to show."""


def require(condition, words):
    if not condition:
        raise Refused(words)


# Ed25519, RFC 8032 section 5.1: points are pairs of numbers modulo P on -x² + y² = 1 + D x² y². Affine arithmetic with
# divisions in every sum takes a twentieth of a second a signature, and can be read beside the formulas.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def add(one, other):
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x % P, y % P


def times(number, point):
    total = (0, 1)
    while number:
        if number & 1:
            total = add(total, point)
        point = add(point, point)
        number >>= 1
    return total


def point(encoded, name):
    number = int.from_bytes(encoded, "little")
    y, odd = number % 2**255, number >> 255
    require(y < P, f"{name} is no point of the curve")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    require(x * x % P == square and not (x == 0 and odd), f"{name} is no point of the curve")
    return (x if x & 1 == odd else P - x), y


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"), "the base point")


def check_signature(key, text, signature):
    require(len(signature) == 64, "the signature is not 64 bytes long")
    scalar = int.from_bytes(signature[32:], "little")
    require(scalar < ORDER, "the signature is out of range")
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + text).digest(), "little") % ORDER
    right = add(point(signature[:32], "the signature"), times(challenge, point(key, "the key")))
    require(times(scalar, BASE) == right, "the signature is not of this text by this key")


# Notes and checkpoints.


def decoded(text, name):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = None
    # Encoded again, so that no second spelling of the same bytes passes.
    require(data is not None and base64.b64encode(data).decode() == text, f"{name} is not base64")
    return data


def digest(text, name):
    data = decoded(text, name)
    require(len(data) == 32, f"{name} is not 32 bytes long")
    return data


def is_name(name):
    return name and not any(c.isspace() or c == "+" or c < " " for c in name)


def verifier(text):
    parts = text.split("+", 2)
    require(len(parts) == 3 and is_name(parts[0]), "the key is not of the form name+id+key")
    name, key = parts[0], decoded(parts[2], "the key")
    require(len(key) == 33 and key[0] == 1, "the key is not one of Ed25519")
    key_id = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    require(key_id.hex() == parts[1], "the key's ID is not that of the key")
    return name, key_id, key[1:]


def opened(path, vkeys):
    """The text of a note that one of the keys has signed, and the names of those that have."""
    keys = [verifier(vkey) for vkey in vkeys]
    try:
        note = contents(path).decode()
    except UnicodeDecodeError:
        raise Refused(f"{path} is not UTF-8") from None
    require(not any(c < " " and c != "\n" for c in note), f"{path} holds a control character")
    text, gap, lines = note.rpartition("\n\n")
    require(gap and lines.endswith("\n"), f"{path} is not a signed note")
    text, signers = text + "\n", set()
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        require(len(parts) == 3 and parts[0] == "—" and is_name(parts[1]), f"{path} has a line that is no signature")
        signature = decoded(parts[2], f"a signature in {path}")
        require(len(signature) > 4, f"{path} has a signature that is too short")
        for name, key_id, key in keys:
            if (parts[1], signature[:4]) == (name, key_id):
                check_signature(key, text.encode(), signature[4:])
                signers.add(name)
    require(signers, f"{path} is not signed by {' or '.join(sorted({name for name, _, _ in keys}))}")
    return text, signers


def checkpoint(path, vkeys, origin):
    text, signers = opened(path, vkeys)
    lines = text.split("\n")
    require(len(lines) >= 4 and all(lines[:-1]) and not lines[-1], f"{path} is not a checkpoint")
    require(lines[0] in ({origin} if origin else signers), f"{path} is a checkpoint of the log {lines[0]}")
    size = lines[1]
    require(size.isascii() and size.isdigit() and (size == "0" or size[0] != "0"), f"{path} has no size")
    require(int(size[:20]) < 2**63, f"{path} has a size beyond all bounds")
    return int(size), digest(lines[2], f"the root in {path}")


# The tree, by the recursive definitions of RFC 6962: a tree of n > 1 leaves parts at the largest power of two below n.


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size):
    return 1 << (size - 1).bit_length() - 1


def root_with(leaf, number, size, path):
    if size == 1:
        require(not path, "the proof has too many hashes")
        return leaf
    require(path, "the proof has too few hashes")
    left = split(size)
    if number < left:
        return node(root_with(leaf, number, left, path[:-1]), path[-1])
    return node(path[-1], root_with(leaf, number - left, size - left, path[:-1]))


def roots_with(old_root, old, new, path):
    """Both roots that follow from the path; the old one is known only as long as the way leads along the left edge."""
    if old == new:
        known = path if old_root is None else [old_root] + path
        require(len(known) == 1, "the proof has too many or too few hashes")
        return known[0], known[0]
    require(path, "the proof has too few hashes")
    left, last = split(new), path[-1]
    if old <= left:
        old_part, new_part = roots_with(old_root, old, left, path[:-1])
        return old_part, node(new_part, last)
    old_part, new_part = roots_with(None, old - left, new - left, path[:-1])
    return node(last, old_part), node(last, new_part)


# The three commands.


def contents(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror}") from None


def fields(text, name, kinds):
    try:
        # An object becomes the tuple of its pairs, which no list is, and in which a name that stands twice still shows.
        pairs = json.loads(text, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise Refused(f"{name} is not JSON") from None
    found = dict(pairs) if isinstance(pairs, tuple) and len(pairs) == len(kinds) else {}
    require(all(type(found.get(key)) is kind for key, kind in kinds.items()), f"{name} is not {', '.join(kinds)}")
    return [found[key] for key in kinds]


def path_of(hashes):
    require(all(type(text) is str for text in hashes), "the path is not a list of hashes")
    return [digest(text, "a hash of the path") for text in hashes]


def hexadecimal(text, name):
    require(len(text) == 64 and all(c in "0123456789abcdef" for c in text), f"{name} is not 64 hexadecimal digits")
    return bytes.fromhex(text)


def inclusion(options):
    size, root = checkpoint(options.checkpoint, options.vkey, options.origin)
    kinds = {"index": int, "size": int, "leaf": str, "path": list}
    number, proved, leaf, path = fields(contents(options.proof), "the proof", kinds)
    require(proved == size, f"the proof is for {proved} entries, and the checkpoint has {size}")
    require(0 <= number < size, f"a log of {size} entries has no entry {number + 1}")
    leaf_hash = hashlib.sha256(b"\x00" + hexadecimal(leaf, "the leaf")).digest()
    require(root_with(leaf_hash, number, size, path_of(path)) == root, "the proof leads to another root")


def consistency(options):
    old, old_root = checkpoint(options.old, options.vkey, options.origin)
    new, new_root = checkpoint(options.new, options.vkey, options.origin)
    first, second, path = fields(contents(options.proof), "the proof", {"old": int, "new": int, "path": list})
    require((first, second) == (old, new), f"the proof is from {first} to {second} entries, not from {old} to {new}")
    require(old <= new, "the log has become smaller")
    if old == 0:
        require(not path and old_root == hashlib.sha256().digest(), "nothing has another root, or needs no proof")
        require(new > 0 or new_root == old_root, "the newer root is another")
        return
    roots = roots_with(old_root, old, new, path_of(path))
    require(roots[0] == old_root, "the proof leads to another older root")
    require(roots[1] == new_root, "the proof leads to another newer root")


def chain(options):
    lines = contents(options.file).removesuffix(b"\n").split(b"\n")
    previous = bytes(32)
    for number, line in enumerate(lines, 1):
        record, text = fields(line, f"line {number}", {"record": str, "digest": str})
        record = decoded(record, f"the record in line {number}")
        previous = hashlib.sha256(b"pathway chain 1\n" + previous + record).digest()
        require(hexadecimal(text, f"the digest in line {number}") == previous, f"line {number} breaks the chain")
    print(f"{len(lines)} records, the last digest is {previous.hex()}", file=sys.stderr)


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.print_usage(sys.stderr)
        self.exit(64, f"{message}\n")


def main():
    parser = Parser(description="checks the proofs of a pathway log")
    commands = parser.add_subparsers(required=True)
    for command in (inclusion, consistency, chain):
        arguments = commands.add_parser(command.__name__)
        arguments.set_defaults(run=command)
        if command is chain:
            arguments.add_argument("file")
            continue
        arguments.add_argument("--vkey", required=True, action="append", help="a key of the log, name+id+key")
        arguments.add_argument("--origin", help="the log's first line, if it is not the name of the key")
        arguments.add_argument("--proof", required=True)
        if command is inclusion:
            arguments.add_argument("--checkpoint", required=True)
        else:
            arguments.add_argument("old")
            arguments.add_argument("new")
    options = parser.parse_args()
    try:
        options.run(options)
    except Refused as error:
        print(error)
        return 1
    print("verified")
    return 0


if __name__ == "__main__":
    sys.exit(main())
