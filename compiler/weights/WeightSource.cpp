#include "compiler/weights/WeightSource.h"

#include "compiler/Error.h"
#include "compiler/weights/Initialiser.h"
#include "compiler/weights/SafetensorsFile.h"

#include <fmt/format.h>

namespace cnx {

WeightSource::WeightSource(std::vector<Parameter> parameters) : all(std::move(parameters)) {
  for (size_t i = 0; i < all.size(); ++i)
    if (!index.emplace(all[i].name, i).second)
      throw UserError("parameter " + all[i].name + ": found twice, expected once");
}

WeightSource::~WeightSource() = default;

const Parameter &WeightSource::parameter(const std::string &name) const {
  auto found = index.find(name);
  if (found == index.end())
    throw UserError("parameter " + name + ": found nowhere in the model");
  return all[found->second];
}

const SafetensorsFile &WeightSource::file(const std::string &path) const {
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<SafetensorsFile> &slot = files[path];
  if (!slot)
    slot = std::make_unique<SafetensorsFile>(path);
  return *slot;
}

void WeightSource::read(const std::string &name, std::span<float> values) const {
  const Parameter &wanted = parameter(name);
  if (wanted.file.empty()) {
    initialise(wanted, values);
    return;
  }
  const cnx_io_tensor *tensor = file(wanted.file).find(wanted.tensor);
  if (!tensor)
    throw UserError(fmt::format("{}: {}: found no such tensor", wanted.file, wanted.tensor));
  Shape found = shapeOf(*tensor);
  if (withoutOnes(found) != withoutOnes(wanted.shape))
    throw UserError(fmt::format("{}: {}: found shape {}, expected {}", wanted.file, wanted.tensor,
                                formatShape(found), formatShape(wanted.shape)));
  readFloats(*tensor, wanted.file, values);
}

std::vector<float> WeightSource::values(const std::string &name) const {
  std::vector<float> result(parameter(name).size());
  read(name, result);
  return result;
}

WeightArray WeightSource::array(const std::string &name) const {
  std::vector<float> narrow = values(name);
  return {parameter(name).shape, {narrow.begin(), narrow.end()}};
}

} // namespace cnx
