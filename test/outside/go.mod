// A module of its own, as another project has it.
module example.org/outside

go 1.26.0

require github.com/gotest-driver/gotest-driver v0.0.0

replace github.com/gotest-driver/gotest-driver => ../..
