package guest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mikelolasagasti/xz"
)

// Offsets in the header of a bzImage, from the Linux x86 boot protocol (Documentation/x86/boot.rst).
const (
	bzSetupSects    = 0x1f1 // sectors of the real-mode part after the first
	bzSysSize       = 0x1f4 // size of the protected-mode part in 16-byte paragraphs
	bzMagic         = 0x202 // "HdrS"
	bzPayload       = 0x248 // where the compressed kernel is in the protected-mode part
	bzPayloadLength = 0x24c
)

// loadAddress is where a boot loader puts the protected-mode part of a bzImage and enters it, in 32-bit mode without
// paging, with the address of the boot parameters in esi.
const loadAddress = 0x100000

// Layout of the part that unpackedKernel makes, as offsets from loadAddress: code, then page tables that map the
// first 4 GiB to themselves, then, at its own physical address, the kernel.
const (
	stubGDT    = 0x100
	stubGDTR   = 0x180
	stubTables = 0x1000 // PML4, page directory pointer table, four page directories
	stubSize   = stubTables + 6*pageSize
	pageSize   = 0x1000
)

// unpackedKernel writes to path a bzImage that holds the uncompressed kernel of vmlinuz, with the real-mode part of
// vmlinuz. Debian's own is compressed with xz, and an emulated processor needs three seconds to decompress it at each
// boot. The real-mode part stays because it detects the text console of the VGA, which QEMU's direct way to load an ELF
// kernel (PVH) does not.
func unpackedKernel(vmlinuz, path string) (err error) {
	original, err := os.ReadFile(vmlinuz)
	if err != nil {
		return err
	}
	if len(original) < 0x260 || string(original[bzMagic:bzMagic+4]) != "HdrS" {
		return fmt.Errorf("%s is no bzImage", vmlinuz)
	}
	sectors := int(original[bzSetupSects])
	if sectors == 0 {
		sectors = 4
	}
	setup := original[:min((sectors+1)*512, len(original))]

	le := binary.LittleEndian
	start := uint64(len(setup)) + uint64(le.Uint32(original[bzPayload:]))
	end := start + uint64(le.Uint32(original[bzPayloadLength:]))
	if end > uint64(len(original)) || end < start+4 {
		return fmt.Errorf("%s is cut off", vmlinuz)
	}
	// The payload ends with its unpacked size.
	unpacked, err := xz.NewReader(bytes.NewReader(original[start:end-4]), xz.DefaultDictMax)
	if err != nil {
		return fmt.Errorf("the kernel in %s: %w", vmlinuz, err)
	}
	unpacked.Multistream(false)
	vmlinux, err := io.ReadAll(unpacked)
	if err != nil {
		return fmt.Errorf("the kernel in %s: %w", vmlinuz, err)
	}
	kernel, err := elf.NewFile(bytes.NewReader(vmlinux))
	if err != nil {
		return fmt.Errorf("the kernel in %s: %w", vmlinuz, err)
	}
	if kernel.Machine != elf.EM_X86_64 || kernel.Entry >= 1<<32 {
		return fmt.Errorf("%s has no kernel for x86-64 that starts below 4 GiB", vmlinuz)
	}

	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	stub, err := stubCode(uint32(kernel.Entry))
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(stub, int64(len(setup))); err != nil {
		return err
	}
	size := uint64(0)
	for _, p := range kernel.Progs {
		if p.Type != elf.PT_LOAD || p.Filesz == 0 {
			continue
		}
		if p.Paddr < loadAddress+stubSize || p.Paddr+p.Filesz >= 1<<32 {
			return fmt.Errorf("the kernel in %s wants to be loaded at %#x, where it can't be", vmlinuz, p.Paddr)
		}
		at := p.Paddr - loadAddress
		data := make([]byte, p.Filesz)
		if _, err := p.ReadAt(data, 0); err != nil {
			return fmt.Errorf("the kernel in %s: %w", vmlinuz, err)
		}
		// The kernel clears its .bss itself, which is a large part of the file.
		data = bytes.TrimRight(data, "\x00")
		if _, err := f.WriteAt(data, int64(uint64(len(setup))+at)); err != nil {
			return err
		}
		size = max(size, at+uint64(len(data)))
	}
	if size == 0 {
		return fmt.Errorf("the kernel in %s has nothing to load", vmlinuz)
	}
	size = (size + 15) &^ 15
	if err := f.Truncate(int64(uint64(len(setup)) + size)); err != nil {
		return err
	}
	le.PutUint32(setup[bzSysSize:], uint32(size/16))
	_, err = f.WriteAt(setup, 0)
	return err
}

// stubCode returns the code, descriptors and page tables that take the processor from the 32-bit entry of a bzImage to
// the 64-bit entry of an unpacked kernel, as the kernel's own decompressor does when it is done: long mode, memory
// mapped to itself, flat segments, boot parameters in rsi.
func stubCode(entry uint32) ([]byte, error) {
	stub := make([]byte, stubSize)
	le := binary.LittleEndian
	imm := func(v uint32) []byte { return le.AppendUint32(nil, v) }
	const code64, data = 0x10, 0x18

	var code []byte
	emit := func(parts ...[]byte) {
		for _, p := range parts {
			code = append(code, p...)
		}
	}
	emit([]byte{0xfa, 0xfc})                                  // cli; cld
	emit([]byte{0xb8}, imm(loadAddress+stubTables))           // mov eax, PML4
	emit([]byte{0x0f, 0x22, 0xd8})                            // mov cr3, eax
	emit([]byte{0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20})          // mov eax, cr4; or eax, PAE
	emit([]byte{0x0f, 0x22, 0xe0})                            // mov cr4, eax
	emit([]byte{0xb9}, imm(0xc0000080))                       // mov ecx, EFER
	emit([]byte{0x0f, 0x32, 0x0d}, imm(1<<8))                 // rdmsr; or eax, LME
	emit([]byte{0x0f, 0x30})                                  // wrmsr
	emit([]byte{0x0f, 0x01, 0x15}, imm(loadAddress+stubGDTR)) // lgdt [GDTR]
	emit([]byte{0x0f, 0x20, 0xc0, 0x0d}, imm(1<<31|1))        // mov eax, cr0; or eax, PG|PE
	emit([]byte{0x0f, 0x22, 0xc0})                            // mov cr0, eax
	long := loadAddress + uint32(len(code)) + 7
	emit([]byte{0xea}, imm(long), []byte{code64, 0})   // jmp code64:long
	emit([]byte{0xb8}, imm(data))                      // mov eax, data
	emit([]byte{0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0})   // mov ds, eax; mov es, eax; mov ss, eax
	emit([]byte{0x31, 0xc0, 0x8e, 0xe0, 0x8e, 0xe8})   // xor eax, eax; mov fs, eax; mov gs, eax
	emit([]byte{0x89, 0xf6})                           // mov esi, esi: clears the upper half of rsi
	emit([]byte{0xb8}, imm(entry), []byte{0xff, 0xe0}) // mov eax, entry; jmp rax
	if len(code) > stubGDT {
		return nil, fmt.Errorf("the code has %d bytes", len(code))
	}
	copy(stub, code)

	le.PutUint64(stub[stubGDT+code64:], 0x00af9a000000ffff)
	le.PutUint64(stub[stubGDT+data:], 0x00cf92000000ffff)
	le.PutUint16(stub[stubGDTR:], data+8-1)
	le.PutUint32(stub[stubGDTR+2:], loadAddress+stubGDT)

	const present, large = 0x3, 0x80 // present and writable; 2 MiB page
	table := func(n, i int) []byte { return stub[stubTables+n*pageSize+8*i:] }
	le.PutUint64(table(0, 0), loadAddress+stubTables+pageSize|present)
	for d := range 4 {
		le.PutUint64(table(1, d), uint64(loadAddress+stubTables+(2+d)*pageSize)|present)
		for i := range 512 {
			le.PutUint64(table(2+d, i), uint64(d*512+i)<<21|present|large)
		}
	}
	return stub, nil
}
