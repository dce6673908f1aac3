package strictyaml

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"

	"holdfast/internal/source"
)

// maxSecret bounds a secret's file: keys and tokens are far smaller.
const maxSecret = 64 << 10

// openToAll are the permissions that let every user of the machine read a file.
const openToAll = 0o004

// isSecret reports whether a field, or what it points to, holds a credential.
func isSecret(field reflect.Value) bool {
	t := field.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t == reflect.TypeFor[source.Secret]()
}

func setSecret(field reflect.Value, value string) {
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.ValueOf(new(source.NewSecret(value))))
		return
	}
	field.Set(reflect.ValueOf(source.NewSecret(value)))
}

// secret decodes a credential that stands in the file or in the environment.
func (d *Decoder) secret(node ast.Node, into reflect.Value, path string) {
	if d.givenTwice(path, path+fileSuffix) {
		return
	}
	value, ok := d.fill(node, path)
	if !ok {
		return
	}
	d.setSecret(into, path, value)
}

// secretFile decodes a credential that stands in a file of its own.
func (d *Decoder) secretFile(node ast.Node, into reflect.Value, path, secretPath string) {
	d.mark(path, node)
	if d.givenTwice(path, secretPath) {
		return
	}
	name, ok := d.fill(node, path)
	if !ok || d.unresolved(secretPath) {
		return
	}
	text, err := d.readSecret(name, path)
	if err != nil {
		d.Refusef(path, name, "%s", err)
		return
	}
	d.setSecret(into, path, text)
}

// givenTwice reports a secret that has both its key and its …_file key.
func (d *Decoder) givenTwice(path, other string) bool {
	if !d.Has(other) {
		return false
	}
	d.Problemf(path, "%q is given as well; remove one of them", lastKey(other))
	return true
}

// setSecret stores a credential without the line break that ends a file, and
// refuses what neither a header nor a connection string can hold. Private keys
// go into neither and have lines.
func (d *Decoder) setSecret(into reflect.Value, path, value string) {
	value = strings.TrimRight(value, "\r\n")
	d.outside = append(d.outside, value)
	if value == "" {
		d.Problemf(path, "is empty; write ${VAR}, name a file with the secret in it, or remove the key")
		return
	}
	if !strings.HasPrefix(value, "-----BEGIN ") && strings.ContainsFunc(value, unicode.IsControl) {
		d.Problemf(path, "holds a line break or another control character; write the secret on one line")
		return
	}
	setSecret(into, value)
}

// readSecret reads a secret's file. Its errors continue a sentence that begins
// with the file's name.
func (d *Decoder) readSecret(name, path string) (string, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(d.opts.Dir, name)
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("does not exist; create the file or correct the path (relative paths start at the configuration's folder)")
	case err != nil || !info.Mode().IsRegular():
		return "", errors.New("is not a file that can be read; correct the path or its permissions")
	}
	if info.Mode().Perm()&openToAll != 0 {
		d.Warnf(path, "every user of this machine can read the file; run chmod o-r on it")
	}
	return readBounded(name)
}

func readBounded(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", errors.New("cannot be read by this process; correct its owner or permissions")
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", errors.New("cannot be read; is it a file?")
	}
	if len(text) > maxSecret {
		return "", fmt.Errorf("is larger than %d KiB; is it the right file?", maxSecret>>10)
	}
	return string(text), nil
}
