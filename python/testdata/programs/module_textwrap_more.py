import textwrap

text = "The quick brown fox jumped over the lazy dog, a well-known sentence   with spaces and averyveryverylongwordindeed."
for w in (10, 20, 45):
    print(textwrap.wrap(text, w))
print(textwrap.fill(text, width=30, initial_indent="* ", subsequent_indent="  "))
print(textwrap.shorten(text, width=40), "|", textwrap.shorten("a b c", 20), "|", textwrap.shorten("hello world foo", width=12, placeholder="..."))
print(textwrap.wrap(""), textwrap.wrap("tab\there\nnewline", 8), textwrap.wrap(text, 12, break_long_words=False))
print(textwrap.wrap("one-two three-four--five", 6), textwrap.wrap("x" * 10, 4))
