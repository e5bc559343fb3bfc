// A model compiled to be run by this process: from the cache where it is there, else made and kept.
#pragma once

#include "compiler/codegen/Interface.h"

#include <filesystem>
#include <memory>
#include <string>

namespace cnx {

class CacheEntry;
class CompileJob;

class BuiltModel {
public:
  // Finishes the job. Without --cpu the library has only the level that this machine will choose.
  explicit BuiltModel(CompileJob &job);
  ~BuiltModel();
  BuiltModel(const BuiltModel &) = delete;
  BuiltModel &operator=(const BuiltModel &) = delete;

  const std::string &name() const { return name_; }
  const InterfaceFacts &facts() const { return facts_; }
  std::filesystem::path sharedObject() const;
  std::filesystem::path weights() const;
  std::filesystem::path manifest() const;

private:
  std::string name_;
  InterfaceFacts facts_;
  std::filesystem::path folder_;
  std::unique_ptr<CacheEntry> entry_;     // of a cached model: it stays while this lives
  std::filesystem::path temporaryFolder_; // with --no-cache: removed with this
};

} // namespace cnx
