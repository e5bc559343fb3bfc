// The form of the IR: functions, arguments, locations, layouts.
#include "compiler/frontend/BuildIr.h"
#include "compiler/Error.h"
#include "ir/CnxOps.h"
#include "tests/support/TemporaryFolder.h"
#include "tests/support/catch.h"
#include "tests/unit/frontend/ReferenceRun.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <fstream>
#include <map>

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

struct Network {
  TemporaryFolder folder;
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  ModelOptions options;
  std::string file = folder / "net.json";
  mlir::OwningOpRef<mlir::ModuleOp> module;

  Network() {
    std::ofstream(file)
        << "{ \"model\": \"convnext\",\n  \"depths\": [1, 1, 2, 1],\n  \"dims\": [4, 6, 8, 10],\n"
           "  \"num_classes\": 3, \"layer_scale_init\": 0.5,\n  \"drop_path\": 0.2, \"image\": "
           "[64, 32] }";
  }
  void build() {
    module = buildIr(context, loadModel(file, options), options);
    REQUIRE(mlir::succeeded(mlir::verify(*module)));
  }
  std::vector<mlir::func::FuncOp> functions() {
    return {module->getOps<mlir::func::FuncOp>().begin(),
            module->getOps<mlir::func::FuncOp>().end()};
  }
  template <typename Op> std::vector<Op> all() {
    std::vector<Op> ops;
    module->walk([&](Op op) { ops.push_back(op); });
    return ops;
  }
};

std::string text(mlir::Type type) {
  std::string result;
  llvm::raw_string_ostream(result) << type;
  return result;
}

std::string text(mlir::Location location) {
  std::string result;
  llvm::raw_string_ostream(result) << location;
  return result;
}

} // namespace

TEST_CASE_METHOD(Network, "one function a batch, with named arguments and results") {
  options.batches = {8, 1};
  options.outputs = {"stage1", "logits"};
  build();
  auto f = functions();
  REQUIRE(f.size() == 2);
  CHECK(f[0].getName() == "forward_b8");
  CHECK(f[1].getName() == "forward_b1");
  REQUIRE(f[0].getNumArguments() == 1);
  CHECK(text(f[0].getArgumentTypes()[0]) == "tensor<8x3x64x32xf32>");
  CHECK(f[0].getArgAttrOfType<mlir::StringAttr>(0, "cnx.name").getValue() == "image");
  REQUIRE(f[0].getNumResults() == 2);
  CHECK(text(f[0].getResultTypes()[0]) == "tensor<8x6x8x4xf32>");
  CHECK(text(f[0].getResultTypes()[1]) == "tensor<8x3xf32>");
  CHECK(f[0].getResultAttrOfType<mlir::StringAttr>(0, "cnx.name").getValue() == "stage1");
  CHECK(f[0].getResultAttrOfType<mlir::StringAttr>(1, "cnx.name").getValue() == "logits");
  CHECK((*module)->getAttrOfType<mlir::StringAttr>("cnx.name").getValue() == "net");
  CHECK((*module)
            ->getAttrOfType<mlir::StringAttr>("cnx.info")
            .getValue()
            .contains("\"preprocessing\""));
}

TEST_CASE_METHOD(Network, "weights mirror the parameters, in the network's order") {
  options.seed = 7;
  build();
  auto weights = all<ir::WeightOp>();
  Model model = loadModel(file, options);
  REQUIRE(weights.size() == model.parameters.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    const Parameter &p = model.parameters[i];
    CHECK(weights[i].getSymName() == p.name);
    CHECK(weights[i].getType().getShape() == llvm::ArrayRef<int64_t>(p.shape));
    CHECK(weights[i].getInit() == static_cast<Initialiser>(p.init));
    CHECK(weights[i].getInitValue() == p.initValue);
    CHECK(weights[i].getSeed() == static_cast<int64_t>(p.seed));
    CHECK(weights[i].getFrozen());
    CHECK_FALSE(weights[i].getFile());
  }
}

TEST_CASE_METHOD(Network, "locations are layers, at the line of the field that asked for them") {
  build();
  auto dwconvs = all<ir::DwconvOp>();
  REQUIRE(dwconvs.size() == 5);
  CHECK(text(dwconvs[3].getLoc()) == "loc(\"stages.2.blocks.1.conv_dw\"(\"" + file + "\":2:1))");
  auto convs = all<ir::PatchConvOp>();
  REQUIRE(convs.size() == 4);
  CHECK(text(convs[0].getLoc()) == "loc(\"stem.0\"(\"" + file + "\":3:1))");
  CHECK(text(convs[3].getLoc()) == "loc(\"stages.3.downsample.1\"(\"" + file + "\":3:1))");
  CHECK(text(all<ir::RelayoutOp>()[0].getLoc()) == "loc(\"stem.image\"(\"" + file + "\":5:1))");
  auto linears = all<ir::LinearOp>();
  CHECK(text(linears.back().getLoc()) == "loc(\"head.fc\"(\"" + file + "\":4:1))");
  module->walk([&](mlir::Operation *op) {
    if (op != module->getOperation())
      CHECK(mlir::isa<mlir::NameLoc>(op->getLoc()));
  });
}

TEST_CASE_METHOD(Network, "layer paths are timm's whatever the checkpoint's names") {
  Model model = loadModel(std::string(CNX_VECTORS) + "/torchvision_v1.safetensors", options);
  module = buildIr(context, model, options);
  CHECK(text(all<ir::DwconvOp>()[3].getLoc()) == "loc(\"stages.2.blocks.1.conv_dw\")");
  auto weights = all<ir::WeightOp>();
  CHECK(weights[0].getSymName() == "features.0.0.weight");
  CHECK(weights[0].getTensor() == llvm::StringRef("features.0.0.weight"));
  CHECK(weights[0].getFile()->ends_with("torchvision_v1.safetensors"));
}

TEST_CASE_METHOD(Network, "training takes a factor a block that drops") {
  options.train = true;
  options.batches = {2};
  build();
  auto f = functions()[0];
  REQUIRE(f.getNumArguments() == 5); // five blocks, the first never drops
  CHECK(text(f.getArgumentTypes()[4]) == "tensor<2xf32>");
  CHECK(f.getArgAttrOfType<mlir::StringAttr>(1, "cnx.name").getValue() == "drop_path.1");
  auto drops = all<ir::DropPathOp>();
  REQUIRE(drops.size() == 4);
  CHECK(drops[0].getSite() == 1);
  CHECK(drops[3].getSite() == 4);
  CHECK(drops[0].getRate() == Approx(0.05));
  CHECK(drops[3].getRate() == Approx(0.2));
  CHECK_FALSE(all<ir::WeightOp>()[0].getFrozen());
}

TEST_CASE_METHOD(Network, "what no output needs is not built") {
  options.outputs = {"stage0"};
  build();
  CHECK(all<ir::DwconvOp>().size() == 1);
  CHECK(all<ir::WeightOp>().back().getSymName() == "stages.0.blocks.0.gamma");
  options.outputs = {"stem"};
  build();
  CHECK(all<ir::WeightOp>().size() == 4);
  options.outputs = {"pooled"};
  build();
  CHECK(all<ir::WeightOp>().back().getSymName() == "head.norm.bias");
}

TEST_CASE_METHOD(Network, "input formats and output layouts give the same numbers") {
  options.outputs = {"stage2", "logits"};
  std::vector<double> bytes, nchw(3 * 64 * 32), nhwc;
  Model model = loadModel(file, options);
  const Preprocessing &p = model.info.preprocessing;
  for (int i = 0; i < 64 * 32 * 3; ++i) {
    int c = i % 3, pixel = i / 3;
    bytes.push_back(i * 37 % 256);
    nhwc.push_back((bytes.back() / 255 - p.mean[c]) / p.std[c]);
    nchw[c * 64 * 32 + pixel] = nhwc.back();
  }
  auto first = test::runReference(model, options, nchw);
  options.outputLayout = OutputLayout::nhwc;
  options.inputFormat = InputFormat::f32Nhwc;
  auto second = test::runReference(model, options, nhwc);
  options.inputFormat = InputFormat::u8Nhwc;
  auto third = test::runReference(model, options, bytes);
  double largest = 0;
  for (int i = 0; i < 3; ++i) {
    largest = std::max(largest, std::abs(first["logits"][i]));
    CHECK(second["logits"][i] == first["logits"][i]);
    CHECK(third["logits"][i] == Approx(first["logits"][i]).margin(1e-9));
  }
  CHECK(largest > 1e-4);
  const int height = 4, width = 2, channels = 8;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        CHECK(first["stage2"][(c * height + y) * width + x] ==
              second["stage2"][(y * width + x) * channels + c]);
}

TEST_CASE_METHOD(Network, "message: batches") {
  options.batches = {};
  CHECK_THROWS_WITH(build(), Contains("--batch: found nothing"));
  options.batches = {0};
  CHECK_THROWS_WITH(build(), Contains("--batch: found 0, expected different integers from 1"));
  options.batches = {1, 1};
  CHECK_THROWS_WITH(build(), Contains("--batch: found 1 twice"));
}
