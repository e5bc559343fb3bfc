#include "compiler/tools/train/StopRequest.h"

#include <csignal>

namespace cnx {

namespace {

volatile std::sig_atomic_t requested = 0;
struct sigaction before[2];
constexpr int kSignals[2] = {SIGINT, SIGTERM};

void request(int) { requested = 1; }

} // namespace

StopRequest::StopRequest() {
  requested = 0;
  struct sigaction action {};
  action.sa_handler = request;
  action.sa_flags = int(SA_RESETHAND | SA_RESTART);
  for (int i = 0; i < 2; ++i) {
    sigaction(kSignals[i], nullptr, &before[i]);
    if (before[i].sa_handler != SIG_IGN) // as a shell leaves SIGINT to what runs in its background
      sigaction(kSignals[i], &action, nullptr);
  }
}

StopRequest::~StopRequest() {
  for (int i = 0; i < 2; ++i)
    sigaction(kSignals[i], &before[i], nullptr);
}

bool StopRequest::made() const { return requested != 0; }

} // namespace cnx
