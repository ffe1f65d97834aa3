import textwrap
from textwrap import dedent
print(dedent("""
    a
      b
    c
"""), textwrap.indent("x\ny", "> "))
