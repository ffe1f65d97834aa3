// Package efivars reads and writes OVMF's variable store: a firmware volume (PI specification, volume 3) that
// holds a variable store (edk2, MdeModulePkg/Include/Guid/VariableFormat.h).
package efivars

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

// GlobalGUID is the vendor GUID of the variables that the UEFI specification defines.
const GlobalGUID = "8be4df61-93ca-11d2-aa0d-00e098032b8c"

// DefaultAttributes are the attributes of a new variable: non-volatile, for boot services and at run time.
const DefaultAttributes = 0x7

// Variable is a variable's value and its attributes (EFI_VARIABLE_… of the UEFI specification).
type Variable struct {
	Attributes uint32
	Data       []byte
}

// The GUIDs in their form in memory.
var (
	nvDataFV      = mustGUID("fff12b8d-7696-4c8b-a985-2747075b4f50") // gEfiSystemNvDataFvGuid
	authenticated = mustGUID("aaf32c78-947b-439a-a180-2e144ec37792") // gEfiAuthenticatedVariableGuid
	plain         = mustGUID("ddcf3616-3275-4164-98b6-fe85707ffe7d") // gEfiVariableGuid
)

const (
	fvSignature      = "_FVH"
	storeHeaderSize  = 28
	storeFormatted   = 0x5a
	storeHealthy     = 0xfe
	variableStart    = 0x55aa
	stateAdded       = 0x3f
	stateInDeletion  = 0x3e // added, and another is about to replace it
	plainHeader      = 32
	authHeader       = 60
	headerAlignment  = 4
	erased           = 0xff
	maxNameSize      = 1024
	emptyVolume      = 0x84000 // OVMF's 4 MB layout: OvmfPkg/Include/Fdf/OvmfPkgDefines.fdf.inc
	emptyStore       = 0x40000
	emptyHeader      = 0x48
	emptyBlock       = 0x1000
	volumeAttributes = 0x4feff // as the build of OVMF sets them (VarStore.fdf.inc)
)

// Store is a variable store file.
type Store struct {
	raw       []byte
	start     int // of the variable store header
	size      int
	header    int // size of a variable's header
	variables map[string]Variable
}

// Key returns a variable's name with its vendor GUID, like the file names of Linux's efivarfs: "BootOrder-8be4df61-…".
func Key(name, guid string) string { return name + "-" + strings.ToLower(guid) }

// splitKey splits a key; a name without a GUID is a name of the UEFI specification.
func splitKey(key string) (name string, guid [16]byte, err error) {
	const n = 36
	if i := len(key) - n; i > 1 && key[i-1] == '-' {
		if g, gerr := parseGUID(key[i:]); gerr == nil {
			return key[:i-1], g, nil
		}
	}
	if key == "" {
		return "", guid, errors.New("an EFI variable needs a name")
	}
	guid, err = parseGUID(GlobalGUID)
	return key, guid, err
}

// New returns an empty store in the layout of OVMF's 4 MB build.
func New() *Store {
	b := bytes.Repeat([]byte{erased}, emptyVolume)
	le := binary.LittleEndian
	clear(b[:16])
	copy(b[16:], nvDataFV[:])
	le.PutUint64(b[32:], emptyVolume)
	copy(b[40:], fvSignature)
	le.PutUint32(b[44:], volumeAttributes)
	le.PutUint16(b[48:], emptyHeader)
	le.PutUint16(b[50:], 0)
	le.PutUint16(b[52:], 0)
	b[54], b[55] = 0, 2
	le.PutUint32(b[56:], emptyVolume/emptyBlock)
	le.PutUint32(b[60:], emptyBlock)
	clear(b[64:72])
	var sum uint16
	for i := 0; i < emptyHeader; i += 2 {
		sum += le.Uint16(b[i:])
	}
	le.PutUint16(b[50:], -sum)
	s := b[emptyHeader:]
	copy(s, authenticated[:])
	le.PutUint32(s[16:], emptyStore-emptyHeader)
	s[20], s[21] = storeFormatted, storeHealthy
	clear(s[22:28])
	return &Store{raw: b, start: emptyHeader, size: emptyStore - emptyHeader, header: authHeader, variables: map[string]Variable{}}
}

// Parse reads a store.
func Parse(raw []byte) (*Store, error) {
	le := binary.LittleEndian
	if len(raw) < 72 || string(raw[40:44]) != fvSignature || !bytes.Equal(raw[16:32], nvDataFV[:]) {
		return nil, errors.New("not a variable store of OVMF: it does not begin with a firmware volume for variables")
	}
	start := int(le.Uint16(raw[48:]))
	if start < 56 || start+storeHeaderSize > len(raw) {
		return nil, fmt.Errorf("broken variable store: the volume's header has %d bytes", start)
	}
	s := &Store{raw: bytes.Clone(raw), start: start, variables: map[string]Variable{}}
	h := raw[start:]
	switch {
	case bytes.Equal(h[:16], authenticated[:]):
		s.header = authHeader
	case bytes.Equal(h[:16], plain[:]):
		s.header = plainHeader
	default:
		return nil, errors.New("broken variable store: its format is unknown")
	}
	size := int64(le.Uint32(h[16:]))
	if size < storeHeaderSize || size > int64(len(h)) || h[20] != storeFormatted || h[21] != storeHealthy {
		return nil, errors.New("broken variable store: its header is not valid")
	}
	s.size = int(size)
	return s, s.parseVariables(h[:size])
}

func (s *Store) parseVariables(h []byte) error {
	le := binary.LittleEndian
	for at := storeHeaderSize; at+s.header <= len(h) && le.Uint16(h[at:]) == variableStart; {
		v := h[at:]
		nameSize, dataSize := int64(le.Uint32(v[s.header-24:])), int64(le.Uint32(v[s.header-20:]))
		end := int64(at+s.header) + nameSize + dataSize
		if nameSize > maxNameSize || nameSize%2 != 0 || end > int64(len(h)) {
			return fmt.Errorf("broken variable store: the variable at byte %d is longer than the store", s.start+at)
		}
		guid := v[s.header-16 : s.header]
		name := v[s.header : int64(s.header)+nameSize]
		state := v[2]
		key := Key(fromUTF16(name), formatGUID(guid))
		_, known := s.variables[key]
		if state == stateAdded || state == stateInDeletion && !known {
			s.variables[key] = Variable{Attributes: le.Uint32(v[4:]), Data: bytes.Clone(h[int64(at+s.header)+nameSize : end])}
		}
		at = (int(end) + headerAlignment - 1) &^ (headerAlignment - 1)
	}
	return nil
}

// Variables returns a copy of the variables by key (see Key). Set and Delete change them.
func (s *Store) Variables() map[string]Variable { return maps.Clone(s.variables) }

// Set sets a variable; the key needs no GUID for variables of the UEFI specification. Attributes 0 are those that the
// variable has, for a new one DefaultAttributes.
func (s *Store) Set(key string, data []byte, attributes uint32) error {
	name, guid, err := splitKey(key)
	if err != nil {
		return err
	}
	if 2*len(utf16.Encode([]rune(name)))+2 > maxNameSize {
		return fmt.Errorf("the name of the EFI variable %.40q… is too long", name)
	}
	key = Key(name, formatGUID(guid[:]))
	v := s.variables[key]
	v.Attributes = cmp.Or(attributes, v.Attributes, DefaultAttributes)
	v.Data = bytes.Clone(data)
	s.variables[key] = v
	return nil
}

// Bytes returns the content of the store's file. It is an error when the variables do not fit.
func (s *Store) Bytes() ([]byte, error) {
	le := binary.LittleEndian
	out := bytes.Clone(s.raw)
	area := out[s.start+storeHeaderSize : s.start+s.size]
	for i := range area {
		area[i] = erased
	}
	at := 0
	for _, key := range slices.Sorted(maps.Keys(s.variables)) {
		v := s.variables[key]
		name, guid, err := splitKey(key)
		if err != nil {
			return nil, err
		}
		n := toUTF16(name)
		end := at + s.header + len(n) + len(v.Data)
		if end > len(area) {
			return nil, fmt.Errorf("the variables do not fit into the store of %d bytes: %s is too much", len(area), key)
		}
		h := area[at:]
		clear(h[:s.header])
		le.PutUint16(h, variableStart)
		h[2] = stateAdded
		le.PutUint32(h[4:], v.Attributes)
		le.PutUint32(h[s.header-24:], uint32(len(n)))
		le.PutUint32(h[s.header-20:], uint32(len(v.Data)))
		copy(h[s.header-16:], guid[:])
		copy(h[s.header:], n)
		copy(h[s.header+len(n):], v.Data)
		at = min((end+headerAlignment-1)&^(headerAlignment-1), len(area))
	}
	return out, nil
}

func toUTF16(s string) []byte {
	var b []byte
	for _, u := range append(utf16.Encode([]rune(s)), 0) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

func fromUTF16(b []byte) string {
	var u []uint16
	for i := 0; i+1 < len(b); i += 2 {
		c := binary.LittleEndian.Uint16(b[i:])
		if c == 0 {
			break
		}
		u = append(u, c)
	}
	return string(utf16.Decode(u))
}

// parseGUID returns a GUID in its form in memory: the first three groups are little-endian.
func parseGUID(s string) (g [16]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != 16 || len(s) != 36 {
		return g, fmt.Errorf("%q is not a GUID", s)
	}
	copy(g[:], b)
	slices.Reverse(g[0:4])
	slices.Reverse(g[4:6])
	slices.Reverse(g[6:8])
	return g, nil
}

func mustGUID(s string) [16]byte {
	g, err := parseGUID(s)
	if err != nil {
		panic(err)
	}
	return g
}

func formatGUID(b []byte) string {
	g := bytes.Clone(b)
	slices.Reverse(g[0:4])
	slices.Reverse(g[4:6])
	slices.Reverse(g[6:8])
	h := hex.EncodeToString(g)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
