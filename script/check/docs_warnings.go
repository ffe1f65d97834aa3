package check

func warningDocs() []Doc {
	doc := func(code Code, title, text, wrong, right string) Doc {
		return Doc{Code: code, Severity: Warning, Title: title, Text: text, Wrong: wrong, Right: right}
	}
	const machine = "server: Machine\n"
	return []Doc{
		doc(MaybeNone, "A value that may be None is used without a test.", "",
			machine+"m = re.search(\"[0-9]+\", server.succeed(\"uptime\"))\nprint(m.group(0))\n",
			machine+"m = re.search(\"[0-9]+\", server.succeed(\"uptime\"))\nif m != None:\n    print(m.group(0))\n"),
		doc(UnreachableCode, "A statement is never reached.", "",
			"def f():\n    return 1\n    print(\"done\")\n\nprint(f())\n", "def f():\n    print(\"done\")\n    return 1\n\nprint(f())\n"),
		doc(UnusedVariable, "A variable is set and never used.", "Names that begin with `_` are left alone, and `keep_machines`.",
			machine+"output = server.succeed(\"true\")\nserver.shutdown()\n", machine+"server.succeed(\"true\")\nserver.shutdown()\n"),
		doc(UnusedParameter, "A parameter is never used.", "Parameters of functions that are handed to others (`retry(fn)`) are left alone.",
			"def greet(name, again):\n    print(name)\n\ngreet(\"you\", True)\n", "def greet(name):\n    print(name)\n\ngreet(\"you\")\n"),
		doc(UnusedLoad, "A name is loaded and never used.", "",
			"load(\"helpers.star\", \"login\", \"secret\")\nlogin()\n", "load(\"helpers.star\", \"login\")\nlogin()\n"),
		doc(UselessStatement, "A statement has no effect.", "A comparison as a statement asserts nothing; a function without parentheses is not called.",
			machine+"server.succeed(\"echo hi\") == \"hi\\n\"\n", machine+"t.assertEqual(server.succeed(\"echo hi\"), \"hi\\n\")\n"),
		doc(DuplicateSubtest, "Two subtests have the same name.", "",
			"for _ in subtest(\"boots\"):\n    pass\n\nfor _ in subtest(\"boots\"):\n    pass\n", "for _ in subtest(\"boots\"):\n    pass\n\nfor _ in subtest(\"boots again\"):\n    pass\n"),
		doc(DuplicateKey, "A dict has a key twice.", "",
			"ports = {\"http\": 80, \"http\": 8080}\nprint(ports)\n", "ports = {\"http\": 80, \"proxy\": 8080}\nprint(ports)\n"),
		doc(Redefined, "A function is defined twice.", "",
			"def test_login():\n    pass\n\ndef test_login():\n    pass\n", "def test_login():\n    pass\n\ndef test_logout():\n    pass\n"),
		doc(NoReturnValue, "The result of a function is kept that returns nothing.", "",
			machine+"ready = server.wait_for_unit(\"sshd.service\")\nprint(ready)\n", machine+"server.wait_for_unit(\"sshd.service\")\n"),
		doc(BackgroundJob, "A background job keeps the output open.",
			"A command is over when its standard output is closed. A job in the background has it open until it ends, unless it is redirected.",
			machine+"server.succeed(\"python3 -m http.server &\")\n", machine+"server.succeed(\"python3 -m http.server >&2 &\")\n"),
		doc(SleepInsteadOfWait, "A fixed sleep stands where a wait would do.",
			"A sleep is too long on a fast machine and too short on a slow one. A wait goes on as soon as its condition holds.",
			machine+"server.sleep(10)\nserver.succeed(\"curl --fail http://localhost/\")\n", machine+"server.wait_until_succeeds(\"curl --fail http://localhost/\")\n"),
		doc(CurlWithoutFail, "curl without --fail takes an error page for success.", "",
			machine+"server.wait_until_succeeds(\"curl http://localhost/\")\n", machine+"server.wait_until_succeeds(\"curl --fail http://localhost/\")\n"),
		doc(TimeoutTooLong, "A timeout is longer than the whole run may take.",
			"The global timeout is that of the driver configuration or of --global-timeout.",
			machine+"server.wait_for_unit(\"sshd.service\", timeout=100000)\n", machine+"server.wait_for_unit(\"sshd.service\", timeout=600)\n"),
		doc(PollingUnit, "A unit's state is polled by hand.",
			"`wait_for_unit` fails at once when the unit has failed, and shows its journal.",
			machine+"server.wait_until_succeeds(\"systemctl is-active sshd.service\")\n", machine+"server.wait_for_unit(\"sshd.service\")\n"),
		doc(UnusedFormatArgument, "A format has fewer fields than it is given values.", "",
			"print(\"{}\".format(\"a\", \"b\"))\n", "print(\"{} {}\".format(\"a\", \"b\"))\n"),
		doc(UnknownCode, "A comment names a code that does not exist.", "It leaves no finding out. `--explain all` shows the codes.",
			"name = \"x\" # gotest: ignore[unused-varable]\nprint(name)\n", "name = \"x\" # gotest: ignore[unused-variable]\n"),
	}
}
