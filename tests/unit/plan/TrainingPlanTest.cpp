// Plans of training builds: what every random network's looks like, and the verifier against plans
// that a hand broke.
#include "compiler/plan/ReadPlan.h"
#include "ir/TrainedLayout.h"
#include "tests/support/catch.h"
#include "tests/unit/passes/RandomNet.h"
#include "tests/unit/plan/PlannedNet.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Verifier.h"

#include <map>
#include <set>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

// A random network whose last result, its head's, is called logits.
std::string trainableNet(uint64_t seed, int batch) {
  std::string text = test::randomNet(seed, {.frozen = false, .batch = batch});
  const size_t last = text.rfind("cnx.name = \"out");
  REQUIRE(last != std::string::npos);
  const size_t begin = text.find('"', last) + 1;
  return text.replace(begin, text.find('"', begin) - begin, "logits");
}

struct Trained : test::PlannedNet {
  explicit Trained(Gradients gradients = Gradients::sum)
      : Trained(test::Training{.gradients = gradients}) {}
  explicit Trained(const test::Training &training)
      : PlannedNet(trainableNet(1, 2), training), builder(&context) {}
  std::string report() { return test::complaints(*module); }
  plan::ProgramOp named(llvm::StringRef name) {
    auto found = module->lookupSymbol<plan::ProgramOp>(name);
    REQUIRE(found);
    return found;
  }
  plan::ViewOp viewOf(plan::ProgramOp program, llvm::StringRef segment) {
    for (auto view : program.getOps<plan::ViewOp>())
      if (view.getSegment() == segment)
        return view;
    FAIL("no view of @" << segment.str());
    return {};
  }
  // The first launch that changes a view of the segment, and the argument it is.
  std::pair<plan::LaunchOp, unsigned> changing(plan::ProgramOp program, llvm::StringRef segment) {
    for (auto launch : program.getOps<plan::LaunchOp>()) {
      auto kernel = module->lookupSymbol<plan::KernelOp>(launch.getKernel());
      for (auto [i, buffer] : llvm::enumerate(launch.getBuffers()))
        if (buffer.getDefiningOp<plan::ViewOp>().getSegment() == segment &&
            mlir::cast<mlir::StringAttr>(kernel.getAccess()[i]).getValue() != "r")
          return {launch, unsigned(i)};
    }
    FAIL("nothing changes @" << segment.str());
    return {};
  }
  mlir::OpBuilder builder;
};

} // namespace

TEST_CASE("every random network gets a sound training plan") {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    const std::string text = trainableNet(seed, int(1 + seed % 3));
    const bool adamw = seed % 2, ema = seed % 3 == 0;
    const auto gradients = Gradients(seed / 4 % 3);
    const bool keepTransposed = seed % 5 < 2;
    INFO("seed " << seed << "\n" << text);
    test::PlannedNet net(text, test::Training{.adamw = adamw,
                                              .ema = ema,
                                              .fusion = seed % 4 < 2,
                                              .gradients = gradients,
                                              .keepTransposed = keepTransposed});
    CHECK(test::complaints(*net.module) == "");
    const Plan plan = readPlan(*net.module);
    CHECK(plan.isTraining());

    std::map<std::string, int64_t> flat;
    for (const PlanSegment &segment : plan.segments)
      if (segment.kind != SegmentKind::weights && segment.kind != SegmentKind::arena &&
          segment.kind != SegmentKind::io && segment.kind != SegmentKind::derived)
        flat[segment.name] = segment.bytes;
    std::set<std::string> expected = {"param", "moment1"};
    if (gradients != Gradients::immediate) {
      expected.insert("grad");
      // Gradients that do not add up lie in the arena.
      CHECK(plan.findSegment("grad")->arenaOffset == (gradients == Gradients::sum ? -1 : 0));
    }
    if (gradients == Gradients::keep)
      CHECK(plan.findSegment("arena")->bytes >= flat["grad"]);
    if (adamw)
      expected.insert("moment2");
    if (ema)
      expected.insert("ema");
    std::set<std::string> names;
    for (const auto &[name, bytes] : flat) {
      names.insert(name);
      CHECK(bytes == flat["param"]);
      CHECK(bytes % (ir::kUpdateBlock * 4) == 0);
    }
    CHECK(names == expected);

    // Every parameter is in one place: trained ones at blocks of their own, frozen ones raw.
    for (const PlanConstant &constant : plan.constants)
      if (constant.segment == SegmentKind::param)
        CHECK(constant.offset % (ir::kUpdateBlock * 4) == 0);
    for (const Parameter &parameter : plan.parameters) {
      int found = 0;
      for (const PlanConstant &constant : plan.constants)
        found += constant.expr == "@" + parameter.name ||
                 (constant.segment == SegmentKind::param &&
                  constant.expr.find("(@" + parameter.name + ")") != std::string::npos);
      INFO(parameter.name);
      CHECK(found == 1);
    }

    // A kept copy is made by one launch, and backward makes none.
    size_t copies = 0, made = 0;
    for (const PlanConstant &constant : plan.constants)
      copies += constant.segment == SegmentKind::derived;
    for (const PlanProgram &program : plan.programs)
      for (const PlanLaunch &launch : program.launches) {
        const bool transposes = plan.kernels[size_t(launch.kernel)].symbol.find(
                                    "transpose_panels") != std::string::npos;
        CHECK((!transposes || !keepTransposed || program.direction == "transpose"));
        made += transposes && program.direction == "transpose";
      }
    CHECK(made == copies);
    CHECK((keepTransposed || copies == 0));

    for (const PlanProgram &program : plan.programs) {
      if (program.direction == "transpose")
        continue;
      CHECK((gradients != Gradients::immediate || program.batch != 0 ||
             program.direction == "average"));
      std::set<Section> sections;
      Section last = Section::forward;
      for (const PlanLaunch &launch : program.launches) {
        CHECK(int(launch.section) >= int(last));
        last = launch.section;
        sections.insert(last);
      }
      CHECK(sections.size() == (program.direction == "train" ? 3 : 1));
      CHECK(program.batch == (program.direction == "train" || program.direction == "forward"
                                  ? int64_t(1 + seed % 3)
                                  : 0));
    }
  }
}

TEST_CASE("a sound training plan") { CHECK(Trained().report() == ""); }

TEST_CASE("sections out of order") {
  Trained net;
  plan::ProgramOp train = net.named("train_b2");
  auto sections = llvm::to_vector(train.getOps<plan::SectionOp>());
  REQUIRE(sections.size() == 3);
  SECTION("swapped") {
    sections[1].setName("backward");
    sections[2].setName("loss");
    CHECK_THAT(net.report(), Contains("has the sections [forward, backward, loss], expected "
                                      "[forward, loss, backward]"));
  }
  SECTION("missing") {
    sections[2].erase();
    CHECK_THAT(net.report(), Contains("has the sections [forward, loss], expected"));
  }
  SECTION("in a forward program") {
    sections[2]->moveBefore(&net.named("forward_b2").getBody().front().front());
    CHECK_THAT(net.report(), Contains("of direction forward has the sections [backward]"));
  }
  SECTION("a loss of two launches") {
    mlir::Operation *before = sections[1]->getPrevNode();
    while (!mlir::isa<plan::LaunchOp>(before))
      before = before->getPrevNode();
    sections[1]->moveBefore(before);
    CHECK_THAT(net.report(), Contains("has 2 launches in its section loss, expected 1"));
  }
}

TEST_CASE("a program that changes what it may not") {
  Trained net;
  SECTION("parameters in backward") {
    auto [launch, argument] = net.changing(net.named("train_b2"), "grad");
    launch.getBuffers()[argument].getDefiningOp<plan::ViewOp>().setSegment("param");
    CHECK_THAT(net.report(), Contains("writes to @param, which a program of direction train may "
                                      "not change"));
  }
  SECTION("gradients in an update") {
    net.viewOf(net.named("flat_update"), "param").setSegment("grad");
    CHECK_THAT(net.report(),
               Contains("writes to @grad, which a program of direction update may not change"));
  }
  SECTION("a gradient twice") {
    auto [launch, argument] = net.changing(net.named("train_b2"), "grad");
    net.builder.setInsertionPointAfter(launch);
    auto again = mlir::cast<plan::LaunchOp>(net.builder.clone(*launch));
    again.setId(1000000);
    CHECK_THAT(net.report(), Contains("changes a window of @grad again"));
  }
}

TEST_CASE("flat segments of different layouts") {
  Trained net;
  SECTION("of another size") {
    net.segment("moment1").setBytes(net.segment("moment1").getBytes() + 1024);
    CHECK_THAT(net.report(), Contains("bytes, @param has"));
  }
  SECTION("a gradient that is no tensor's") {
    auto [launch, argument] = net.changing(net.named("train_b2"), "grad");
    plan::ViewOp view = launch.getBuffers()[argument].getDefiningOp<plan::ViewOp>();
    view.setOffset(view.getOffset() + 64);
    CHECK_THAT(net.report(), Contains("is no tensor of @grad"));
  }
  SECTION("parameters that overlap") {
    auto constants = llvm::to_vector(net.module->getOps<plan::ConstantOp>());
    llvm::erase_if(constants, [](plan::ConstantOp c) { return c.getSegment() != "param"; });
    REQUIRE(constants.size() > 1);
    constants[1].setOffset(constants[0].getOffset());
    CHECK_THAT(net.report(), Contains("overlaps @"));
  }
}

TEST_CASE("gradients in the arena") {
  Trained net(Gradients::keep);
  plan::ProgramOp train = net.named("train_b2");
  auto [launch, argument] = net.changing(train, "grad");
  auto made = launch.getBuffers()[argument].getDefiningOp<plan::ViewOp>();
  SECTION("sound") { CHECK(net.report() == ""); }
  SECTION("outside of it") {
    net.segment("grad").setArenaOffset(net.segment("arena").getBytes());
    CHECK_THAT(net.report(), Contains("of the arena, which has"));
  }
  SECTION("not aligned") {
    net.segment("grad").setArenaOffset(4);
    net.segment("arena").setBytes(net.segment("arena").getBytes() + 64);
    CHECK_THAT(net.report(), Contains("lies at byte 4 of the arena"));
  }
  SECTION("which is no place for parameters") {
    net.segment("param").setArenaOffset(0);
    CHECK_THAT(net.report(), Contains("lies in the arena, where only gradients may"));
  }
  SECTION("one is not made") {
    made.setSegment("arena");
    made.setOffset(net.segment("arena").getBytes());
    net.segment("arena").setBytes(made.getOffset() + net.segment("grad").getBytes());
    CHECK_THAT(net.report(), Contains("makes no gradient of @"));
  }
  SECTION("one is overwritten by a later activation") {
    // What launches write first, in order: the last of it comes after the first gradient.
    plan::ViewOp late;
    for (auto each : train.getOps<plan::LaunchOp>())
      for (mlir::Value buffer : each.getBuffers())
        if (auto view = buffer.getDefiningOp<plan::ViewOp>();
            view.getSegment() == "arena" && launch->isBeforeInBlock(each) &&
            llvm::none_of(view->getUsers(), [&, first = launch](mlir::Operation *user) {
              return user == first || user->isBeforeInBlock(first);
            }))
          late = view;
    REQUIRE(late);
    late.setOffset(made.getOffset());
    net.segment("arena").setBytes(int64_t{1} << 40);
    CHECK_THAT(net.report(), Contains("is overwritten before the program ends"));
  }
  SECTION("read where a program has written over them") {
    plan::ProgramOp update = net.named("flat_update");
    auto first = *update.getOps<plan::LaunchOp>().begin();
    net.builder.setInsertionPointAfter(first);
    auto second = mlir::cast<plan::LaunchOp>(net.builder.clone(*first));
    second.setId(1000000);
    net.viewOf(update, "param").setSegment("arena");
    CHECK_THAT(net.report(), Contains("is read after launch") && Contains("has written there"));
  }
}

TEST_CASE("parameters that change within the backward pass") {
  Trained net(Gradients::immediate);
  plan::ProgramOp train = net.named("train_b2");
  auto [launch, argument] = net.changing(train, "param");
  auto changed = launch.getBuffers()[argument].getDefiningOp<plan::ViewOp>();
  SECTION("sound") { CHECK(net.report() == ""); }
  SECTION("one does not") {
    changed.setSegment("arena");
    changed.setOffset(net.segment("arena").getBytes());
    net.segment("arena").setBytes(changed.getOffset() + net.segment("param").getBytes());
    CHECK_THAT(net.report(), Contains("does not update @"));
  }
  SECTION("one that is still to be read") {
    plan::LaunchOp reader;
    for (auto each : train.getOps<plan::LaunchOp>())
      for (mlir::Value buffer : each.getBuffers()) {
        auto view = buffer.getDefiningOp<plan::ViewOp>();
        if (each != launch && view.getSegment() == "param" &&
            view.getOffset() == changed.getOffset())
          reader = each;
      }
    REQUIRE(reader);
    REQUIRE(reader->isBeforeInBlock(launch));
    reader->moveAfter(launch);
    CHECK_THAT(net.report(), Contains("is read after launch") && Contains("has written there"));
  }
  SECTION("a number of a table that is not whole") {
    for (auto view : train.getOps<plan::ViewOp>())
      if (view.getSegment() == "rate") {
        view.setOffset(view.getOffset() + 2);
        break;
      }
    CHECK(mlir::failed(mlir::verify(*net.module)));
  }
}
TEST_CASE("copies of parameters that are kept") {
  Trained net(test::Training{.keepTransposed = true});
  plan::ProgramOp transpose = net.named("flat_transpose");
  plan::ViewOp copy = net.viewOf(transpose, "transposed");
  SECTION("sound") { CHECK(net.report() == ""); }
  SECTION("one that nobody makes") {
    copy.setSegment("arena");
    copy.setOffset(net.segment("arena").getBytes());
    net.segment("arena").setBytes(copy.getOffset() + net.segment("transposed").getBytes());
    CHECK_THAT(net.report(), Contains(".transposed") || Contains("is made by no program"));
  }
  SECTION("changed by a backward pass") {
    transpose.setDirection("train");
    CHECK_THAT(
        net.report(),
        Contains("writes to @transposed, which a program of direction train may not change"));
  }
  SECTION("of another shape") {
    copy.setOffset(copy.getOffset() + plan::kAlignment);
    CHECK_THAT(net.report(), Contains("is no constant of @transposed"));
  }
}
