package ocr

import (
	"image"
	"math"
)

// scale enlarges img by factor with a Catmull-Rom filter. (golang.org/x/image/draw has this filter too, but
// takes ten times as long on grey images, because it uses color.Color there.)
func scale(img *image.Gray, factor float64) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	tw, th := max(1, int(float64(w)*factor)), max(1, int(float64(h)*factor))
	cols, rows := taps(w, tw), taps(h, th)
	wide := make([]int16, tw*h)
	for y := range h {
		src, dst := img.Pix[y*img.Stride:][:w], wide[y*tw:][:tw]
		for x := range dst {
			t := &cols[x]
			dst[x] = int16((t.k[0]*int32(src[t.at[0]]) + t.k[1]*int32(src[t.at[1]]) +
				t.k[2]*int32(src[t.at[2]]) + t.k[3]*int32(src[t.at[3]])) >> 8)
		}
	}
	out := image.NewGray(image.Rect(0, 0, tw, th))
	for y := range th {
		t := rows[y]
		a, b, c, d := wide[t.at[0]*tw:][:tw], wide[t.at[1]*tw:][:tw], wide[t.at[2]*tw:][:tw], wide[t.at[3]*tw:][:tw]
		dst := out.Pix[y*out.Stride:][:tw]
		for x := range dst {
			v := (t.k[0]*int32(a[x]) + t.k[1]*int32(b[x]) + t.k[2]*int32(c[x]) + t.k[3]*int32(d[x])) >> 8
			dst[x] = uint8(min(255, max(0, v)))
		}
	}
	return out
}

// tap is the four source positions of a target pixel and their weights in 1/256.
type tap struct {
	at [4]int
	k  [4]int32
}

func taps(from, to int) []tap {
	ts := make([]tap, to)
	for i := range ts {
		pos := (float64(i)+0.5)*float64(from)/float64(to) - 0.5
		base := math.Floor(pos)
		sum := int32(0)
		for j := range 4 {
			ts[i].at[j] = min(from-1, max(0, int(base)-1+j))
			ts[i].k[j] = int32(math.Round(256 * catmullRom(math.Abs(pos-base+1-float64(j)))))
			sum += ts[i].k[j]
		}
		ts[i].k[1] += 256 - sum
	}
	return ts
}

func catmullRom(x float64) float64 {
	switch {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}
