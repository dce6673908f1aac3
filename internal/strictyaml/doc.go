// Package strictyaml decodes a YAML configuration into structs and refuses
// what it does not know. It exists beside the YAML library's own strict mode
// for four reasons: it reports every problem at once and not only the first;
// each names file, line and column and says what to write instead; values may
// come from the environment (${VAR}) and secrets from files (…_file); and no
// problem ever quotes a value that came from there, nor the line it stood in.
//
// Only the plain part of YAML is accepted: mappings, lists and scalars.
// Anchors, aliases, merge keys and tags are refused by name, so that what a
// line says is what it means.
//
//	root, err := strictyaml.Parse("holdfast.yaml", text)
//	d := strictyaml.NewDecoder(root, strictyaml.Options{Getenv: os.Getenv, Dir: dir})
//	d.Decode(&cfg)
//	if cfg.Worker.Concurrency < 1 {
//		d.Problemf("worker.concurrency", "must be at least 1")
//	}
//	return d.Err()
package strictyaml
