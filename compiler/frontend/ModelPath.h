// What a user's word for a model names, decided by the file system and the suffix alone.
#pragma once

#include <string>

namespace cnx {

struct ModelPath {
  enum class Kind { preset, json, checkpoint, folder } kind = Kind::preset;
  std::string path;   // as given; of `folder` the folder
  std::string file;   // of checkpoint and folder: the safetensors file, or the index of several
  std::string folder; // that holds `file`
};

// A preset's exact name is a preset, whatever lies in the current folder. Throws UserError: nothing
// of that name, a pickle (with the line of Python that converts it), a folder without a checkpoint.
ModelPath resolveModel(const std::string &model);
// The same for --weights, where a preset is no answer.
ModelPath resolveWeights(const std::string &path);

// The model's name from preset, file stem or folder: letters, digits and underscores, no digit
// first.
std::string nameFromPath(const ModelPath &path);
std::string toIdentifier(const std::string &text);
bool isIdentifier(const std::string &text);

} // namespace cnx
