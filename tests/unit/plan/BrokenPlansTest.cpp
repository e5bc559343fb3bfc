// The plan verifier against plans that were sound until a hand broke one rule: one test a rule.
#include "tests/support/catch.h"
#include "tests/unit/plan/PlannedNet.h"

#include "mlir/IR/Builders.h"

using namespace cnx;
using Catch::Matchers::Contains;

namespace {

// The launches, unfused: layer_norm, linear (fc1), gelu, linear (fc2), add, mean_pool. Arguments of
// fc1: n, weight, bias, h; of fc2: h, weight, z; of add: z, n.
struct Small : test::PlannedNet {
  Small() : PlannedNet(test::kSmallNet, /*fusion=*/false), builder(&context) {}
  plan::LaunchOp fc1() { return launch("linear_n1_h4_w4_c20_to"); }
  plan::LaunchOp fc2() { return launch("linear_n1_h4_w4_c40_to"); }
  plan::ViewOp argument(plan::LaunchOp of, unsigned index) {
    return of.getBuffers()[index].getDefiningOp<plan::ViewOp>();
  }
  plan::KernelOp kernel(llvm::StringRef prefix) {
    return module->lookupSymbol<plan::KernelOp>(launch(prefix).getKernel());
  }
  std::string report() { return test::complaints(*module); }
  mlir::OpBuilder builder;
};

} // namespace

TEST_CASE("a sound plan") { CHECK(Small().report() == ""); }

TEST_CASE("a buffer without an address") {
  Small small;
  plan::ViewOp view = small.argument(small.fc1(), 3);
  small.builder.setInsertionPoint(view);
  auto alloc = plan::AllocOp::create(small.builder, view.getLoc(), view.getType());
  view.replaceAllUsesWith(alloc.getResult());
  view.erase();
  CHECK_THAT(small.report(), Contains("has no address"));
}

TEST_CASE("a view that ends behind its segment") {
  Small small;
  small.segment("arena").setBytes(small.segment("arena").getBytes() - 64);
  CHECK_THAT(small.report(), Contains("ends at byte") && Contains("of @arena, which has"));
}

TEST_CASE("a view that nobody uses") {
  Small small;
  plan::ViewOp view = small.argument(small.fc1(), 3);
  small.builder.setInsertionPoint(view);
  small.builder.clone(*view);
  CHECK_THAT(small.report(), Contains("'plan.view' op is used by no launch"));
}

TEST_CASE("a view of a caller's array that does not start at 0") {
  Small small;
  small.segment("image").setBytes(1 << 20);
  small.view("layer_norm", 0).setOffset(64);
  CHECK_THAT(small.report(),
             Contains("of the caller's @image is not dense or does not start at 0"));
}

TEST_CASE("a view of a caller's array with padded rows") {
  Small small;
  small.segment("image").setBytes(1 << 20);
  plan::ViewOp view = small.view("layer_norm", 0);
  auto type = mlir::cast<plan::BufferType>(view.getType());
  view.getResult().setType(plan::BufferType::get(type.getShape(), type.getElement(), 32));
  CHECK_THAT(small.report(),
             Contains("of the caller's @image is not dense or does not start at 0"));
}

TEST_CASE("a view of the weights that is no constant") {
  Small small;
  plan::ViewOp view = small.argument(small.fc1(), 1);
  SECTION("by its offset") { view.setOffset(view.getOffset() + 64); }
  SECTION("by its shape") {
    auto type = mlir::cast<plan::BufferType>(view.getType());
    view.getResult().setType(plan::BufferType::get({3, 10, 32}, type.getElement(), 32));
  }
  CHECK_THAT(small.report(), Contains("is no constant of @weights"));
}

TEST_CASE("a constant that ends behind the weights") {
  Small small;
  small.segment("weights").setBytes(small.segment("weights").getBytes() - 64);
  CHECK_THAT(small.report(), Contains("of @weights, which has"));
}

TEST_CASE("constants that overlap") {
  Small small;
  auto constants = llvm::to_vector(small.module->getOps<plan::ConstantOp>());
  REQUIRE(constants.size() == 3);
  constants[1].setOffset(constants[1].getOffset() - 64);
  CHECK_THAT(small.report(), Contains("overlaps @fc1.weight.packed"));
}

TEST_CASE("a constant made of a parameter that does not exist") {
  Small small;
  auto constant = *small.module->getOps<plan::ConstantOp>().begin();
  SECTION("bare") {
    constant.setExpr("pack_panels(fold_in(@fc1.weight, @norm.gain))");
    CHECK_THAT(small.report(), Contains("reads the parameter @norm.gain, which does not exist"));
  }
  SECTION("quoted") {
    constant.setExpr("pack_panels(@\"a b\")");
    CHECK_THAT(small.report(), Contains("reads the parameter @a b, which does not exist"));
  }
}

TEST_CASE("a constant that no launch reads") {
  Small small;
  auto last = llvm::to_vector(small.module->getOps<plan::ConstantOp>()).back();
  small.builder.setInsertionPoint(last);
  auto spare = mlir::cast<plan::ConstantOp>(small.builder.clone(*last));
  spare.setSymName("spare");
  spare.setOffset(small.segment("weights").getBytes());
  small.segment("weights").setBytes(1 << 20);
  CHECK_THAT(small.report(), Contains("'plan.constant' op is used by no launch"));
}

TEST_CASE("a kernel that no launch calls") {
  Small small;
  small.launch("mean_pool").erase();
  CHECK_THAT(small.report(), Contains("'plan.kernel' op is used by no launch"));
}

TEST_CASE("a kernel whose graph cannot be read") {
  Small small;
  small.kernel("gelu").setGraph("{\"fusion\": 3}");
  CHECK_THAT(small.report(), Contains("'plan.kernel' op graph: kernel graph"));
}

TEST_CASE("a kernel of another name than its graph's") {
  Small small;
  plan::KernelOp kernel = small.kernel("gelu");
  const std::string old = kernel.getSymName().str();
  const auto renamed = mlir::StringAttr::get(&small.context, "gelu_renamed");
  REQUIRE(mlir::succeeded(mlir::SymbolTable::replaceAllSymbolUses(kernel, renamed, *small.module)));
  kernel.setSymName("gelu_renamed");
  CHECK_THAT(small.report(), Contains("is not named as its graph asks for: @" + old));
}

TEST_CASE("a kernel of another fusion than its graph's") {
  Small small;
  small.kernel("gelu").setFusion("mlp");
  CHECK_THAT(small.report(), Contains("is of fusion \"mlp\", its graph of \"single\""));
}

TEST_CASE("a kernel with wrong access") {
  Small small;
  small.kernel("gelu").setAccessAttr(small.builder.getStrArrayAttr({"w"}));
  CHECK_THAT(small.report(), Contains("has access [w], its graph [rw]"));
}

TEST_CASE("a kernel with a wrong number of scalars") {
  Small small;
  small.kernel("layer_norm").setScalars(2);
  CHECK_THAT(small.report(), Contains("has 2 scalars, its graph 1"));
}

TEST_CASE("two launches of one id") {
  Small small;
  small.fc2().setId(small.fc1().getId());
  CHECK_THAT(small.report(), Contains("has the id 1 of another launch"));
}

TEST_CASE("an argument of another type than the kernel's") {
  Small small;
  plan::LaunchOp fc1 = small.fc1();
  mlir::Value bias = fc1.getBuffers()[2], n = fc1.getBuffers()[0];
  fc1->setOperand(0, bias);
  fc1->setOperand(2, n);
  CHECK_THAT(small.report(),
             Contains("1: argument 0 is '!plan.buffer<48xf32>', the kernel takes i0 of shape "
                      "[1, 4, 4, 20] and pitch 32"));
}

TEST_CASE("what a launch writes overlaps what it reads") {
  Small small;
  plan::LaunchOp fc1 = small.fc1();
  small.argument(fc1, 3).setOffset(small.argument(fc1, 0).getOffset());
  CHECK_THAT(small.report(), Contains("1: argument 3 is written and overlaps argument 0"));
}

TEST_CASE("a launch that writes to the weights") {
  Small small;
  small.argument(small.fc1(), 3).setSegment("weights");
  CHECK_THAT(small.report(), Contains("1: argument 3 writes to the weights"));
}

TEST_CASE("a read before the write") {
  Small small;
  plan::LaunchOp gelu = small.launch("gelu");
  gelu->moveBefore(small.fc1());
  CHECK_THAT(small.report(), Contains("2: argument 0 is read before it is written"));
}

TEST_CASE("a read of a value that was overwritten") {
  Small small;
  SECTION("wholly: z over n, which the residual still needs") {
    small.argument(small.fc2(), 2).setOffset(small.argument(small.fc1(), 0).getOffset());
    CHECK_THAT(
        small.report(),
        Contains("4: argument 1 is read after its byte 0 was overwritten\nnote: by launch 3"));
  }
  SECTION("in part: the last row of n") {
    small.segment("arena").setBytes(1 << 20);
    small.argument(small.fc2(), 2)
        .setOffset(small.argument(small.fc1(), 0).getOffset() + 2048 - 64);
    CHECK_THAT(
        small.report(),
        Contains("argument 1 is read after its byte 1984 was overwritten\nnote: by launch 3"));
  }
}

TEST_CASE("a read of a value whose buffer was updated in place once too often") {
  Small small;
  plan::LaunchOp gelu = small.launch("gelu");
  small.builder.setInsertionPointAfter(gelu);
  auto again = mlir::cast<plan::LaunchOp>(small.builder.clone(*gelu));
  again.setId(99);
  again->setAttr("plan.versions", small.builder.getDenseI64ArrayAttr({2}));
  CHECK_THAT(
      small.report(),
      Contains("3: argument 0 is read as its writer number 2 left it, but 3 have written there"));
}

TEST_CASE("an in-place result over an operand that is still needed") {
  // As if cnx-form-kernels had been wrong: b goes over a, which c reads.
  const std::string kernel = "cnx.kernel \"single\"(%", type = "tensor<1x4x4x16xf32>",
                    body = " : (" + type + ") -> " + type + " {\n^bb0(%i: " + type +
                           "):\n%o = cnx.gelu %i : " + type + "\ncnx.yield %o : " + type + "\n}\n";
  const std::string text =
      "func.func @forward_b1(%x: " + type + " {cnx.name = \"image\"}) -> (" + type +
      " {cnx.name = \"y\"}, " + type + " {cnx.name = \"z\"}) {\n%a = " + kernel + "x)" + body +
      "%b = " + kernel + "a) {in_place = array<i64: 0, 0>}" + body + "%y = " + kernel + "a)" +
      body + "%z = " + kernel + "b)" + body + "return %y, %z : " + type + ", " + type + "\n}";
  test::PlannedNet net(text, /*fusion=*/false, /*fused=*/true);
  CHECK(test::complaints(*net.module) == "'plan.launch' op 2: argument 0 is read as its writer "
                                         "number 1 left it, but 2 have written there\n");
}

TEST_CASE("a launch with too few versions") {
  Small small;
  small.fc2()->setAttr("plan.versions", small.builder.getDenseI64ArrayAttr({2}));
  CHECK_THAT(small.report(), Contains("3: has 1 versions for 3 buffers"));
}

TEST_CASE("a read of an output, for which a caller may pass no memory") {
  Small small;
  small.segment("pooled").setBytes(1 << 20);
  small.view("layer_norm", 1).setSegment("pooled");
  small.view("layer_norm", 1).setOffset(0);
  CHECK_THAT(small.report(), Contains("1: argument 0 reads the output @pooled"));
}

TEST_CASE("a launch that writes over the input") {
  Small small;
  small.segment("image").setBytes(1 << 20);
  plan::ViewOp pooled = small.view("mean_pool", 1);
  pooled.setSegment("image");
  CHECK_THAT(small.report(), Contains("writes to the input @image"));
}

TEST_CASE("an output that is written twice") {
  Small small;
  plan::LaunchOp pool = small.launch("mean_pool");
  small.builder.setInsertionPointAfter(pool);
  mlir::cast<plan::LaunchOp>(small.builder.clone(*pool)).setId(99);
  CHECK_THAT(small.report(), Contains("99: argument 1 writes the output @pooled again"));
}

TEST_CASE("programs that use different arrays of the caller") {
  Small small;
  plan::ViewOp pooled = small.view("mean_pool", 1, 1);
  small.launch("mean_pool", 1).erase();
  pooled.erase();
  CHECK_THAT(small.report(), Contains("does not use @pooled, which @forward_b1 does"));
}

TEST_CASE("an array of the caller that nobody touches") {
  Small small;
  small.builder.setInsertionPointToStart(small.module->getBody());
  plan::SegmentOp::create(small.builder, small.module->getLoc(), "logits", plan::SegmentKind::io,
                          64);
  CHECK_THAT(small.report(), Contains("is neither read nor written"));
}
