package config_test

import (
	"fmt"
	"log"

	"github.com/gotest-driver/gotest-driver/driver/config"
)

func ExampleParse() {
	c, err := config.Parse("test.json", []byte(`{
		"vms": {"server": {"guest": "debian", "vlans": [1], "memmory": 512}},
		"global_timeout": 300
	}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.VMs["server"].Guest, c.GlobalTimeout)
	for _, u := range c.Unknown {
		fmt.Println(u)
	}
	// Output:
	// debian 5m0s
	// test.json: unknown key "vms.server.memmory" (did you mean memory?)
}

func ExampleIdentifier() {
	fmt.Println(config.Identifier("web-1"))
	// Output: web_1
}
