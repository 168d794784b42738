// The oracle: what people who never saw our code say of our logs. It links Go's checksum-database
// code (golang.org/x/mod/sumdb), as Debian packages it, and nothing of ours.
//
//	oracle log DIR VKEY              checkpoint, every hash tile, every entry, some proofs
//	oracle consistent DIR VKEY FILE  whether the log in DIR goes on from the checkpoint in FILE
//	oracle cosigned FILE VKEY        the time in a witness's cosignature (VKEY of type 4)
//	oracle proof FILE VKEY ENTRY     a tlog-proof of the entry in the file ENTRY
//
// Prints one line; ends with 0 if all of it holds, else with 1 and why on standard error.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	line, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
	fmt.Println(line)
}

func run(arguments []string) (string, error) {
	switch {
	case len(arguments) == 3 && arguments[0] == "log":
		return checkLog(arguments[1], arguments[2])
	case len(arguments) == 4 && arguments[0] == "consistent":
		return checkConsistent(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 3 && arguments[0] == "cosigned":
		return checkCosigned(arguments[1], arguments[2])
	case len(arguments) == 4 && arguments[0] == "proof":
		return checkProof(arguments[1], arguments[2], arguments[3])
	}
	return "", errors.New("usage: log DIR VKEY | consistent DIR VKEY FILE | cosigned FILE VKEY | proof FILE VKEY ENTRY")
}

// openCheckpoint opens a signed note and reads the three lines of a checkpoint.
func openCheckpoint(text []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, errors.New("not a checkpoint of " + verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

// path is where c2sp.org/tlog-tiles puts a tile; sumdb's own paths name the height as well.
func path(tile tlog.Tile) string {
	level := strconv.Itoa(tile.L)
	if tile.L == -1 {
		level = "entries"
	}
	n := fmt.Sprintf("%03d", tile.N%1000)
	for rest := tile.N / 1000; rest > 0; rest /= 1000 {
		n = fmt.Sprintf("x%03d/%s", rest%1000, n)
	}
	name := "tile/" + level + "/" + n
	if tile.W < 256 {
		name += ".p/" + strconv.Itoa(tile.W)
	}
	return name
}

// reader gives sumdb the tiles of a folder; sumdb compares all it reads with the signed root.
type reader struct{ folder string }

func (r reader) Height() int                      { return 8 }
func (r reader) SaveTiles([]tlog.Tile, [][]byte) {}
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(r.folder, path(tile)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func readLog(folder, vkey string) (tlog.Tree, tlog.HashReader, error) {
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tlog.Tree{}, nil, err
	}
	tree, err := openCheckpoint(text, vkey)
	return tree, tlog.TileHashReader(tree, reader{folder}), err
}

func checkLog(folder, vkey string) (string, error) {
	tree, hashes, err := readLog(folder, vkey)
	if err != nil {
		return "", err
	}
	for n := int64(0); n < tree.N; n += 256 {
		width := tree.N - n
		if width > 256 {
			width = 256
		}
		bundle, err := os.ReadFile(filepath.Join(folder, path(tlog.Tile{H: 8, L: -1, N: n / 256, W: int(width)})))
		if err != nil {
			return "", err
		}
		var indexes []int64
		for i := n; i < n+width; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		leaves, err := hashes.ReadHashes(indexes)
		if err != nil {
			return "", err
		}
		for i, leaf := range leaves {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return "", fmt.Errorf("entry %d is cut short", n+int64(i))
			}
			length := int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:2+length]) != leaf {
				return "", fmt.Errorf("entry %d is not the one whose hash is in the tiles", n+int64(i))
			}
			bundle = bundle[2+length:]
		}
		if len(bundle) != 0 {
			return "", fmt.Errorf("the bundle of entry %d goes on after its last", n)
		}
	}
	proofs := 0
	for step := int64(1); step <= tree.N; step *= 3 {
		for _, n := range []int64{step - 1, tree.N - step} {
			proof, err := tlog.ProveRecord(tree.N, n, hashes)
			if err != nil {
				return "", err
			}
			leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
			if err != nil {
				return "", err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, leaf[0]); err != nil {
				return "", fmt.Errorf("inclusion of %d: %w", n, err)
			}
			proofs++
		}
		if err := consistent(tree, step, hashes); err != nil {
			return "", err
		}
		proofs++
	}
	return fmt.Sprintf("entries=%d root=%x proofs=%d", tree.N, tree.Hash[:], proofs), nil
}

// consistent proves that the first `size` entries are a beginning of the tree.
func consistent(tree tlog.Tree, size int64, hashes tlog.HashReader) error {
	root, err := tlog.TreeHash(size, hashes)
	if err != nil {
		return err
	}
	return checkTree(tree, tlog.Tree{N: size, Hash: root}, hashes)
}

func checkTree(tree, old tlog.Tree, hashes tlog.HashReader) error {
	if old.N > tree.N {
		return fmt.Errorf("the log has %d entries, and had %d", tree.N, old.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash); err != nil {
		return fmt.Errorf("consistency with %d entries: %w", old.N, err)
	}
	return nil
}

func checkConsistent(folder, vkey, file string) (string, error) {
	tree, hashes, err := readLog(folder, vkey)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	old, err := openCheckpoint(text, vkey)
	if err != nil {
		return "", err
	}
	if err := checkTree(tree, old, hashes); err != nil {
		return "", err
	}
	return fmt.Sprintf("from=%d to=%d", old.N, tree.N), nil
}

// checkCosigned follows c2sp.org/tlog-cosignature with crypto/ed25519 alone.
func checkCosigned(file, vkey string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return "", errors.New("no vkey")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return "", errors.New("no vkey of a cosigner")
	}
	split := bytes.LastIndex(text, []byte("\n\n"))
	if split < 0 {
		return "", errors.New("no note")
	}
	body := string(text[:split+1])
	for _, line := range strings.Split(string(text[split+2:]), "\n") {
		words := strings.Split(line, " ")
		if len(words) != 3 || words[1] != parts[0] {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(words[2])
		if err != nil || len(signature) != 4+8+64 || fmt.Sprintf("%x", signature[:4]) != parts[1] {
			continue
		}
		seconds := binary.BigEndian.Uint64(signature[4:12])
		message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", seconds, body)
		if !ed25519.Verify(key[1:], []byte(message), signature[12:]) {
			return "", errors.New("the cosignature is false")
		}
		return fmt.Sprintf("time=%d", seconds), nil
	}
	return "", errors.New("no cosignature by " + vkey)
}

// checkProof follows c2sp.org/tlog-proof.
func checkProof(file, vkey, entryFile string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	entry, err := os.ReadFile(entryFile)
	if err != nil {
		return "", err
	}
	lines := strings.Split(string(text), "\n")
	if lines[0] != "c2sp.org/tlog-proof@v1" {
		return "", errors.New("no tlog-proof")
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "index "), 10, 64)
	if err != nil {
		return "", err
	}
	lines = lines[1:]
	var proof tlog.RecordProof
	for len(lines) > 0 && lines[0] != "" {
		hash, err := tlog.ParseHash(lines[0])
		if err != nil {
			return "", err
		}
		proof = append(proof, hash)
		lines = lines[1:]
	}
	if len(lines) == 0 {
		return "", errors.New("no checkpoint")
	}
	tree, err := openCheckpoint([]byte(strings.Join(lines[1:], "\n")), vkey)
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return "", err
	}
	return fmt.Sprintf("index=%d size=%d", index, tree.N), nil
}
