// cnx-kernel-worker GRAPH.json LEVEL PREFIX [--prefetch] [--checked] [--stmt] [--llvm] [--asm]
// [--object]
//
// Builds one kernel in a process of its own, so that a crash or a hang is one kernel's and Halide's
// process-wide name counters cannot make bytes depend on what was built before. Writes PREFIX.bc
// and PREFIX.json
// {"symbol", "scratch_bytes", "tasks"}, and what the flags ask for: PREFIX.stmt, .ll, .s, .o. Exit:
// 0; 2 wrong usage; 3 a graph that cannot be built, with the kernel's symbol on stderr.
#include "compiler/Error.h"
#include "compiler/kernels/Compile.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <sstream>

static std::string readFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw cnx::UserError(path + ": cannot be opened, expected a kernel graph in JSON");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

static int build(const std::string &graphPath, cnx::Level level, const std::string &prefix,
                 const std::vector<std::string> &flags) {
  cnx::KernelGraph graph = cnx::parseKernelGraph(readFile(graphPath));
  cnx::KernelOutputs outputs;
  outputs.bitcode = prefix + ".bc";
  bool checked = false;
  for (const std::string &flag : flags) {
    if (flag == "--prefetch")
      outputs.prefetch = true;
    else if (flag == "--checked")
      checked = true;
    else if (flag == "--stmt")
      outputs.stmt = prefix + ".stmt";
    else if (flag == "--llvm")
      outputs.llvmAssembly = prefix + ".ll";
    else if (flag == "--asm")
      outputs.assembly = prefix + ".s";
    else if (flag == "--object")
      outputs.object = prefix + ".o";
    else {
      std::fprintf(stderr,
                   "cnx-kernel-worker: found flag '%s', expected --prefetch, --checked, --stmt, "
                   "--llvm, --asm "
                   "or --object\n",
                   flag.c_str());
      return 2;
    }
  }
  cnx::KernelFacts facts = cnx::compileKernel(graph, level, outputs, checked);
  nlohmann::json record = {{"symbol", cnx::kernelSymbol(graph)},
                           {"scratch_bytes", facts.scratchBytes},
                           {"tasks", facts.tasks}};
  std::ofstream out(prefix + ".json", std::ios::binary);
  out << record.dump() << '\n';
  out.close();
  if (!out)
    throw cnx::UserError(prefix + ".json: cannot be written");
  return 0;
}

int main(int argc, char **argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3 || (arguments[1] != "v3" && arguments[1] != "v4")) {
    std::fprintf(stderr, "usage: cnx-kernel-worker GRAPH.json v3|v4 PREFIX [--prefetch] "
                         "[--checked] [--stmt] [--llvm] "
                         "[--asm] [--object]\n");
    return 2;
  }
  try {
    return build(arguments[0], arguments[1] == "v3" ? cnx::Level::v3 : cnx::Level::v4, arguments[2],
                 {arguments.begin() + 3, arguments.end()});
  } catch (const std::exception &error) {
    std::fprintf(stderr, "cnx-kernel-worker: %s\n", error.what());
    return 3;
  }
}
