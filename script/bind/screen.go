package bind

import (
	"image"

	"go.starlark.net/starlark"

	"github.com/gotest-driver/gotest-driver/ocr"
	"github.com/gotest-driver/gotest-driver/script"
)

// box is the Go value of a Box.
type box struct {
	text string
	at   image.Rectangle
}

// boxAttributes are the attributes of a Box.
var boxAttributes = map[string]script.Getter{
	"x":      boxNumber(func(r image.Rectangle) int { return r.Min.X }),
	"y":      boxNumber(func(r image.Rectangle) int { return r.Min.Y }),
	"width":  boxNumber(image.Rectangle.Dx),
	"height": boxNumber(image.Rectangle.Dy),
	"text":   func(self any) (starlark.Value, error) { return starlark.String(self.(box).text), nil },
}

func boxNumber(f func(image.Rectangle) int) script.Getter {
	return func(self any) (starlark.Value, error) { return starlark.MakeInt(f(self.(box).at)), nil }
}

func (b *Binding) newBox(text string, at image.Rectangle) starlark.Value {
	return b.box.New(box{text, at}, "<box "+at.String()+">")
}

// screenMethods returns the calls that look at the screen.
func (b *Binding) screenMethods() map[string]script.Impl {
	boxOf := func(f ocr.Found, err error) (starlark.Value, error) { return b.newBox(f.Text, f.Box), err }
	return map[string]script.Impl{
		"screenshot": do(func(ctx ctxT, m mT, c callT) error {
			_, err := m.Screenshot(ctx, c.String("filename"))
			return err
		}),
		"get_screen_text": text(func(ctx ctxT, m mT, c callT) (string, error) { return m.ScreenText(ctx) }),
		"get_screen_text_variants": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			texts, err := m.ScreenTextVariants(ctx)
			l := make([]starlark.Value, len(texts))
			for i, t := range texts {
				l[i] = starlark.String(t)
			}
			return starlark.NewList(l), err
		}),
		"wait_for_text": do(func(ctx ctxT, m mT, c callT) error {
			re, err := pattern(c, "regex")
			if err != nil {
				return err
			}
			return m.WaitForText(ctx, re, wait(c))
		}),
		"find_text": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			re, err := pattern(c, "regex")
			if err != nil {
				return nil, err
			}
			found, err := m.FindText(ctx, re)
			l := make([]starlark.Value, len(found))
			for i, f := range found {
				l[i] = b.newBox(f.Text, f.Box)
			}
			return starlark.NewList(l), err
		}),
		"click_text": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			re, err := pattern(c, "regex")
			if err != nil {
				return nil, err
			}
			return boxOf(m.ClickText(ctx, re, c.String("button"), wait(c)))
		}),
		"wait_for_still_screen": do(func(ctx ctxT, m mT, c callT) error {
			d, _ := c.Duration("duration")
			return m.WaitForStillScreen(ctx, d, c.Float("similarity"), wait(c))
		}),
		"wait_for_image": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			within, err := area(c)
			if err != nil {
				return nil, err
			}
			found, err := m.WaitForImage(ctx, c.String("needle"), c.Float("similarity"), within, wait(c))
			return b.newBox("", found.Box), err
		}),
		"assert_screen": with(func(ctx ctxT, m mT, c callT) (starlark.Value, error) {
			within, err := area(c)
			if err != nil {
				return nil, err
			}
			found, err := m.AssertScreen(ctx, c.String("needle"), c.Float("similarity"), within)
			return b.newBox("", found.Box), err
		}),
	}
}

// area returns the argument "area", (x, y, width, height); empty for the whole screen.
func area(c callT) (image.Rectangle, error) {
	if c.IsNone("area") {
		return image.Rectangle{}, nil
	}
	var v [4]int
	for i, e := range c.Value("area").(starlark.Tuple) {
		if err := starlark.AsInt(e, &v[i]); err != nil {
			return image.Rectangle{}, c.Errorf("area: %s", err)
		}
	}
	if v[2] <= 0 || v[3] <= 0 {
		return image.Rectangle{}, c.Errorf("area is (x, y, width, height) with a width and a height above 0")
	}
	return image.Rect(v[0], v[1], v[0]+v[2], v[1]+v[3]), nil
}
