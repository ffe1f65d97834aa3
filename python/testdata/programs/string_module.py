import string
print(string.ascii_lowercase, string.digits, string.hexdigits, len(string.punctuation), string.ascii_letters[:3])
