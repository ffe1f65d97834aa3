import difflib
from difflib import SequenceMatcher, unified_diff

a = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n".splitlines(keepends=True)
b = "one\n2\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\neleven\n".splitlines(keepends=True)
print("".join(difflib.unified_diff(a, b, fromfile="before", tofile="after")))
print("".join(difflib.context_diff(a, b, "before", "after")))
for line in unified_diff(["a", "b"], ["a", "c", "d"], lineterm="", n=0):
    print(line)
print(list(unified_diff(a, a)))
print("".join(difflib.context_diff("abc", "abd")))
s = SequenceMatcher(None, "abxcd", "abcd")
print(s.ratio(), s.quick_ratio(), s.get_matching_blocks()[0], s.find_longest_match(0, 5, 0, 4))
for op in s.get_opcodes():
    print(op)
print(round(SequenceMatcher(lambda x: x == " ", "private Thread currentThread;", "private volatile Thread currentThread;").ratio(), 3))
print(difflib.get_close_matches("appel", ["ape", "apple", "peach", "puppy"]))
print(difflib.get_close_matches("zzz", ["ape", "apple"]), SequenceMatcher(a="", b="").ratio())
long1 = [str(i % 7) for i in range(300)]
long2 = [str(i % 5) for i in range(250)]
print(SequenceMatcher(None, long1, long2).ratio())
