package check

// The lints of the arguments of calls.
const (
	MissingArgument  Code = "missing-argument"
	SurplusArgument  Code = "surplus-argument"
	UnknownArgument  Code = "unknown-argument"
	RepeatedArgument Code = "repeated-argument"
	ArgumentType     Code = "argument-type"
)

func callLints() []Lint {
	return []Lint{
		{Code: MissingArgument, Severity: Error,
			Title: "A call leaves out an argument that has no default.",
			Wrong: `server: Machine
server.wait_for_open_port()
`,
			Right: `server: Machine
server.wait_for_open_port(22)
`},
		{Code: SurplusArgument, Severity: Error,
			Title: "A call has more arguments than the function takes.",
			Text:  "Parameters behind `*` in the signature are given by name only.",
			Wrong: `server: Machine
server.wait_for_x(60, 5)
`,
			Right: `server: Machine
server.wait_for_x(60, attempt_timeout=5)
`},
		{Code: UnknownArgument, Severity: Error,
			Title: "A call names a parameter that the function has not.",
			Wrong: `server: Machine
server.succeed("true", timout=5)
`,
			Right: `server: Machine
server.succeed("true", timeout=5)
`},
		{Code: RepeatedArgument, Severity: Error,
			Title: "A call gives an argument twice.",
			Wrong: `server: Machine
server.wait_for_unit("sshd.service", unit="sshd.service")
`,
			Right: `server: Machine
server.wait_for_unit("sshd.service")
`},
		{Code: ArgumentType, Severity: Error,
			Title: "An argument is of a type that the function does not take.",
			Wrong: `server: Machine
server.wait_for_open_port("22")
`,
			Right: `server: Machine
server.wait_for_open_port(22)
`},
	}
}
