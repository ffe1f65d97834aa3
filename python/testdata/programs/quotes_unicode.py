print('é', 'a"é', r'é\d', '''é
"two"''', f'ü{1}ö', 'ASCII "x"', b'x', '\u00e9', 'tab\té', "ö" 'ß', len('é'))
s = 'naïve'
print(s.upper(), s[2], '✓' in 'a✓b', {'ключ': 'значение'})
assert s == "naïve", 'nötig'
