#!/usr/bin/env python3
"""oci_schema.py SCHEMAS SPECS: validates each line of SPECS, a spec's name and its JSON, against SCHEMAS/config-schema.json.

Exit status 0 when all fit, 1 when one does not, 3 when the module jsonschema is missing.
"""
import json
import os
import sys

try:
    import jsonschema
except ImportError:
    print("the module jsonschema is missing")
    sys.exit(3)


def validator(directory):
    """A validator whose references to other files are read from the directory."""
    path = os.path.join(directory, "config-schema.json")
    with open(path, encoding="utf-8") as file:
        schema = json.load(file)
    store = {}
    for name in os.listdir(directory):
        if name.endswith(".json"):
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                store[name] = json.load(file)
    kind = jsonschema.validators.validator_for(schema)
    try:
        from referencing import Registry, Resource
        from referencing.jsonschema import DRAFT4

        registry = Registry()
        for name, contents in store.items():
            resource = Resource.from_contents(contents, default_specification=DRAFT4)
            registry = registry.with_resource(name, resource)
            # A schema with an id resolves its references against it.
            base = schema.get("id", "")
            registry = registry.with_resource(base.rsplit("/", 1)[0] + "/" + name, resource)
        return kind(schema, registry=registry)
    except ImportError:
        base = "file://" + os.path.abspath(path)
        return kind(schema, resolver=jsonschema.RefResolver(base, {**schema, "id": base}))


def main():
    check = validator(sys.argv[1])
    bad = 0
    with open(sys.argv[2], encoding="utf-8") as specs:
        for line in specs:
            name, text = line.rstrip("\n").split("\t", 1)
            for error in check.iter_errors(json.loads(text)):
                bad += 1
                print(f"{name}: /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
    sys.exit(1 if bad else 0)


main()
