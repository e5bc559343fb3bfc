#include "compiler/tools/train/TrainProgress.h"

#include "compiler/tools/train/StopRequest.h"
#include "tests/support/catch.h"

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace cnx;

TEST_CASE("the progress line says where, how good, how fast and how long") {
  ProgressFacts facts;
  facts.epoch = 3;
  facts.epochs = 10;
  facts.batch = 100;
  facts.batches = 400;
  facts.loss = 0.51249;
  facts.accuracy = 0.8421;
  facts.imagesPerSecond = 511.6;
  facts.secondsLeft = 102;
  CHECK(progressText(facts) == "  3/10 [#####...............] 100/400  loss 0.5125  accuracy 84.2 "
                               "%  512 images/s  1:42 left");
}

TEST_CASE("durations") {
  CHECK(durationText(0) == "0:00");
  CHECK(durationText(59.6) == "1:00");
  CHECK(durationText(7384) == "2:03:04");
  CHECK(durationText(-3) == "0:00");
}

TEST_CASE("the rate forgets what was long ago") {
  using std::chrono::milliseconds;
  ImageRate rate;
  auto now = ImageRate::Clock::time_point(milliseconds(5000));
  rate.add(999, now); // when these began is not known
  for (int i = 0; i < 40; ++i)
    rate.add(10, now += milliseconds(100));
  CHECK(rate.imagesPerSecond() == Approx(100).epsilon(0.01));
  for (int i = 0; i < 400; ++i)
    rate.add(10, now += milliseconds(50));
  CHECK(rate.imagesPerSecond() == Approx(200).epsilon(0.03));
  rate.pause();
  rate.add(10, now += milliseconds(60000));
  rate.add(20, now += milliseconds(100));
  CHECK(rate.imagesPerSecond() == Approx(200).epsilon(0.01));
}

TEST_CASE("a signal is a wish, a second one the end") {
  {
    StopRequest stop;
    CHECK_FALSE(stop.made());
    std::raise(SIGTERM);
    CHECK(stop.made());
  }
  {
    StopRequest stop;
    CHECK_FALSE(stop.made()); // not the former one's
  }
  void (*before)(int) = std::signal(SIGINT, SIG_IGN);
  {
    StopRequest stop;
    std::raise(SIGINT);
    CHECK_FALSE(stop.made());
  }
  std::signal(SIGINT, before);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);
    StopRequest stop;
    std::raise(SIGINT);
    std::raise(SIGINT);
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
}
