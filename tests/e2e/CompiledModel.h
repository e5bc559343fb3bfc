// A network compiled by the real cnx, linked by the system's C compiler and loaded into this
// process.
#pragma once

#include "tests/e2e/RunProgram.h"

#include <filesystem>
#include <string>
#include <vector>

// The driver as a user runs it, with a cache of its own that outlives the test.
ProgramResult runCnx(const std::vector<std::string> &arguments);

// A fresh folder for this test's files.
std::filesystem::path testFolder(const std::string &name);

struct ForwardResult {
  int status = 0;
  std::string message;
  int level = 0; // cnx_rt_level
  std::vector<std::vector<float>> outputs;
};

class CompiledModel {
public:
  // Runs `cnx compile MODEL -o FOLDER --name NAME --outputs OUTPUTS OPTIONS`, then builds a C99
  // program text that includes NAME.h and calls every function of it into a shared object. A
  // failure of either is a failure of the test.
  CompiledModel(const std::string &name, const std::string &model,
                const std::vector<std::string> &outputs,
                const std::vector<std::string> &options = {});
  ~CompiledModel();
  CompiledModel(const CompiledModel &) = delete;
  CompiledModel &operator=(const CompiledModel &) = delete;

  const std::filesystem::path &folder() const { return folder_; }
  std::filesystem::path weights() const { return folder_ / (name_ + ".weights"); }

  // sizes: elements of each output. Outputs are filled with NaN first.
  ForwardResult forward(int batch, const void *image, const std::vector<size_t> &sizes,
                        unsigned threads = 1, const std::string &weights = "") const;

private:
  std::string name_;
  std::filesystem::path folder_;
  void *library_ = nullptr;
};
