#include "compiler/tools/train/TrainLog.h"

#include "compiler/Error.h"

#include <nlohmann/json.hpp>

namespace cnx {

TrainLog::TrainLog(const std::string &path, bool append) : path_(path) {
  if (path_.empty())
    return;
  file_.open(path_, append ? std::ios::app : std::ios::trunc);
  if (!file_)
    throw UserError("--log " + path_ + ": cannot be opened");
}

void TrainLog::write(const char *event, const nlohmann::ordered_json &fields) {
  if (path_.empty())
    return;
  nlohmann::ordered_json line{{"event", event}};
  line.update(fields);
  file_ << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
  if (!file_.flush())
    throw UserError("--log " + path_ + ": cannot be written");
}

} // namespace cnx
