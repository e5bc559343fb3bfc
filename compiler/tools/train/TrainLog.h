// What happens in a training, a JSON object a line.
#pragma once

#include <fstream>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace cnx {

class TrainLog {
public:
  // Goes on behind what the file has where `append`. An empty path: nothing is written. Throws
  // UserError.
  TrainLog(const std::string &path, bool append);

  // One line, on disk when this returns, "event" first.
  void write(const char *event, const nlohmann::ordered_json &fields);

private:
  std::string path_;
  std::ofstream file_;
};

} // namespace cnx
