package console_test

import (
	"fmt"
	"log"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/ocr/console"
)

func ExampleRead() {
	img, err := ocr.DecodeFile("../testdata/console/720x400-login-dark.png")
	if err != nil {
		log.Fatal(err)
	}
	s, ok := console.Read(img)
	if !ok {
		log.Fatal("this is no text console")
	}
	fmt.Println(s.Rows, "rows of", s.Cols, "characters")
	fmt.Println(s.Line(16))
	// Output:
	// 25 rows of 80 characters
	// machine login: root
}
