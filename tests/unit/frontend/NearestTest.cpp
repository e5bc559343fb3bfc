#include "compiler/frontend/Nearest.h"
#include "tests/support/catch.h"

#include <vector>

using namespace cnx;

static const std::vector<std::string> kNames = {"depths", "dims",          "drop_path",
                                                "image",  "convnext_tiny", "convnext_nano"};

TEST_CASE("the nearest name") {
  CHECK(nearestName("depth", kNames) == "depths");
  CHECK(nearestName("dpeths", kNames) == "depths");
  CHECK(nearestName("DropPath", kNames) == "drop_path");
  CHECK(nearestName("convnext_tinny", kNames) == "convnext_tiny");
  CHECK(nearestName("dim", kNames) == "dims");
  CHECK(nearestName("image", kNames) == "image");
}

TEST_CASE("a word that is like none of them") {
  CHECK(nearestName("momentum", kNames).empty());
  CHECK(nearestName("", kNames).empty());
  CHECK(didYouMean("zzz", kNames).empty());
  CHECK(nearestName("x", {}).empty());
}
