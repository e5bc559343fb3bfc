#!/usr/bin/env python3
"""Each lint finds what it is for, in a tree made to break it, and nothing in one that keeps the rules."""

import sys
import tempfile
import unittest
from pathlib import Path

import format as formatting
import layers
import leftovers
import readmes
import sizes


class Lints(unittest.TestCase):
    def tree(self, **files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = Path(folder.name)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    def expect(self, lint, word, files):
        findings = lint.check(self.tree(**files))
        self.assertEqual(len(findings), 1, findings)
        self.assertIn(word, findings[0])

    def test_halide_outside_its_rooms(self):
        self.expect(layers, "only compiler/kernels", {"compiler/plan/A.cpp": "#include <Halide.h>\n"})
        self.assertEqual(layers.check(self.tree(**{"compiler/kernels/A.cpp": "#include <Halide.h>\n"})), [])

    def test_halide_meets_mlir_through_a_header(self):
        self.expect(layers, "sees both", {
            "tests/unit/kernels/A.cpp": '#include <Halide.h>\n#include "ir/B.h"\n',
            "ir/B.h": '#include "mlir/IR/Operation.h"\n'})

    def test_runtime_includes_the_compiler(self):
        self.expect(layers, "runtime may include", {
            "runtime/A.cpp": '#include "compiler/Error.h"\n', "compiler/Error.h": ""})

    def test_fusions_include_mlir(self):
        self.expect(layers, "no MLIR", {"compiler/fusions/A.cpp": "#include <llvm/ADT/Twine.h>\n"})

    def test_codegen_includes_the_dialect(self):
        self.expect(layers, "compiler/codegen may include", {
            "compiler/codegen/A.cpp": '#include "ir/CnxOps.h"\n', "ir/CnxOps.h": ""})

    def test_long_file(self):
        self.expect(sizes, "501 lines", {"ir/A.cpp": "\n" * 501})
        self.assertEqual(sizes.check(self.tree(**{"ir/A.cpp": "\n" * 500})), [])

    def test_vague_name(self):
        self.expect(sizes, "name it after", {"compiler/utils/A.cpp": ""})

    def test_missing_readme(self):
        files = {f"{room}/README.md": "" for room in readmes.ROOMS}
        self.assertEqual(readmes.check(self.tree(**files)), [])
        del files["ir/README.md"]
        self.expect(readmes, "ir: has no", files)

    def test_dead_link(self):
        files = {f"{room}/README.md": "" for room in readmes.ROOMS}
        self.expect(readmes, "which is not there", files | {"README.md": "[a](nowhere.md)"})

    def test_leftover(self):
        self.expect(leftovers, "TO" + "DO", {"ir/A.cpp": "// TO" + "DO\n"})

    def test_path_of_one_machine(self):
        self.expect(leftovers, "/home/a", {"ir/A.cpp": '"/home/anna/x"\n'})

    def test_formatting(self):
        self.expect(formatting, "clang-format-14 -i", {"ir/A.cpp": "int  f( );\n"})
        self.assertEqual(formatting.check(self.tree(**{"ir/A.cpp": "int f();\n"})), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
