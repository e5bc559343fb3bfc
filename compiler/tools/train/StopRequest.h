// Ctrl-C and SIGTERM as a wish: the step under way is finished and its result saved. A second one
// ends the process at once; signals that were ignored stay so.
#pragma once

namespace cnx {

class StopRequest {
public:
  StopRequest();  // one at a time
  ~StopRequest(); // the signals do what they did before
  StopRequest(const StopRequest &) = delete;
  StopRequest &operator=(const StopRequest &) = delete;

  bool made() const;
};

} // namespace cnx
