#include "compiler/codegen/Info.h"

#include "compiler/Error.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace cnx {
namespace {

using Json = nlohmann::json;

std::string enumerator(const Json &fields, const char *field,
                       const std::map<std::string, std::string> &names) {
  const std::string value = fields.at(field).get<std::string>();
  const auto found = names.find(value);
  if (found == names.end())
    throw UserError(fmt::format(
        "cnx.info: preprocessing: {}: found '{}', which no cnx_image_spec has", field, value));
  return found->second;
}

ImageSpecFacts imageSpec(const Json &fields) {
  ImageSpecFacts spec;
  spec.height = fields.at("height").get<int64_t>();
  spec.width = fields.at("width").get<int64_t>();
  spec.resize = enumerator(fields, "resize",
                           {{"shorter", "CNX_IMAGE_RESIZE_SHORTER"},
                            {"cover", "CNX_IMAGE_RESIZE_COVER"},
                            {"contain", "CNX_IMAGE_RESIZE_CONTAIN"},
                            {"exact", "CNX_IMAGE_RESIZE_SQUASH"}});
  spec.resizeHeight = fields.at("resize_height").get<int64_t>();
  spec.resizeWidth = fields.at("resize_width").get<int64_t>();
  spec.filter = enumerator(fields, "interpolation",
                           {{"bicubic", "CNX_IMAGE_BICUBIC"}, {"bilinear", "CNX_IMAGE_BILINEAR"}});
  spec.crop = enumerator(fields, "crop_rounding",
                         {{"half_even", "CNX_IMAGE_CROP_ROUND"},
                          {"down", "CNX_IMAGE_CROP_FLOOR"},
                          {"half_even_on_mean", "CNX_IMAGE_CROP_MEAN"}});
  spec.mean = fields.at("mean").get<std::array<double, 3>>();
  spec.std = fields.at("std").get<std::array<double, 3>>();
  return spec;
}

} // namespace

InfoFacts readInfo(const std::string &info) {
  InfoFacts facts;
  if (info.empty())
    return facts;
  try {
    const Json fields = Json::parse(info);
    if (fields.contains("labels"))
      facts.labels = fields.at("labels").get<std::vector<std::string>>();
    if (fields.contains("preprocessing"))
      facts.imageSpec = imageSpec(fields.at("preprocessing"));
  } catch (const Json::exception &error) {
    throw UserError(
        fmt::format("cnx.info: found text that is not what cnx writes there: {}", error.what()));
  }
  return facts;
}

} // namespace cnx
