#include "tests/unit/codegen/HalideLike.h"

#include "tests/support/catch.h"

#include <fmt/format.h>

#include <llvm/AsmParser/Parser.h>
#include <llvm/Bitcode/BitcodeWriter.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/SourceMgr.h>

namespace cnx {

std::string halideLikeKernel(const std::string &symbol, int inputs) {
  std::string arguments, sum = "  %sum0 = fadd fast float %scalar, 0.0\n";
  for (int i = 0; i < inputs; ++i) {
    arguments += fmt::format("ptr noalias readonly %i{}.buffer, ", i);
    sum += fmt::format("  %host{0} = getelementptr inbounds nuw i8, ptr %i{0}.buffer, i64 16\n"
                       "  %in{0} = load ptr, ptr %host{0}, align 8\n"
                       "  %v{0} = load float, ptr %in{0}, align 4\n"
                       "  %sum{1} = fadd fast float %sum{0}, %v{0}\n",
                       i, i + 1);
  }
  return fmt::format(R"(
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64--linux-gnu"
declare ptr @halide_malloc(ptr, i64)
declare void @halide_free(ptr, ptr)
declare i32 @halide_do_par_for(ptr, ptr, i32, i32, ptr)
define i32 @{0}_par_for_{0}__7_s0_x(ptr %ctx, i32 %task, ptr %closure) #0 {{
  %value = load float, ptr %closure, align 4
  %slot = getelementptr i8, ptr %closure, i64 8
  %out = load ptr, ptr %slot, align 8
  %splat0 = insertelement <4 x float> poison, float %value, i64 0
  %splat = shufflevector <4 x float> %splat0, <4 x float> poison, <4 x i32> zeroinitializer
  %wide = sext i32 %task to i64
  %at = getelementptr <4 x float>, ptr %out, i64 %wide
  store <4 x float> %splat, ptr %at, align 4
  ret i32 0
}}
define i32 @{0}(ptr %ctx, {1}float %scalar, ptr noalias %o0.buffer) #0 {{
  %closure = alloca [2 x i64], align 8
{2}  %hosto = getelementptr inbounds nuw i8, ptr %o0.buffer, i64 16
  %out = load ptr, ptr %hosto, align 8
  %scratch = call ptr @halide_malloc(ptr %ctx, i64 128)
  store float %sum{3}, ptr %scratch, align 4
  %again = load float, ptr %scratch, align 4
  store float %again, ptr %closure, align 8
  %slot = getelementptr i8, ptr %closure, i64 8
  store ptr %out, ptr %slot, align 8
  %status = call i32 @halide_do_par_for(ptr %ctx, ptr @{0}_par_for_{0}__7_s0_x, i32 0, i32 4, ptr %closure)
  call void @halide_free(ptr %ctx, ptr %scratch)
  ret i32 %status
}}
attributes #0 = {{ nounwind "target-cpu"="haswell" "target-features"="+fma,+f16c" "tune-cpu"="haswell" }}
!llvm.module.flags = !{{!0}}
!llvm.ident = !{{!1}}
!0 = !{{i32 2, !"halide_mcpu_target", !"haswell"}}
!1 = !{{!"some clang"}}
)",
                     symbol, arguments, sum, inputs);
}

void writeBitcode(const std::string &text, const std::filesystem::path &path) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  const auto module = llvm::parseAssemblyString(text, diagnostic, context);
  INFO(diagnostic.getMessage().str() << " in line " << diagnostic.getLineNo());
  REQUIRE(module);
  std::error_code error;
  llvm::raw_fd_ostream file(path.string(), error);
  REQUIRE(!error);
  llvm::WriteBitcodeToFile(*module, file);
}

} // namespace cnx
