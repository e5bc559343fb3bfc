// Any text as a JSON description or as a dump of the phase desc. What is read has a network's
// numbers and is written and read again unchanged; what is not has a message that names the file.
#include "compiler/Error.h"
#include "compiler/frontend/DescDump.h"
#include "compiler/frontend/Description.h"
#include "compiler/frontend/JsonText.h"

#include <cstdlib>
#include <cstring>

using namespace cnx;

namespace {

void require(bool condition) {
  if (!condition)
    std::abort();
}

void check(const ModelDesc &desc) {
  for (int stage = 0; stage < kStages; ++stage) {
    require(desc.depths[stage] >= 1 && desc.depths[stage] <= kLargestDepth);
    require(desc.dims[stage] >= 1 && desc.dims[stage] <= kLargestWidth);
  }
  require(desc.height >= kSmallestImage && desc.height <= kLargestImage);
  require(desc.width >= kSmallestImage && desc.width <= kLargestImage);
  require(desc.numClasses >= 0 && desc.headHidden >= 0);
  require(desc.eps.stemAndDown > 0 && desc.eps.block > 0 && desc.eps.final > 0);
  require(desc.dropPath >= 0 && desc.dropPath < 1 && desc.layerScaleInit >= 0);
}

void readBoth(const std::string &text) {
  JsonText json("fuzz.json", text);
  if (isDescDump(json)) {
    const Model model = readDescDump(json);
    check(model.desc);
    JsonText again("again.json", writeDesc(model));
    require(readDescDump(again).desc == model.desc);
    require(readDescDump(again).parameters.size() == model.parameters.size());
    return;
  }
  const ModelDesc desc = readDescription(JsonFields(json), "fuzz.json").desc;
  check(desc);
  JsonText again("again.json", describe(desc).dump());
  require(readDescription(JsonFields(again), "again.json").desc == desc);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try {
    readBoth(std::string(reinterpret_cast<const char *>(data), size));
  } catch (const UserError &error) {
    require(std::strncmp(error.what(), "fuzz.json:", 10) == 0);
  }
  return 0;
}
