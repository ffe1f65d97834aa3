package ocr_test

import (
	"context"
	"fmt"
	"log"
	"regexp"

	"github.com/gotest-driver/gotest-driver/ocr"
)

// A text console, which is read without Tesseract.
func Example() {
	img, err := ocr.DecodeFile("testdata/console/720x400-login-dark.png")
	if err != nil {
		log.Fatal(err)
	}
	r := ocr.New(ocr.Options{})
	defer r.Close()
	res, err := r.Read(context.Background(), img)
	if err != nil {
		log.Fatal(err)
	}
	login := regexp.MustCompile(`(?m)^\w+ login: \w+$`)
	for _, f := range res.Find(func(text string) [][]int { return login.FindAllStringIndex(text, -1) }) {
		fmt.Println(f.Text, "at", f.Box)
	}
	// Output: machine login: root at (0,256)-(171,272)
}

func ExampleNearestLine() {
	fmt.Println(ocr.NearestLine(`Welcome to server-\d+`, "Debian GNU/Linux\nWelc0me to server-1\nlogin:"))
	// Output: Welc0me to server-1
}
