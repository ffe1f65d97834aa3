for s in ["plain", "it's", 'say "hi"', "both ' and \"", "tab\there", "nl\n", "back\\slash", "é", "\x00\x1f", "\u200b"]:
    print(repr(s), len(s))
