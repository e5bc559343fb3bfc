#include "compiler/tools/Processor.h"

#include <algorithm>
#include <fstream>

namespace cnx {

std::string processorName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name"))
      return line.substr(std::min(line.size(), line.find(": ") + 2));
  return "unknown processor";
}

} // namespace cnx
