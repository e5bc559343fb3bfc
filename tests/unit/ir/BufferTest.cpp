// !plan.buffer's arithmetic, and that both worlds agree on the width of a panel.
#include "compiler/kernels/KernelGraph.h"
#include "compiler/weights/Parameter.h"
#include "ir/Panels.h"
#include "ir/PlanDialect.h"
#include "tests/support/catch.h"
#include "tests/unit/ir/Text.h"

using namespace cnx;

static_assert(ir::kPanelWidth == kChannelPad);
static_assert(ir::padToPanel(40) == padChannels(40) && ir::padToPanel(48) == 48);
// The dialects' initialisers are the parameters' own, so a cast converts.
static_assert(static_cast<int>(Initialiser::zeros) == static_cast<int>(Parameter::Init::zeros));
static_assert(static_cast<int>(Initialiser::ones) == static_cast<int>(Parameter::Init::ones));
static_assert(static_cast<int>(Initialiser::truncatedNormal) ==
              static_cast<int>(Parameter::Init::truncatedNormal));
static_assert(static_cast<int>(Initialiser::constant) ==
              static_cast<int>(Parameter::Init::constant));

TEST_CASE("bytes of a buffer", "[ir]") {
  test::Context context;
  mlir::MLIRContext *mlir = &context.mlir();
  mlir::Type f32 = mlir::Float32Type::get(mlir), bf16 = mlir::BFloat16Type::get(mlir);
  mlir::Type u8 = mlir::IntegerType::get(mlir, 8, mlir::IntegerType::Unsigned);

  auto map = plan::BufferType::get({1, 56, 56, 40}, f32, 48);
  CHECK(map.byteSize() == 56 * 56 * 48 * 4);
  CHECK(map.elementBytes() == 4);
  CHECK_FALSE(map.isDense());
  CHECK(plan::BufferType::get({7}, f32, 7).byteSize() == 28);
  CHECK(plan::BufferType::get({7}, f32, 16).byteSize() == 64);
  CHECK(plan::BufferType::get({2, 3, 5, 5}, u8, 5).byteSize() == 150);
  CHECK(plan::BufferType::get({2, 3}, bf16, 3).byteSize() == 12);
  // Past 32 bits: batch 32 of a wide map.
  CHECK(plan::BufferType::get({256, 256, 256, 96}, f32, 96).byteSize() == 6442450944);
}
