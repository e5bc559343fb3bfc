#include "compiler/codegen/Names.h"

#include "compiler/Error.h"
#include "tests/support/catch.h"

namespace cnx {

TEST_CASE("identifiers of layer paths") {
  CHECK(identifier("stages.2.blocks.5") == "stages_2_blocks_5");
  CHECK(identifier("1.weight") == "n1_weight");
  CHECK(identifier("__a--b__c") == "a_b_c");
}

TEST_CASE("a scope hands out a name once and no keyword") {
  NameScope scope({"run"});
  CHECK(scope.take("x") == "x");
  CHECK(scope.take("x") == "x_2");
  CHECK(scope.take("run") == "run_2");
  CHECK(scope.take("switch") == "switch_");
}

TEST_CASE("layers belong to blocks") {
  CHECK(blockOf("stages.2.blocks.5.mlp.fc1") == "stages.2.blocks.5");
  CHECK(withinBlock("stages.2.blocks.5.mlp.fc1") == "mlp.fc1");
  CHECK(blockOf("stages.2.downsample.1") == "stages.2.downsample");
  CHECK(withinBlock("stages.2.downsample.1") == "1");
  CHECK(blockOf("head.fc") == "head");
  CHECK(withinBlock("head").empty());
}

TEST_CASE("a model's name must be usable in C, C++ and the emitted code") {
  for (const char *good : {"tiny", "convnextv2_atto", "Model7"})
    CHECK_NOTHROW(checkModelName(good));
  for (const char *bad :
       {"", "7up", "a-b", "int", "template", "_x", "a__b", "cnx_rt", "weights", "Run"}) {
    INFO(bad);
    CHECK_THROWS_WITH(checkModelName(bad), Catch::Contains("--name: found '" + std::string(bad) +
                                                           "', expected a C identifier"));
  }
}

} // namespace cnx
