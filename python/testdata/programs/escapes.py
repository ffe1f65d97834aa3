print("a\tb\\c\x41\u00e9\101\"\'")
print('\d \. \w')
print(r"\d\n", "line\
continued")
print(len("\x80\xff"), "\x80\xff" == "\u0080\u00ff")
print("""triple "quoted" \
text
end""")
