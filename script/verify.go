package script

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/internal/near"
	"github.com/gotest-driver/gotest-driver/script/api"
)

// VerifyClass returns an error that names all methods and attributes of a declared class without an implementation, and
// all implementations without a declaration.
func VerifyClass(decl *api.Class, impls map[string]Impl, getters map[string]Getter) error {
	return errors.Join(
		verifyFunctions(decl.Name, decl.Methods, impls),
		verifyNames(decl.Name, "attribute", variableNames(decl.Attributes), keys(getters)),
	)
}

// VerifyModule does the same for a module.
func VerifyModule(decl *api.Module, impls map[string]Impl, vars starlark.StringDict) error {
	funcs := decl.Functions
	if decl.Call != nil {
		funcs = append([]*api.Function{{Name: "__call__"}}, funcs...)
	}
	return errors.Join(
		verifyFunctions(decl.Name, funcs, impls),
		verifyNames(decl.Name, "variable", variableNames(decl.Variables), keys(vars)),
	)
}

// VerifyGlobals returns an error that names the declared globals and modules that a script does not get.
func VerifyGlobals(a *api.API, predeclared starlark.StringDict) error {
	var names []string
	for _, f := range a.Functions {
		names = append(names, f.Name)
	}
	for _, m := range a.Modules {
		names = append(names, m.Name)
	}
	names = append(names, variableNames(a.Variables)...)
	var errs []error
	for _, n := range names {
		if predeclared[n] == nil {
			errs = append(errs, fmt.Errorf("the global %s is declared but not there", n))
		}
	}
	return errors.Join(errs...)
}

func verifyFunctions(owner string, funcs []*api.Function, impls map[string]Impl) error {
	var names []string
	for _, f := range funcs {
		if f.Name != "__iter__" {
			names = append(names, f.Name)
		}
	}
	return verifyNames(owner, "function", names, keys(impls))
}

func verifyNames(owner, kind string, declared []string, got map[string]bool) error {
	var errs []error
	for _, n := range declared {
		if !got[n] {
			errs = append(errs, fmt.Errorf("the %s %s.%s is declared but not implemented", kind, owner, n))
		}
		delete(got, n)
	}
	for n := range got {
		errs = append(errs, fmt.Errorf("the %s %s.%s is implemented but not declared%s", kind, owner, n, near.DidYouMean(n, declared)))
	}
	return errors.Join(errs...)
}

func variableNames(vs []*api.Variable) []string {
	var out []string
	for _, v := range vs {
		out = append(out, v.Name)
	}
	return out
}

func keys[V any](m map[string]V) map[string]bool {
	out := map[string]bool{}
	for k := range m {
		out[k] = true
	}
	return out
}
